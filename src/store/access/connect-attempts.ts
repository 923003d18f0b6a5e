/** Started connections. Ticket and state are known by their hashes only, and each is taken once. */
import type { ProviderName } from '../../providers/port.ts';
import type { Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import { type ConnectAttempt, Prisma } from '../generated/client.ts';

export type { ConnectAttempt };

const COLUMNS = Prisma.sql`ticket_hash as "ticketHash", organisation_id as "organisationId", host_id as "hostId",
  provider, return_to as "returnTo", state_hash as "stateHash", verifier, browser_hash as "browserHash", account_id as "accountId", expires_at as "expiresAt"`;

/** Inserts an attempt and deletes expired ones. */
export async function insertAttempt(
  tx: Tx,
  attempt: Omit<ConnectAttempt, 'stateHash' | 'verifier' | 'browserHash' | 'accountId'>,
  now: Instant,
): Promise<void> {
  await tx.connectAttempt.deleteMany({ where: { expiresAt: { lte: new Date(now) } } });
  await tx.connectAttempt.create({ data: attempt });
}

/** The attempt of a live, unused ticket, which stays unused. @returns null without such a ticket. */
export const attemptOfTicket = (
  tx: Tx,
  ticket: { hash: string; provider: ProviderName },
  now: Instant,
): Promise<ConnectAttempt | null> =>
  tx.connectAttempt.findFirst({
    where: {
      ticketHash: ticket.hash,
      provider: ticket.provider,
      browserHash: null,
      stateHash: null,
      expiresAt: { gt: new Date(now) },
    },
  });

/** Exchanges a live, unused ticket for a state that one browser alone may bring back. @returns null without such a ticket; of two concurrent callers one succeeds. */
export async function redeemTicket(
  tx: Tx,
  ticket: { hash: string; provider: ProviderName },
  consent: { stateHash: string; verifier: string; browserHash: string; expiresAt: Date },
  now: Instant,
): Promise<ConnectAttempt | null> {
  const [attempt] = await tx.$queryRaw<ConnectAttempt[]>`
    update connect_attempt
    set state_hash = ${consent.stateHash}, verifier = ${consent.verifier},
      browser_hash = ${consent.browserHash}, expires_at = ${consent.expiresAt}
    where ticket_hash = ${ticket.hash} and provider = ${ticket.provider}
      and state_hash is null and expires_at > ${new Date(now)}
    returning ${COLUMNS}`;
  return attempt ?? null;
}

/** Removes the live attempt of this state. @returns it, or null without one. */
export async function takeAttempt(
  tx: Tx,
  state: { hash: string; provider: ProviderName },
  now: Instant,
): Promise<ConnectAttempt | null> {
  const [attempt] = await tx.$queryRaw<ConnectAttempt[]>`
    delete from connect_attempt
    where state_hash = ${state.hash} and provider = ${state.provider} and expires_at > ${new Date(now)}
    returning ${COLUMNS}`;
  return attempt ?? null;
}

/** Keeps what an attempt connected, for the page after it. Its ticket and its state were used, and stay so. */
export async function keepConnected(
  tx: Tx,
  { stateHash: _state, verifier: _verifier, ...attempt }: ConnectAttempt,
  accountId: string,
  expiresAt: Instant,
): Promise<void> {
  await tx.connectAttempt.create({ data: { ...attempt, accountId, expiresAt: new Date(expiresAt) } });
}

/** The live attempt by which a browser connected this account, or its last one. */
export const attemptOfBrowser = (
  tx: Tx,
  browser: { hash: string; account: string | null },
  now: Instant,
): Promise<ConnectAttempt | null> =>
  tx.connectAttempt.findFirst({
    where: {
      browserHash: browser.hash,
      accountId: browser.account ?? { not: null },
      expiresAt: { gt: new Date(now) },
    },
    orderBy: { expiresAt: 'desc' },
  });

export async function endAttempt(tx: Tx, ticketHash: string): Promise<void> {
  await tx.connectAttempt.deleteMany({ where: { ticketHash } });
}
