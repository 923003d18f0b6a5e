/**
 * Lists that clients read page by page, filtered, in order and counted. A page begins behind a cursor, which holds all that the order
 * goes by: pages stay where they are while rows come, go and move.
 */
import type { Instant } from '../time/clock.ts';
import type { Tx } from './client.ts';
import { Prisma } from './generated/client.ts';

/** The row that a page begins behind, whether it is still there or not. */
export interface RowCursor {
  id: string;
  /** Null in a list in the order of ids. */
  at: Instant | null;
}

export interface Page {
  limit: number;
  after: RowCursor | null;
  descending: boolean;
}

/** A page in the order of ids. @param after the id that the page begins behind */
export const pageAfter = (limit: number, after?: string | null, descending = false): Page => ({
  limit,
  after: after ? { id: after, at: null } : null,
  descending,
});

/** The rows of a list, which are read when they are asked for. */
export interface RowList<T> {
  read(page: Page): Promise<T[]>;
  count(): Promise<number>;
}

/** A page in the order of ids, as Prisma takes it; its `where` goes together with the list's own. */
export const pageById = ({ limit, after, descending }: Page) => ({
  take: limit,
  where: after ? { id: descending ? { lt: after.id } : { gt: after.id } } : {},
  orderBy: { id: descending ? ('desc' as const) : ('asc' as const) },
});

/** Which rows a list has. */
export interface Listing {
  /** The table, as in `host h`, and what it is joined with. */
  from: Prisma.Sql;
  id: Prisma.Sql;
  /** All of them hold. */
  where: readonly Prisma.Sql[];
  /** The instant that the list goes by before the id; absent: by the id alone. */
  at?: Prisma.Sql;
}

export function selectPage({ from, id, where, at }: Listing, { limit, after, descending }: Page): Prisma.Sql {
  const [direction, beyond] = descending
    ? [Prisma.sql`desc`, Prisma.sql`<`]
    : [Prisma.sql`asc`, Prisma.sql`>`];
  const keys = at ? Prisma.sql`(${at}, ${id})` : id;
  const bound =
    after && (at ? Prisma.sql`(${new Date(after.at ?? 0)}, ${after.id})` : Prisma.sql`${after.id}`);
  const all = bound ? [...where, Prisma.sql`${keys} ${beyond} ${bound}`] : where;
  const order = at ? Prisma.sql`${at} ${direction}, ${id} ${direction}` : Prisma.sql`${id} ${direction}`;
  return Prisma.sql`
    select ${id} as id from ${from} where ${Prisma.join([...all], ' and ')} order by ${order} limit ${limit}`;
}

export const selectCount = ({ from, where }: Listing): Prisma.Sql =>
  Prisma.sql`select count(*)::int as count from ${from} where ${Prisma.join([...where], ' and ')}`;

/** @param load rows by id, in any order; those that are gone meanwhile are left out */
export const rowList = <T extends { id: string }>(
  tx: Tx,
  listing: Listing,
  load: (ids: string[]) => Promise<T[]>,
): RowList<T> => ({
  async read(page) {
    const found = await tx.$queryRaw<{ id: string }[]>(selectPage(listing, page));
    const ids = found.map(({ id }) => id);
    const rows = new Map((await load(ids)).map((row) => [row.id, row]));
    return ids.flatMap((id) => rows.get(id) ?? []);
  },
  async count() {
    const [found] = await tx.$queryRaw<{ count: number }[]>(selectCount(listing));
    return found?.count ?? 0;
  },
});

/** What rows may be asked for; undefined and null: all. */
export type Filter<T> = { [K in keyof T]?: T[K] | null | undefined };

/** Conditions of what is asked for: those of absent filters are left out. */
export const conditions = (...wanted: readonly (Prisma.Sql | null)[]): Prisma.Sql[] =>
  wanted.flatMap((condition) => condition ?? []);

/** @param make the condition of a value that is asked for */
export const ifAsked = <T>(value: T | null | undefined, make: (value: T) => Prisma.Sql): Prisma.Sql | null =>
  value == null ? null : make(value);

/** Of a search. */
const WORDS_MAX = 10;

/**
 * Rows whose words begin with the words that are searched for, in upper or lower case; each of these has to be there.
 * @param words the text, by the function search_words, as an index of the table has it
 */
export function matches(words: Prisma.Sql, search: string | null | undefined): Prisma.Sql | null {
  if (search == null || search.trim() === '') return null;
  const asked = search.split(/[^\p{L}\p{N}\p{M}]+/u).filter((word) => word !== '');
  // Of signs alone nothing is made of.
  if (asked.length === 0) return Prisma.sql`false`;
  const query = asked
    .slice(0, WORDS_MAX)
    .map((word) => `${word}:*`)
    .join(' & ');
  return Prisma.sql`${words} @@ to_tsquery('simple', lower(${query}))`;
}
