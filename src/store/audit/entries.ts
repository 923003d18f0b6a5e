/** The audit log: rows are added, listed and, once they are old, deleted. The database refuses everything else. */
import { newId } from '../../ids.ts';
import type { Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import { type AuditEntry, Prisma } from '../generated/client.ts';
import { conditions, type Filter, ifAsked, type Listing, type RowList, rowList } from '../lists.ts';

export type { AuditEntry };

/** Whose change it is, and from where. */
export interface Actor {
  /** The admin token, the command line, or the id of an API key or a host. */
  actor: 'operator' | 'command line' | (string & {});
  /** What the key or the system's user is called; null: nothing. */
  actorName: string | null;
  /** IP address; null: unknown, or this machine. */
  address: string | null;
}

/** Fields by name, as JSON holds them. */
export type Details = Readonly<Record<string, Prisma.JsonValue>>;

export interface NewAuditEntry extends Actor {
  /** Null: the whole installation's. */
  organisation: string | null;
  /** The mutation or command. */
  action: string;
  /** The id of what was changed; null: nothing with an id. */
  subject: string | null;
  /** What it was; null: it was not, or has no fields. */
  before: Details | null;
  /** What it became; null: it is no more, or has no fields. */
  after: Details | null;
}

export async function insertAuditEntry(tx: Tx, entry: NewAuditEntry): Promise<void> {
  const { organisation, before, after, ...rest } = entry;
  const [was, became] = differences(before, after);
  await tx.auditEntry.create({
    data: {
      ...{ ...rest, id: newId('AuditEntry'), organisationId: organisation },
      before: was === null ? Prisma.DbNull : { ...was },
      after: became === null ? Prisma.DbNull : { ...became },
    },
  });
}

/** Of a change only the fields that differ; of what was made or deleted all. */
function differences(before: Details | null, after: Details | null): [Details | null, Details | null] {
  if (before === null || after === null) return [before, after];
  const differing = Object.keys({ ...before, ...after }).filter(
    (field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]),
  );
  if (differing.length === 0) return [null, null];
  const pick = (details: Details) =>
    Object.fromEntries(differing.map((field) => [field, details[field] ?? null]));
  return [pick(before), pick(after)];
}

export interface AuditFilter {
  actor: string;
  subject: string;
  /** Those of [from, to). */
  from: Instant;
  to: Instant;
}

/** @param organisation whose entries; null: all of the installation */
export const auditListing = (
  organisation: string | null,
  { actor, subject, from, to }: Filter<AuditFilter>,
): Listing => ({
  from: Prisma.sql`audit_entry e`,
  id: Prisma.sql`e.id`,
  where: conditions(
    organisation === null ? Prisma.sql`true` : Prisma.sql`e.organisation_id = ${organisation}`,
    ifAsked(actor, (wanted) => Prisma.sql`e.actor = ${wanted}`),
    ifAsked(subject, (wanted) => Prisma.sql`e.subject = ${wanted}`),
    ifAsked(from, (at) => Prisma.sql`e.at >= ${new Date(at)}`),
    ifAsked(to, (at) => Prisma.sql`e.at < ${new Date(at)}`),
  ),
});

export const listAuditEntries = (
  tx: Tx,
  organisation: string | null,
  filter: Filter<AuditFilter>,
): RowList<AuditEntry> =>
  rowList(tx, auditListing(organisation, filter), (ids) =>
    tx.auditEntry.findMany({ where: { id: { in: ids } } }),
  );

/** Deletes entries that are older than `before`, at most `limit`. @returns how many */
export async function pruneAuditEntries(tx: Tx, before: Instant, limit: number): Promise<number> {
  const [row] = await tx.$queryRaw<{ deleted: number }[]>`
    select prune_audit_entries(${new Date(before)}, ${limit}::integer) as deleted`;
  return row?.deleted ?? 0;
}

/**
 * Blanks what entries say of a host or an organisation that is erased; that they were changed, when and by whom stays.
 * @returns how many entries; `limit`: there may be more
 */
export async function eraseAuditDetails(tx: Tx, erased: string, limit: number): Promise<number> {
  const [row] = await tx.$queryRaw<{ blanked: number }[]>`
    select erase_audit_details(${erased}, ${limit}::integer) as blanked`;
  return row?.blanked ?? 0;
}
