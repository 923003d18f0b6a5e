/** What a viewer must take away and add to get from one answer to the next. */
import type { Availability, SlotList } from '../offers/availability.ts';

export interface AvailabilityDelta {
  fromEtag: string;
  /** The whole answer that the delta leads to; its slots aren't sent again. */
  to: Availability;
  added: SlotList;
  removed: SlotList;
}

/** An answer's slots, as kept for viewers that come back. */
export interface KnownSlots {
  etag: string;
  slots: SlotList;
}

export function delta(from: KnownSlots, to: Availability): AvailabilityDelta {
  // A slot is its times, hosts and seats: where those differ, every slot has changed.
  const alike = heading(from.slots) === heading(to.slots);
  const [kept, next] = [from.slots.starts, to.slots.starts];
  return {
    fromEtag: from.etag,
    to,
    added: { ...to.slots, starts: alike ? missingFrom(kept, next) : next },
    removed: { ...from.slots, starts: alike ? missingFrom(next, kept) : kept },
  };
}

const heading = ({ length, hosts, seatsLeft }: SlotList) => JSON.stringify([length, seatsLeft, hosts]);

/** Those of `candidates` that `known` lacks; both ascending. */
function missingFrom(known: Float64Array, candidates: Float64Array): Float64Array {
  const missing: number[] = [];
  let at = 0;
  for (const start of candidates) {
    while (at < known.length && (known[at] ?? Infinity) < start) at++;
    if (known[at] !== start) missing.push(start);
  }
  return Float64Array.from(missing);
}

/** Would a viewer of `from` be told of `to`? Age alone is no news. */
export const differs = (from: Availability, to: Availability) =>
  from.etag !== to.etag ||
  from.complete !== to.complete ||
  JSON.stringify(from.issues) !== JSON.stringify(to.issues);
