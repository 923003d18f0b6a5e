/** Reads events without change tracking: a window, the instances of a series, a series master. */
import { formatInstant } from '../../time/instant-text.ts';
import { ProviderError, type PullRequest, type RemoteEvent } from '../port.ts';
import { touchesWindow } from '../window-change.ts';
import type { GraphClient } from './client.ts';
import { type GraphEvent, kindOf, mapEvent } from './map-event.ts';
import { readAll } from './pages.ts';

/** Change tracking refuses $select; all other reads request these fields. */
export const EVENT_FIELDS =
  'id,seriesMasterId,type,showAs,isCancelled,isAllDay,responseStatus,subject,start,end,originalStartTimeZone,transactionId';

/** Value for the header Prefer: times in the calendar's zone, so that all-day events keep their midnights. */
export const preferTimeZone = (zone: string) => `outlook.timezone="${zone}"`;

export interface EventReader {
  /** Every instance within the window. */
  window(): Promise<RemoteEvent[]>;
  /** A series' instances within the window; none when the series was deleted. */
  instances(seriesId: string): Promise<RemoteEvent[]>;
  /** The same, by one read of the window for any number of series. */
  instancesInWindow(seriesId: string): Promise<RemoteEvent[]>;
  /** `unread`: the master is refused or not found, though its occurrences are listed. */
  master(seriesId: string): Promise<GraphEvent | 'unread'>;
  /** Whether an event was read whose time can't be read. */
  isPartial(): boolean;
}

/** IANA names. */
export interface ReadZones {
  /** The calendar's zone; null when it is not known. */
  zone: string | null;
  /** The zone in which times are requested. */
  requestedZone: string;
}

export function createEventReader(
  client: GraphClient,
  { access, calendar, window, signal }: PullRequest,
  { zone, requestedZone }: ReadZones,
): EventReader {
  const prefer = [preferTimeZone(requestedZone)];
  const range = {
    startDateTime: formatInstant(window.from),
    endDateTime: formatInstant(window.to),
  };
  const list = async (path: string) => {
    const query = { ...range, $top: '500', $select: EVENT_FIELDS };
    const items = await readAll<GraphEvent>(client, access, path, { query, prefer, signal });
    return items
      .flatMap((item) => {
        const event = mapEvent(item, zone);
        partial ||= event === null && kindOf(item) !== 'FREE';
        return event ?? [];
      })
      .filter((event) => touchesWindow(event, window));
  };
  const readWindow = () => list(`/me/calendars/${encodeURIComponent(calendar.externalId)}/calendarView`);
  let partial = false;
  let windowEvents: Promise<RemoteEvent[]> | undefined;

  async function instancesInWindow(seriesId: string): Promise<RemoteEvent[]> {
    windowEvents ??= readWindow();
    return (await windowEvents).filter((event) => event.seriesId === seriesId);
  }

  return {
    window: readWindow,
    instancesInWindow,
    isPartial: () => partial,
    async instances(seriesId) {
      try {
        return await list(`/me/events/${encodeURIComponent(seriesId)}/instances`);
      } catch (error) {
        // The series was deleted, or can't be read by its id: the window shows its instances.
        if (isRejected(error)) return instancesInWindow(seriesId);
        throw error;
      }
    },
    async master(seriesId) {
      const query = { $select: EVENT_FIELDS };
      try {
        return await client.get(access, `/me/events/${encodeURIComponent(seriesId)}`, {
          query,
          prefer,
          signal,
        });
      } catch (error) {
        if (!isRejected(error)) throw error;
        return 'unread';
      }
    },
  };
}

const isRejected = (error: unknown): error is ProviderError =>
  error instanceof ProviderError && error.reason === 'rejected' && error.status !== 401;
