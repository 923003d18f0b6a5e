/** One entry of a feed: a row of the combined calendar as a flat event, and all of them as one object. */
import { hash } from 'node:crypto';
import { type BusyEvent, formatBusyCalendar, formatVevent } from '../ical/busy.ts';
import type { CombinedRow } from '../store/outbound/combined.ts';
import type { FeedWithHost } from '../store/outbound/feeds.ts';
import { dateFromDay } from '../time/civil-date.ts';
import { DAY, type Instant, MINUTE } from '../time/clock.ts';
import { wallClock } from '../time/local-time.ts';
import { isTimeZone } from '../time/zone.ts';

export interface FeedItem {
  /** 32 hex digits: its name in CalDAV, and the local part of its UID. */
  id: string;
  /** Of the whole object, quoted. */
  etag: string;
  event: BusyEvent;
  /** Its VEVENT. */
  text: string;
}

/** How often readers are asked to come again. */
const REFRESH_INTERVAL = 15 * MINUTE;

/** The object that an item is served as. */
export const itemCalendar = ({ text }: FeedItem) => formatBusyCalendar([text]);

/** All of it as one object, to be subscribed to. */
export const feedCalendar = (feed: FeedWithHost, items: readonly FeedItem[]) =>
  formatBusyCalendar(
    items.map(({ text }) => text),
    { name: feedName(feed), zone: feed.host.timeZone, refreshInterval: REFRESH_INTERVAL },
  );

/** As readers list it among their calendars. */
export const feedName = ({ titles, host }: FeedWithHost) => (titles ? host.name : `${host.name} (busy)`);

/** What it is known by tells nothing of the provider, and nothing to the reader of another feed. */
export const itemIdOf = ({ uidKey }: FeedWithHost, key: string) =>
  hash('sha256', `${uidKey} ${key}`, 'hex').slice(0, 32);

export function toFeedItem(feed: FeedWithHost, row: CombinedRow): FeedItem {
  const { key, start, end, kind, since } = row;
  const id = itemIdOf(feed, key);
  const zone = row.zone !== null && isTimeZone(row.zone) ? row.zone : feed.host.timeZone;
  const days = row.allDay ? daysOf(zone, start, end) : null;
  const summary = feed.titles ? titleOf(row) : BUSY;
  const event = { uid: `${id}@slotwire`, stamp: since, start, end, days, kind, summary };
  const text = formatVevent(event);
  // What stands around it in its object is always the same.
  const etag = hash('sha256', text, 'base64url').slice(0, 27);
  return { id, etag: `"${etag}"`, event, text };
}

const BUSY = 'Busy';

const titleOf = ({ title, attendee }: CombinedRow) =>
  [title, attendee].filter((part) => part?.trim()).join(': ') || BUSY;

/** Null where the zone has no midnight there: by then its instants are surer. */
function daysOf(zone: string, start: Instant, end: Instant): BusyEvent['days'] {
  const [from, to] = [wallClock(zone, start), wallClock(zone, end)];
  if (from % DAY !== 0 || to % DAY !== 0 || to <= from) return null;
  return { from: dateFromDay(from / DAY), to: dateFromDay(to / DAY) };
}
