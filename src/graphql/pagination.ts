/** Relay connections over stored nouns, by id. */
import { badInput } from '../errors.ts';
import { type Noun, nounOf } from '../ids.ts';
import { type Page, pageAfter } from '../store/rows.ts';

/** Items of a page when neither `first` nor `last` says. */
export const PAGE_SIZE = 50;
/** The most items of a page. */
export const PAGE_MAX = 200;

export interface PageArgs {
  first?: number | null | undefined;
  last?: number | null | undefined;
  after?: string | null | undefined;
  before?: string | null | undefined;
}

/** `read` lists rows of a noun by id, in the order and from where the page says; at most 200, however many are asked for. */
export async function paginate<T extends { id: string }>(
  noun: Noun,
  args: PageArgs,
  read: (page: Page) => Promise<T[]>,
) {
  for (const field of ['first', 'last'] as const) {
    const count = args[field];
    if (count != null && count < 0) throw badInput(field, 'must not be negative');
  }
  for (const field of ['after', 'before'] as const) {
    const cursor = args[field];
    if (cursor != null && nounOf(cursor) !== noun) throw badInput(field, 'is no cursor of this list');
  }
  const backwards = args.last != null || (args.before != null && args.first == null);
  const size = Math.min((backwards ? args.last : args.first) ?? PAGE_SIZE, PAGE_MAX);
  const from = backwards ? args.before : args.after;
  // One more than asked for tells whether there are more.
  const rows = await read(pageAfter(size + 1, from, backwards));
  const more = rows.length > size;
  const shown = rows.slice(0, size);
  if (backwards) shown.reverse();
  return {
    edges: shown.map((node) => ({ cursor: node.id, node })),
    pageInfo: {
      hasNextPage: backwards ? from != null : more,
      hasPreviousPage: backwards ? more : from != null,
      startCursor: shown[0]?.id ?? null,
      endCursor: shown.at(-1)?.id ?? null,
    },
  };
}
