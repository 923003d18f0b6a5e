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

export interface ReadRequest {
  calendar: string | Uint8Array;
  options: ReadOptions;
}

export type ReadResult = { read: CalendarRead } | { unreadable: UnreadableReason };

function readRequest({ calendar, options }: ReadRequest): ReadResult {
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
