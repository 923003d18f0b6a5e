/** Started connections. Ticket and state are known by their hashes only, and each is taken once. */
import type { ProviderName } from '../../providers/port.ts';
import type { Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import { type ConnectAttempt, Prisma } from '../generated/client.ts';

export type { ConnectAttempt };

const COLUMNS = Prisma.sql`ticket_hash as "ticketHash", organisation_id as "organisationId", host_id as "hostId",
  provider, return_to as "returnTo", state_hash as "stateHash", verifier, expires_at as "expiresAt"`;

/** Sweeps out what has expired by the way. */
export async function insertAttempt(
  tx: Tx,
  attempt: Omit<ConnectAttempt, 'stateHash' | 'verifier'>,
  now: Instant,
): Promise<void> {
  await tx.connectAttempt.deleteMany({ where: { expiresAt: { lte: new Date(now) } } });
  await tx.connectAttempt.create({ data: attempt });
}

/** Turns a live, unused ticket into a state. Null when there is none: of two that ask at once, one gets it. */
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

/** Takes away the live attempt of this state. Null when there is none. */
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
