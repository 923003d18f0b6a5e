/** Sync tokens, delta links and page tokens: a place among a calendar's changes, sealed so that clients can't rebuild it. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

const KEY = createHash('sha256').update('simulated cursor').digest();

export interface Cursors {
  seal(value: unknown): string;
  /** Null: it isn't one of ours, or not of this form. */
  open<T>(text: string, schema: z.ZodType<T>): T | null;
}

export const cursors: Cursors = {
  seal(value) {
    const body = Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${body}.${mac(body).toString('base64url')}`;
  },
  open(text, schema) {
    const [body = '', proof = ''] = text.split('.');
    const given = Buffer.from(proof, 'base64url');
    const right = mac(body);
    if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
    return schema.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString())).data ?? null;
  },
};

const mac = (body: string) => createHmac('sha256', KEY).update(body).digest().subarray(0, 12);

/** Where a page begins: at the `index`th item of the event that changed at `revision`. */
export const placeSchema = z.object({
  revision: z.int(),
  index: z.int(),
  /** Empty pages sent so far in this round. */
  empty: z.int(),
});
export type Place = z.infer<typeof placeSchema>;

export interface Page<T> {
  items: T[];
  /** Null: this was the last page. */
  next: Place | null;
}

/** Cuts one page out of the changes. What changes while paging gets a later revision, so it comes (again) later. */
export function cutPage<E extends { revision: number }, T>(
  events: readonly E[],
  itemsOf: (event: E) => readonly T[],
  place: Place,
  size: number,
  emptyPages: number,
): Page<T> {
  if (place.empty < emptyPages) return { items: [], next: { ...place, empty: place.empty + 1 } };
  const items: T[] = [];
  for (const event of events) {
    if (event.revision < place.revision) continue;
    const ofEvent = itemsOf(event);
    for (
      let index = event.revision === place.revision ? place.index : 0;
      index < ofEvent.length;
      index += 1
    ) {
      if (items.length === size) return { items, next: { ...place, revision: event.revision, index } };
      items.push(ofEvent[index] as T);
    }
  }
  return { items, next: null };
}
