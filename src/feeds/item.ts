/** One entry of a feed: a row of the combined calendar as a flat event, and all of them as one object. */
import { hash } from 'node:crypto';
import { type BusyEvent, busyObject, eventText } from '../ical/busy.ts';
import type { CombinedRow } from '../store/outbound/combined.ts';
import type { ReadFeed } from '../store/outbound/feeds.ts';
import { dateFromDay } from '../time/civil-date.ts';
import { DAY, type Instant, MINUTE } from '../time/clock.ts';
import { wallClock } from '../time/local-time.ts';
import { isTimeZone } from '../time/zone.ts';

export interface Item {
  /** 32 hex digits: its name in CalDAV, and the local part of its UID. */
  id: string;
  /** Of the whole object, quoted. */
  etag: string;
  event: BusyEvent;
  /** Its VEVENT. */
  text: string;
}

/** How often readers are asked to come again. */
const REFRESH = 15 * MINUTE;

/** The object that an item is served as. */
export const objectOf = ({ text }: Item) => busyObject([text]);

/** All of it as one object, to be subscribed to. */
export const wholeOf = (feed: ReadFeed, items: readonly Item[]) =>
  busyObject(
    items.map(({ text }) => text),
    { name: nameOf(feed), zone: feed.host.timeZone, refresh: REFRESH },
  );

/** As readers list it among their calendars. */
export const nameOf = ({ titles, host }: ReadFeed) => (titles ? host.name : `${host.name} (busy)`);

/** What it is known by tells nothing of the provider, and nothing to the reader of another feed. */
export const idOf = ({ uidKey }: ReadFeed, key: string) =>
  hash('sha256', `${uidKey} ${key}`, 'hex').slice(0, 32);

export function itemOf(feed: ReadFeed, row: CombinedRow): Item {
  const { key, start, end, kind, since } = row;
  const id = idOf(feed, key);
  const zone = row.zone !== null && isTimeZone(row.zone) ? row.zone : feed.host.timeZone;
  const days = row.allDay ? daysOf(zone, start, end) : null;
  const summary = feed.titles ? titleOf(row) : BUSY;
  const event = { uid: `${id}@slotwire`, stamp: since, start, end, days, kind, summary };
  const text = eventText(event);
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
