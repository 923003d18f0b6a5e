/** Sync tokens, delta links and page tokens: a position in a calendar's changes, signed so that clients can't make one. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

const KEY = createHash('sha256').update('simulated cursor').digest();

export interface Cursors {
  seal(value: unknown): string;
  /** Null for a text that `seal` did not make, or whose value does not fit the schema. */
  open<T>(text: string, schema: z.ZodType<T>): T | null;
}

export const cursors: Cursors = {
  seal(value) {
    const body = Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${body}.${mac(body).toString('base64url')}`;
  },
  open(text, schema) {
    const [body = '', signature = ''] = text.split('.');
    const givenSignature = Buffer.from(signature, 'base64url');
    const expectedSignature = mac(body);
    if (
      givenSignature.length !== expectedSignature.length ||
      !timingSafeEqual(givenSignature, expectedSignature)
    )
      return null;
    return schema.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString())).data ?? null;
  },
};

const mac = (body: string) => createHmac('sha256', KEY).update(body).digest().subarray(0, 12);

/** The position at which a page begins: the `index`th item of the event that changed at `revision`. */
export const changePositionSchema = z.object({
  revision: z.int(),
  index: z.int(),
  /** Empty pages sent so far in this round. */
  empty: z.int(),
});
export type ChangePosition = z.infer<typeof changePositionSchema>;

export interface ItemPage<T> {
  items: T[];
  /** Null: this was the last page. */
  next: ChangePosition | null;
}

/** Cuts one page out of the changes. An event that changes while paging gets a later revision, so it is listed again. */
export function cutPage<E extends { revision: number }, T>(
  events: readonly E[],
  itemsOf: (event: E) => readonly T[],
  position: ChangePosition,
  size: number,
  emptyPages: number,
): ItemPage<T> {
  if (position.empty < emptyPages) return { items: [], next: { ...position, empty: position.empty + 1 } };
  const items: T[] = [];
  for (const event of events) {
    if (event.revision < position.revision) continue;
    const ofEvent = itemsOf(event);
    for (
      let index = event.revision === position.revision ? position.index : 0;
      index < ofEvent.length;
      index += 1
    ) {
      if (items.length === size) return { items, next: { ...position, revision: event.revision, index } };
      items.push(ofEvent[index] as T);
    }
  }
  return { items, next: null };
}
