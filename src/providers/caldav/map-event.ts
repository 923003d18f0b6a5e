/** Maps a calendar object to the busy time of its instances. */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { IcalEvent } from '../../ical/read/calendar.ts';
import type { IcalReader } from '../ical-reader/reader.ts';
import type { EventChange, RemoteEvent, SyncWindow } from '../port.ts';

/** Recurrence candidates that one object may expand to: enough for every hour of a window, and quickly done. */
const MAX_STEPS = 150_000;

export interface MappingContext {
  zone: string;
  owner: string[];
  window: SyncWindow;
}

export interface MappedObject {
  change: EventChange;
  /** Whether every part of the object was understood, or all the time that it may take is among the events. */
  complete: boolean;
  /** The latter: the object's place in time is in doubt. */
  held: boolean;
}

/** Maps one object. Of an object that can't be read the time of the last pull stays. */
export async function mapObject(
  reader: IcalReader,
  key: string,
  text: string,
  { zone, owner, window }: MappingContext,
  signal?: AbortSignal,
): Promise<MappedObject> {
  // Parsing blocks the event loop: it is yielded between two objects.
  await yieldToEventLoop();
  signal?.throwIfAborted();
  try {
    const options = { zone, owner, window, limits: { steps: MAX_STEPS } };
    const { events, partial, held } = await reader.read(text, options);
    return { change: seriesChange(key, events.map(mapEvent(key))), complete: !partial || held, held };
  } catch {
    signal?.throwIfAborted();
    return { change: keepSeries(key), complete: false, held: false };
  }
}

export const seriesChange = (seriesId: string, events: RemoteEvent[]): EventChange => ({
  type: 'series',
  seriesId,
  events,
});

export const keepSeries = (key: string): EventChange => ({ type: 'keep', id: key });

/** An object counts as one series, whatever events it holds: it is replaced and removed as a whole. */
const mapEvent =
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
