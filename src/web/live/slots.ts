/** What a viewer holds of one window: a snapshot, kept true by deltas. Pure; no clock, no network. */
import type { AnswerFragment, AvailabilityLiveSubscription, OfferedSlotFragment } from '../gql/documents.ts';

/** One offered slot; its start names it (equal starts are one slot). */
export type OfferedSlot = OfferedSlotFragment;
/** A snapshot or a delta, as the subscription sends it. */
export type AvailabilityEvent = AvailabilityLiveSubscription['availability'];
/** The answer of the plain query, and the inside of a snapshot. */
export type Answer = AnswerFragment;

/** The window as it stands: slots in order of start, and the etag to resume after. */
export interface LiveSlots {
  readonly etag: string;
  readonly slots: readonly OfferedSlot[];
  readonly complete: boolean;
  /** Issue codes, each once. */
  readonly issues: readonly string[];
  /** RFC 3339: when the server computed this. */
  readonly computedAt: string;
}

/** What an event did, by slot start in epoch milliseconds. A slot that changed is neither added nor removed. */
export interface SlotChange {
  readonly added: readonly number[];
  readonly removed: readonly number[];
  readonly changed: readonly number[];
}

/** `out-of-step`: the delta begins at another etag than the one held; only a snapshot helps. */
export type Applied =
  | { readonly kind: 'applied'; readonly held: LiveSlots; readonly change: SlotChange }
  | { readonly kind: 'out-of-step' };

/** Applies one event to what is held (null before the first snapshot). */
export function applyEvent(held: LiveSlots | null, event: AvailabilityEvent): Applied {
  if (event.__typename === 'AvailabilitySnapshot') return applyAnswer(held, event.availability, event.etag);
  if (held?.etag !== event.fromEtag) return { kind: 'out-of-step' };
  const byStart = index(held.slots);
  for (const slot of event.removed) byStart.delete(Date.parse(slot.start));
  for (const slot of event.added) byStart.set(Date.parse(slot.start), slot);
  return settle(held, byStart, event);
}

/** Replaces what is held; the change says how the two differ. Before the first answer nothing counts as added. */
export function applyAnswer(held: LiveSlots | null, answer: Answer, etag = answer.etag): Applied {
  return settle(held, index(answer.slots), { ...answer, etag });
}

type Facts = Pick<Answer, 'etag' | 'complete' | 'issues' | 'computedAt'>;

function settle(before: LiveSlots | null, byStart: Map<number, OfferedSlot>, facts: Facts): Applied {
  const slots = [...byStart].sort(([a], [b]) => a - b).map(([, slot]) => slot);
  const held: LiveSlots = {
    etag: facts.etag,
    slots,
    complete: facts.complete,
    issues: [...new Set(facts.issues.map((issue) => issue.code))],
    computedAt: facts.computedAt,
  };
  return { kind: 'applied', held, change: before ? difference(index(before.slots), byStart) : NO_CHANGE };
}

/** The change of a first answer, or of an event that touched no slot. */
export const NO_CHANGE: SlotChange = { added: [], removed: [], changed: [] };

function difference(before: Map<number, OfferedSlot>, after: Map<number, OfferedSlot>): SlotChange {
  const added = [...after.keys()].filter((start) => !before.has(start));
  const removed = [...before.keys()].filter((start) => !after.has(start));
  const changed = [...after].flatMap(([start, slot]) => {
    const old = before.get(start);
    return old && !sameOffer(old, slot) ? [start] : [];
  });
  const ascending = (a: number, b: number) => a - b;
  return { added: added.sort(ascending), removed: removed.sort(ascending), changed: changed.sort(ascending) };
}

function sameOffer(a: OfferedSlot, b: OfferedSlot): boolean {
  return (
    Date.parse(a.end) === Date.parse(b.end) &&
    a.seatsLeft === b.seatsLeft &&
    a.hosts.length === b.hosts.length &&
    a.hosts.every((host, i) => host.id === b.hosts[i]?.id && host.name === b.hosts[i]?.name)
  );
}

const index = (slots: readonly OfferedSlot[]) => new Map(slots.map((slot) => [Date.parse(slot.start), slot]));
