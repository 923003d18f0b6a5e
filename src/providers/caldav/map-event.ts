/** What an object of a calendar means: the time that its instances take. */
import { setImmediate as others } from 'node:timers/promises';
import type { IcalEvent } from '../../ical/read/calendar.ts';
import type { IcalReader } from '../ical-reader/reader.ts';
import type { EventChange, RemoteEvent, SyncWindow } from '../port.ts';

/** Candidates that the rules of one object may go through: enough for every hour of a window, and soon over. */
const MAX_STEPS = 150_000;

export interface MappingContext {
  zone: string;
  owner: string[];
  window: SyncWindow;
}

export interface MappedObject {
  change: EventChange | null;
  /** Was all of it understood? */
  complete: boolean;
}

/** An object that can't be read keeps the time that was known of it. */
export async function mapObject(
  reader: IcalReader,
  key: string,
  text: string,
  { zone, owner, window }: MappingContext,
  signal?: AbortSignal,
): Promise<MappedObject> {
  // Between two objects, for whoever waits.
  await others();
  signal?.throwIfAborted();
  try {
    const options = { zone, owner, window, limits: { steps: MAX_STEPS } };
    const { events, partial } = await reader.read(text, options);
    return { change: seriesChange(key, events.map(mapEvent(key))), complete: !partial };
  } catch {
    signal?.throwIfAborted();
    return { change: null, complete: false };
  }
}

export const seriesChange = (seriesId: string, events: RemoteEvent[]): EventChange => ({
  type: 'series',
  seriesId,
  events,
});

/** An object is one series, whatever the events in it are: it comes and goes as a whole. */
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
