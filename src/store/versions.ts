/** Versions of cached values by cache key, and the changes that are not published to the cache yet. */
import { type CacheKey, parseCacheKey } from '../cache/keys.ts';
import type { Tx } from './client.ts';
import { Prisma } from './generated/client.ts';

/**
 * By kind of cache key: the table whose row carries `version` and `published_version`, and that row's id column. Names
 * can't be parameters: these are constants, and nothing from outside gets among them.
 */
const ROWS: Record<CacheKey['kind'], { table: Prisma.Sql; id: Prisma.Sql }> = {
  busy: { table: Prisma.sql`calendar_state`, id: Prisma.sql`calendar_id` },
  host: { table: Prisma.sql`host`, id: Prisma.sql`id` },
  type: { table: Prisma.sql`event_type`, id: Prisma.sql`id` },
  native: { table: Prisma.sql`native_state`, id: Prisma.sql`host_id` },
};

/** Draws new versions under the rows' locks: a transaction that commits later has the higher version. One statement a kind. */
export async function bumpVersions(tx: Tx, keys: readonly string[]): Promise<void> {
  for (const [kind, ids] of byKind(keys.map((key) => parseCacheKey(key)))) {
    const { table, id } = ROWS[kind];
    // All transactions lock rows in one order.
    await tx.$executeRaw`
      with locked as materialized (
        select ${id} as id from ${table} where ${id} = any(${ids.map((key) => key.id)})
        order by ${id} collate "C" for no key update)
      update ${table} set version = nextval('slotwire_version') from locked where ${table}.${id} = locked.id`;
  }
}

/** By kind, in one order of the kinds. */
function byKind<T extends CacheKey>(keys: readonly T[]): [CacheKey['kind'], T[]][] {
  const found = new Map<CacheKey['kind'], T[]>();
  for (const key of keys) found.set(key.kind, [...(found.get(key.kind) ?? []), key]);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Draws a version that is newer than all before, for a key that has no row any more. */
export async function drawVersion(tx: Tx): Promise<number> {
  const [drawn] = await tx.$queryRaw<{ version: number }[]>`
    select nextval('slotwire_version')::float8 as version`;
  return drawn?.version ?? 0;
}

/** Records that cache and topics have received these versions. */
export async function markPublished(tx: Tx, published: readonly { key: string; version: number }[]) {
  const rows = published.map(({ key, version }) => ({ ...parseCacheKey(key), version }));
  for (const [kind, ids] of byKind(rows)) {
    const { table, id } = ROWS[kind];
    await tx.$executeRaw`
      with given as (
        select * from unnest(${ids.map((row) => row.id)}::text[], ${ids.map(({ version }) => version)}::float8[]) as given (id, version)),
      locked as materialized (
        select ${id} as id from ${table} where ${id} in (select id from given) order by ${id} collate "C" for no key update)
      update ${table} set published_version = given.version
      from locked join given using (id)
      where ${table}.${id} = locked.id and published_version < given.version`;
  }
}

/** Has the key's last change reached cache and topics? False for a key that has no row any more, of which nothing is known. */
export async function isPublished(tx: Tx, key: string): Promise<boolean> {
  const { kind, id } = parseCacheKey(key);
  const { table, id: column } = ROWS[kind];
  const [row] = await tx.$queryRaw<{ published: boolean }[]>`
    select published_version >= version as published from ${table} where ${column} = ${id}`;
  return row?.published ?? false;
}

/** Keys whose last change has not reached the cache, at most `limit` of each kind, so that no kind waits behind another. */
export async function unpublishedKeys(tx: Tx, limit: number): Promise<string[]> {
  const parts = Object.entries(ROWS).map(
    ([kind, { table, id }]) =>
      Prisma.sql`(select ${`${kind}:`} || ${id} as key from ${table} where published_version < version limit ${limit})`,
  );
  const rows = await tx.$queryRaw<{ key: string }[]>(Prisma.join(parts, ' union all '));
  return rows.map((row) => row.key);
}
