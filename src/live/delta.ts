/** The difference between two answers, as a client applies it. */
import { createHash } from 'node:crypto';
import type { Availability } from '../offers/query.ts';
import { diffSlots, type SlotList } from '../offers/slot-list.ts';

export interface AvailabilityDelta {
  fromEtag: string;
  /** The whole answer that the delta leads to; its slots aren't sent again. */
  to: Availability;
  added: SlotList;
  removed: SlotList;
}

export type AvailabilityUpdate =
  | { type: 'snapshot'; availability: Availability }
  | { type: 'delta'; delta: AvailabilityDelta };

/** An answer's slots, as they are kept for clients that resume. */
export interface KnownSlots {
  etag: string;
  slots: SlotList;
}

export function deltaBetween(from: KnownSlots, to: Availability): AvailabilityDelta {
  const { added, removed } = diffSlots(from.slots, to.slots);
  return { fromEtag: from.etag, to, added, removed };
}

/** The event that leads a client which holds `from`, or nothing yet, to `to`. */
export const updateFor = (to: Availability, from: KnownSlots | null): AvailabilityUpdate =>
  from ? { type: 'delta', delta: deltaBetween(from, to) } : { type: 'snapshot', availability: to };

/** In short, what an answer says beside its slots that viewers receive when it changes. */
export const factsOf = ({ complete, issues, nextAvailable }: Availability): string =>
  createHash('sha256')
    .update(JSON.stringify([complete, issues, ...(nextAvailable === undefined ? [] : [nextAvailable])]))
    .digest('base64url')
    .slice(0, 22);

/** An answer that warns of nothing, and says nothing of what comes next; a host without calendars lasts. */
export const isPlain = ({ complete, issues, nextAvailable }: Availability) =>
  complete && nextAvailable === undefined && issues.every(({ code }) => code === 'NO_CALENDARS');

/** Whether a viewer of `from` needs an event for `to`. An answer that is only younger is no news. */
export const differs = (from: Availability, to: Availability) =>
  from !== to &&
  (from.etag !== to.etag ||
    from.nextAvailable !== to.nextAvailable ||
    from.complete !== to.complete ||
    JSON.stringify(from.issues) !== JSON.stringify(to.issues));
