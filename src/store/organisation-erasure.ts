/** Erasure of a deleted organisation: what is left to erase first, and the rows that no host takes along. */
import { eraseAuditDetails } from './audit/entries.ts';
import type { Store, Tx } from './client.ts';
import { Prisma } from './generated/client.ts';

/** Rows that one statement deletes. */
const BATCH = 5_000;

/** Ids of some event types that can still be booked, in the order of their ids. */
export async function bookableEventTypes(tx: Tx, organisation: string, limit: number): Promise<string[]> {
  const rows = await tx.eventType.findMany({
    where: { organisationId: organisation, deletedAt: null },
    select: { id: true },
    orderBy: { id: 'asc' },
    take: limit,
  });
  return rows.map(({ id }) => id);
}

/** Ids of the next hosts, in the order of their ids. @param after the id that they come behind; '' for the first ones */
export async function hostsToErase(
  tx: Tx,
  organisation: string,
  after: string,
  limit: number,
): Promise<string[]> {
  const rows = await tx.host.findMany({
    where: { organisationId: organisation, id: { gt: after } },
    select: { id: true },
    orderBy: { id: 'asc' },
    take: limit,
  });
  return rows.map(({ id }) => id);
}

/** Tables that may hold very many rows, children first: what is left in others goes with the organisation's own row. */
const LARGE = [
  Prisma.sql`delivery`,
  Prisma.sql`native_time`,
  Prisma.sql`webhook_attempt`,
  Prisma.sql`webhook_message`,
  Prisma.sql`mail`,
  Prisma.sql`hold`,
  Prisma.sql`booking`,
  Prisma.sql`event_type_rules`,
  Prisma.sql`event_type`,
  Prisma.sql`api_key`,
];

/** Deletes the rows of the organisation that its hosts left, in batches of one transaction each. @param progress called after each */
export async function eraseOrganisationRows(
  store: Store,
  organisation: string,
  progress: () => void,
): Promise<void> {
  for (const table of LARGE) {
    let deleted = BATCH;
    while (deleted === BATCH) {
      deleted = await store.$executeRaw`
        delete from ${table} where ctid = any(array(
          select ctid from ${table} where organisation_id = ${organisation} limit ${BATCH}))`;
      progress();
    }
  }
  while ((await eraseAuditDetails(store, organisation, BATCH)) === BATCH) progress();
}

/**
 * Deletes the organisation's own row, and with it what has a foreign key to it. A host that is inserted meanwhile waits, and fails.
 * @returns false, and deletes nothing, when a host has come since they were erased
 */
export async function eraseOrganisationRow(tx: Tx, organisation: string): Promise<boolean> {
  await tx.$queryRaw`select 1 from organisation where id = ${organisation} for update`;
  if ((await hostsToErase(tx, organisation, '', 1)).length > 0) return false;
  await tx.organisation.deleteMany({ where: { id: organisation, deletedAt: { not: null } } });
  return true;
}
