/** Worker thread: parses one large calendar, posts the result and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import {
  type CalendarRead,
  decodeCalendar,
  type ReadOptions,
  readCalendar,
  UnreadableCalendar,
  type UnreadableReason,
} from '../../ical/read/calendar.ts';
import { useZoneData } from '../../time/installed-zones.ts';
import { openZoneData } from '../../time/zone-data.ts';

export interface ReadRequest {
  calendar: string | Uint8Array;
  options: ReadOptions;
  /** The operator's zone data, as the process has it (ZONEINFO); null: none. */
  zoneDirectory: string | null;
}

export type ReadResult = { read: CalendarRead } | { unreadable: UnreadableReason };

function readRequest({ calendar, options, zoneDirectory }: ReadRequest): ReadResult {
  useZoneData(openZoneData({ operatorDirectory: zoneDirectory }));
  try {
    return {
      read: readCalendar(typeof calendar === 'string' ? calendar : decodeCalendar(calendar), options),
    };
  } catch (error) {
    if (error instanceof UnreadableCalendar) return { unreadable: error.reason };
    throw error;
  }
}

// This file is imported for its types too: only a thread has a parent port.
parentPort?.postMessage(readRequest(workerData as ReadRequest));
