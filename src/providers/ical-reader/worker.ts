/** The thread that reads one large calendar, answers and ends. */
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

// Type imports of this file run it nowhere, and only a thread has a parent.
parentPort?.postMessage(readRequest(workerData as ReadRequest));
