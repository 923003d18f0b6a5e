/** Worker thread: parses one large calendar, posts the result part by part, each when it is asked for, and is ended then. */
import { parentPort, workerData } from 'node:worker_threads';
import {
  type CalendarRead,
  decodeCalendar,
  type IcalEvent,
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

/** Parts of the events come before the rest, which is last. */
export type ReadResult =
  | { events: IcalEvent[] }
  | { rest: Omit<CalendarRead, 'events'> }
  | { unreadable: UnreadableReason };

/** Events of one part: the thread that takes them does nothing else meanwhile. */
const PART = 2_000;

type ReadOutcome = { read: CalendarRead } | { unreadable: UnreadableReason };

function readRequest({ calendar, options, zoneDirectory }: ReadRequest): ReadOutcome {
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

function* partsOf(outcome: ReadOutcome): Generator<ReadResult> {
  if ('unreadable' in outcome) return yield outcome;
  const { events, ...rest } = outcome.read;
  for (let from = 0; from < events.length; from += PART) yield { events: events.slice(from, from + PART) };
  yield { rest };
}

// This file is imported for its types too: only a thread has a parent port.
if (parentPort) {
  const port = parentPort;
  const parts = partsOf(readRequest(workerData as ReadRequest));
  const postNext = () => port.postMessage(parts.next().value);
  port.on('message', postNext);
  postNext();
}
