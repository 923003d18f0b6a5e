/** Applies snapshots and deltas to the answer that a viewer holds of one window. Pure: no clock, no network. */

/** The fields that every answer has, whatever else a document asks for. Slots of equal start are one slot. */
export interface AnyAnswer {
  readonly etag: string;
  readonly slots: readonly { readonly start: string }[];
}

/** The first event of a subscription, unless it resumes. */
export interface Snapshot<A extends AnyAnswer> {
  readonly __typename: 'AvailabilitySnapshot';
  readonly etag: string;
  readonly availability: A;
}

/** The difference from `fromEtag`: slots as added and removed, all other fields of the answer as they are now. */
export type Delta<A extends AnyAnswer> = Omit<A, 'slots'> & {
  readonly __typename: 'AvailabilityDelta';
  readonly etag: string;
  readonly fromEtag: string;
  readonly added: A['slots'];
  readonly removed: readonly { readonly start: string }[];
};

/** A snapshot or a delta, as the subscription sends it. */
export type AvailabilityEvent<A extends AnyAnswer> = Snapshot<A> | Delta<A>;

/** The effect of one event, by slot start in epoch milliseconds. A slot that changed is neither added nor removed. */
export interface SlotChange {
  readonly added: readonly number[];
  readonly removed: readonly number[];
  readonly changed: readonly number[];
}

/** `out-of-step`: the delta begins at another etag than the one held; only a snapshot helps. */
export type Applied<A extends AnyAnswer> =
  | { readonly kind: 'applied'; readonly held: A; readonly change: SlotChange }
  | { readonly kind: 'out-of-step' };

/** The change of a first answer, or of an event that touched no slot. */
export const NO_CHANGE: SlotChange = { added: [], removed: [], changed: [] };

/** Applies one event to the held answer (null before the first snapshot). The result is what the query would answer now. */
export function applyEvent<A extends AnyAnswer>(held: A | null, event: AvailabilityEvent<A>): Applied<A> {
  if (event.__typename === 'AvailabilitySnapshot') return applyAnswer(held, event.availability);
  if (held?.etag !== event.fromEtag) return { kind: 'out-of-step' };
  const { __typename, fromEtag, added, removed, ...rest } = event;
  const byStart = index<A>(held.slots);
  for (const slot of removed) byStart.delete(Date.parse(slot.start));
  for (const slot of added) byStart.set(Date.parse(slot.start), slot);
  const now = Object.assign({}, held, rest, { slots: sortByStart(byStart) });
  return { kind: 'applied', held: now, change: difference(index<A>(held.slots), byStart) };
}

/** Replaces the held answer; the change is how the two differ. In a first answer no slot counts as added. */
export function applyAnswer<A extends AnyAnswer>(held: A | null, answer: A): Applied<A> {
  const byStart = index<A>(answer.slots);
  const change = held ? difference(index<A>(held.slots), byStart) : NO_CHANGE;
  return { kind: 'applied', held: Object.assign({}, answer, { slots: sortByStart(byStart) }), change };
}

type Slots<A extends AnyAnswer> = Map<number, A['slots'][number]>;

const index = <A extends AnyAnswer>(slots: A['slots']): Slots<A> =>
  new Map(slots.map((slot) => [Date.parse(slot.start), slot]));

const sortByStart = <Slot>(byStart: Map<number, Slot>): Slot[] =>
  [...byStart].sort(([a], [b]) => a - b).map(([, slot]) => slot);

function difference<Slot>(before: Map<number, Slot>, after: Map<number, Slot>): SlotChange {
  const starts = (of: Map<number, Slot>, which: (start: number, slot: Slot) => boolean) =>
    [...of].flatMap(([start, slot]) => (which(start, slot) ? [start] : [])).sort((a, b) => a - b);
  return {
    added: starts(after, (start) => !before.has(start)),
    removed: starts(before, (start) => !after.has(start)),
    // The same document asks both, so equal slots are written alike.
    changed: starts(
      after,
      (start, slot) => before.has(start) && JSON.stringify(before.get(start)) !== JSON.stringify(slot),
    ),
  };
}
