/** Parses iCalendar text for providers: large calendars in a worker thread, with limits of time and memory. */

import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DeadlineError, withDeadline } from '../../async/deadline.ts';
import { createSemaphore } from '../../async/semaphore.ts';
import {
  type CalendarRead,
  decodeCalendar,
  type IcalEvent,
  type ReadOptions,
  readCalendar,
  UnreadableCalendar,
} from '../../ical/read/calendar.ts';
import { zoneDataInUse } from '../../time/installed-zones.ts';
import type { ReadRequest, ReadResult } from './worker.ts';

/**
 * Counts the changes of how calendars are read: what an earlier version read is read again, although its text is the same.
 */
export const READER_VERSION = 2;

export interface IcalReader {
  /**
   * Parses in this thread or in a worker, with the same result. Bytes are preferred to text: a fold may split a
   * character.
   * @throws UnreadableCalendar; `too-large` also when a limit of time or memory was reached
   */
  read(calendar: string | Uint8Array, options: ReadOptions): Promise<CalendarRead>;
}

export interface IcalReaderOptions {
  /** Characters or bytes up to which a calendar is parsed in this thread. */
  inlineLimit?: number;
  /** Milliseconds for a worker. */
  timeLimit?: number;
  /** Memory of a worker, in MiB. */
  memoryLimit?: number;
}

const MEBIBYTE = 1024 * 1024;

/** The bundled worker lies beside the bundled reader; source files use the one in dist. */
const ENTRY = fileURLToPath(
  new URL(
    import.meta.url.endsWith('/reader.ts') ? '../../../dist/reader-worker.js' : './reader-worker.js',
    import.meta.url,
  ),
);

export function createIcalReader({
  inlineLimit = 64 * 1024,
  timeLimit = 5_000,
  memoryLimit = 240,
}: IcalReaderOptions = {}): IcalReader {
  // Each worker may use its whole memory limit, so at most two run at a time.
  const threads = createSemaphore(Math.min(2, Math.max(1, cpus().length - 1)));
  return {
    async read(calendar, options) {
      // A worker that can't hold its input would crash the process.
      if (calendar.length * 4 > memoryLimit * MEBIBYTE) throw new UnreadableCalendar('too-large');
      if (calendar.length > inlineLimit)
        return threads.run(() =>
          readInThread(
            { calendar, options, zoneDirectory: zoneDataInUse().operatorDirectory },
            timeLimit,
            memoryLimit,
          ),
        );
      return readCalendar(typeof calendar === 'string' ? calendar : decodeCalendar(calendar), options);
    },
  };
}

function readInThread(
  workerData: ReadRequest,
  timeLimit: number,
  memoryLimit: number,
): Promise<CalendarRead> {
  const youngGeneration = 32;
  const worker = new Worker(ENTRY, {
    workerData,
    resourceLimits: {
      maxYoungGenerationSizeMb: youngGeneration,
      maxOldGenerationSizeMb: memoryLimit - youngGeneration,
      stackSizeMb: 4,
    },
  });
  const answered = new Promise<CalendarRead>((resolve, reject) => {
    const events: IcalEvent[] = [];
    worker.on('message', (result: ReadResult) => {
      if ('rest' in result) resolve({ ...result.rest, events });
      else if ('unreadable' in result) reject(new UnreadableCalendar(result.unreadable));
      else {
        for (const event of result.events) events.push(event);
        worker.postMessage('next');
      }
    });
    worker.once('error', (error: Error & { code?: string }) => {
      reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new UnreadableCalendar('too-large') : error);
    });
    worker.once('exit', () => reject(new Error('the reading thread ended without an answer')));
  });
  return withDeadline(timeLimit, undefined, () => answered)
    .catch((error: unknown) => {
      throw error instanceof DeadlineError ? new UnreadableCalendar('too-large') : error;
    })
    .finally(() => worker.terminate());
}
