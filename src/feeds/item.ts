/** An item of a feed: one row of the combined calendar as a flat event. */
import { hash } from 'node:crypto';
import { type BusyEvent, formatBusyCalendar, formatVevent } from '../ical/busy.ts';
import type { CombinedRow } from '../store/outbound/combined.ts';
import type { FeedWithHost } from '../store/outbound/feeds.ts';
import { dateFromDay } from '../time/civil-date.ts';
import { DAY, type Instant, MINUTE } from '../time/clock.ts';
import { wallClock } from '../time/local-time.ts';

export interface FeedItem {
  /** 32 hex digits: the item's name in CalDAV and the local part of its UID. */
  id: string;
  /** Quoted etag of the item's object. */
  etag: string;
  event: BusyEvent;
  /** An all-day event of its calendar: written as dates where it is whole days in the host's zone too, else as instants. */
  allDay: boolean;
  /** The formatted VEVENT. */
  text: string;
}

/** How often readers should fetch the feed. */
const REFRESH_INTERVAL = 15 * MINUTE;

/** The iCalendar object of one item. */
export const itemCalendar = ({ text }: FeedItem) => formatBusyCalendar([text]);

/** The iCalendar object of the whole feed. */
export const feedCalendar = (feed: FeedWithHost, items: readonly FeedItem[]) =>
  formatBusyCalendar(
    items.map(({ text }) => text),
    { name: feedName(feed), zone: feed.host.timeZone, refreshInterval: REFRESH_INTERVAL },
  );

/** The calendar's name as readers list it. */
export const feedName = ({ titles, host }: FeedWithHost) => (titles ? host.name : `${host.name} (busy)`);

/** The id reveals nothing about the provider, and differs from feed to feed. */
export const itemIdOf = ({ uidKey }: FeedWithHost, key: string) =>
  hash('sha256', `${uidKey} ${key}`, 'hex').slice(0, 32);

export function toFeedItem(feed: FeedWithHost, row: CombinedRow): FeedItem {
  const { key, start, end, kind, since } = row;
  const id = itemIdOf(feed, key);
  // Readers show dates as days of their own zone, which is the host's. Whole days of another zone are no days there.
  const days = row.allDay ? daysOf(feed.host.timeZone, start, end) : null;
  const summary = feed.titles ? titleOf(row) : BUSY;
  const event = { uid: `${id}@slotwire`, stamp: since, start, end, days, kind, summary };
  const text = formatVevent(event);
  // The rest of the item's object is always the same.
  const etag = hash('sha256', text, 'base64url').slice(0, 27);
  return { id, etag: `"${etag}"`, event, allDay: row.allDay, text };
}

const BUSY = 'Busy';

const titleOf = ({ title, attendee }: CombinedRow) =>
  [title, attendee].filter((part) => part?.trim()).join(': ') || BUSY;

/** Null when the bounds are no midnights in this zone: the instants are then written instead. */
function daysOf(zone: string, start: Instant, end: Instant): BusyEvent['days'] {
  const [from, to] = [wallClock(zone, start), wallClock(zone, end)];
  if (from % DAY !== 0 || to % DAY !== 0 || to <= from) return null;
  return { from: dateFromDay(from / DAY), to: dateFromDay(to / DAY) };
}
