/** Relay connections over stored nouns: by id, or by an instant and then by id. */
import { badInput } from '../errors.ts';
import { type Noun, nounOf } from '../ids.ts';
import type { RowCursor, RowList } from '../store/lists.ts';
import type { Instant } from '../time/clock.ts';

/** Items of a page when neither `first` nor `last` says. */
export const PAGE_SIZE = 50;
/** The most items of a page. */
export const PAGE_MAX = 200;
/** Longest text of a search. */
const SEARCH_MAX = 200;

export interface PageArgs {
  first?: number | null | undefined;
  last?: number | null | undefined;
  after?: string | null | undefined;
  before?: string | null | undefined;
}

/** How a list is put in order. The list's own statement must say the same. */
export interface ListOrder<T> {
  descending: boolean;
  /** The instant that it goes by before the id; null: by the id alone. */
  at: ((row: T) => Instant) | null;
}

const OLDEST_FIRST = { descending: false, at: null };

export async function paginate<T extends { id: string }>(
  noun: Noun,
  args: PageArgs,
  list: RowList<T>,
  { descending, at }: ListOrder<T> = OLDEST_FIRST,
) {
  for (const field of ['first', 'last'] as const) {
    const count = args[field];
    if (count != null && count < 0) throw badInput(field, 'must not be negative');
    if (count != null && count > PAGE_MAX)
      throw badInput(field, `takes at most ${PAGE_MAX}; ask for more in pages, by after or before`);
  }
  const cursors = {
    after: readCursor(noun, 'after', args.after, at !== null),
    before: readCursor(noun, 'before', args.before, at !== null),
  };
  const cursorOf = (row: T) => (at ? `${at(row)}/${row.id}` : row.id);
  const backwards = args.last != null || (args.before != null && args.first == null);
  const size = (backwards ? args.last : args.first) ?? PAGE_SIZE;
  const from = backwards ? cursors.before : cursors.after;
  // One more than asked for tells whether there are more.
  const rows = await list.read({ limit: size + 1, after: from, descending: backwards !== descending });
  const more = rows.length > size;
  const shown = rows.slice(0, size);
  if (backwards) shown.reverse();
  const edges = shown.map((node) => ({ cursor: cursorOf(node), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: backwards ? from != null : more,
      hasPreviousPage: backwards ? more : from != null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: () => list.count(),
  };
}

/** @throws SlotwireError BAD_USER_INPUT */
function readCursor(
  noun: Noun,
  field: 'after' | 'before',
  text: string | null | undefined,
  hasInstant: boolean,
): RowCursor | null {
  if (text == null) return null;
  const [, instant = '', id = ''] = /^(?:(-?\d{1,15})\/)?(\w+)$/.exec(text) ?? [];
  if (nounOf(id) !== noun || hasInstant !== (instant !== ''))
    throw badInput(field, 'is no cursor of this list in this order');
  return { id, at: hasInstant ? Number(instant) : null };
}

/** Describes the argument. @param words what is searched, as in `name and slug` */
export const searchDescription = (words: string) =>
  `Only those with words in ${words} that begin with the words given, each of them, in upper or lower case. Null: all.`;

/** @throws SlotwireError BAD_USER_INPUT */
export function checkSearch(text: string | null | undefined, field = 'search'): void {
  if (text != null && text.length > SEARCH_MAX)
    throw badInput(field, `takes at most ${SEARCH_MAX} characters`);
}

/** Of a list of what lies in [from, to). @throws SlotwireError BAD_USER_INPUT */
export function checkSpan(from: Instant | null | undefined, to: Instant | null | undefined): void {
  if (from != null && to != null && to <= from) throw badInput('to', 'must be after from');
}
