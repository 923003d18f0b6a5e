/** What an object of a calendar means: the time that its instances take. */
import { setImmediate as others } from 'node:timers/promises';
import type { IcalEvent } from '../../ical/read/calendar.ts';
import type { Reader } from '../ical-reader/reader.ts';
import type { Change, RemoteEvent, Window } from '../port.ts';

/** Candidates that the rules of one object may go through: enough for every hour of a window, and soon over. */
const STEPS = 150_000;

export interface Frame {
  zone: string;
  owner: string[];
  window: Window;
}

export interface Meaning {
  change: Change | null;
  /** Was all of it understood? */
  whole: boolean;
}

/** An object that can't be read keeps the time that was known of it. */
export async function meaningOf(
  reader: Reader,
  key: string,
  text: string,
  { zone, owner, window }: Frame,
  signal?: AbortSignal,
): Promise<Meaning> {
  // Between two objects, for whoever waits.
  await others();
  signal?.throwIfAborted();
  try {
    const options = { zone, owner, window, limits: { steps: STEPS } };
    const { events, partial } = await reader.read(text, options);
    return { change: series(key, events.map(remoteEvent(key))), whole: !partial };
  } catch {
    signal?.throwIfAborted();
    return { change: null, whole: false };
  }
}

export const series = (seriesId: string, events: RemoteEvent[]): Change => ({
  type: 'series',
  seriesId,
  events,
});

/** An object is one series, whatever the events in it are: it comes and goes as a whole. */
const remoteEvent =
  (key: string) =>
  ({ uid, recurrenceId, start, end, allDay, kind, title }: IcalEvent): RemoteEvent => ({
    externalId: `${key}#${recurrenceId ?? ''}#${uid}`,
    seriesId: key,
    kind,
    start,
    end,
    allDay,
    title,
    ownId: null,
  });
