/** Started connections. Ticket and state are known by their hashes only, and each is taken once. */
import type { ProviderName } from '../../providers/port.ts';
import type { Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import { type ConnectAttempt, Prisma } from '../generated/client.ts';

export type { ConnectAttempt };

const COLUMNS = Prisma.sql`ticket_hash as "ticketHash", organisation_id as "organisationId", host_id as "hostId",
  provider, return_to as "returnTo", state_hash as "stateHash", verifier, expires_at as "expiresAt"`;

/** Inserts an attempt and deletes expired ones. */
export async function insertAttempt(
  tx: Tx,
  attempt: Omit<ConnectAttempt, 'stateHash' | 'verifier'>,
  now: Instant,
): Promise<void> {
  await tx.connectAttempt.deleteMany({ where: { expiresAt: { lte: new Date(now) } } });
  await tx.connectAttempt.create({ data: attempt });
}

/** Exchanges a live, unused ticket for a state. @returns null without such a ticket; of two concurrent callers one succeeds. */
export async function redeemTicket(
  tx: Tx,
  ticket: { hash: string; provider: ProviderName },
  consent: { stateHash: string; verifier: string; expiresAt: Date },
  now: Instant,
): Promise<ConnectAttempt | null> {
  const [attempt] = await tx.$queryRaw<ConnectAttempt[]>`
    update connect_attempt
    set state_hash = ${consent.stateHash}, verifier = ${consent.verifier}, expires_at = ${consent.expiresAt}
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
