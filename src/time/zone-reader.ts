/** Readers of one zone's offsets, by stretches of days that are cached: reading is the only slow part of civil time. */
import { BoundedMap } from '../async/bounded-map.ts';
import type { ZoneOffsets } from './zone.ts';

export interface ZoneReader {
  /** The offsets of the stretch that a day, since 1970-01-01, lies in. */
  around(day: number): ZoneOffsets;
}

/** Days of a stretch. */
const STRETCH = 366;
/** Stretches cached per zone; bounded, because a query may name any year. */
const KEPT = 64;

/** @param read the offsets of [firstDay, endDay) */
export function createZoneReader(read: (firstDay: number, endDay: number) => ZoneOffsets): ZoneReader {
  const stretches = new BoundedMap<number, ZoneOffsets>(KEPT);
  return {
    around(day) {
      const index = Math.floor(day / STRETCH);
      let stretch = stretches.get(index);
      if (!stretch) {
        stretch = read(index * STRETCH, (index + 1) * STRETCH);
        stretches.set(index, stretch);
      }
      return stretch;
    },
  };
}
