/**
 * Where zones come from in Node: `#zones` of package.json names this file for the server, and browser-zones.ts for pages.
 * One choice holds for the whole process, because the same wall-clock time may not be two instants in it.
 */
import { openZoneData, type ZoneData, type ZoneDataInfo } from './zone-data.ts';
import type { ZoneReader } from './zone-reader.ts';

let data: ZoneData | null = null;

/** Without `useZoneData` before: the newest that is at hand without an operator's folder. */
const current = (): ZoneData => {
  data ??= openZoneData();
  return data;
};

/** Null for a name that is no zone's. */
export const findZone = (name: string): ZoneReader | null => current().find(name);

/** The zone data that this process reads times with. */
export const zoneDataInUse = (): ZoneData => current();

/** What the times of this process are read with. */
export const zoneDataInfo = (): ZoneDataInfo => current().info;

/** Reads times with this data from now on; a process does so once, at its start. Null: as before the first call. */
export function useZoneData(chosen: ZoneData | null): void {
  data = chosen;
}
