/** Events in the world's own form, which each provider's resources are made from, and the instances of a series. */

import type { BusyKind } from '../availability/period.ts';
import { addDays } from '../time/civil-date.ts';
import { DAY, type Instant } from '../time/clock.ts';
import { instantOfWall, wallClock } from '../time/local-time.ts';

export type ShowAs = 'free' | 'tentative' | 'busy' | 'oof' | 'workingElsewhere';
export type EventStatus = 'confirmed' | 'tentative' | 'cancelled';
/** The response of the calendar's owner; `organizer`: the event is the owner's own. */
export type ResponseStatus = 'accepted' | 'declined' | 'tentative' | 'needsAction' | 'organizer';

/** `YYYY-MM-DD`, the end exclusive. */
export interface Dates {
  start: string;
  end: string;
}

export interface Series {
  every: 'day' | 'week';
  /** Every how many days or weeks; 1 when absent. */
  interval?: number | undefined;
  /** Null: it never ends. */
  count: number | null;
}

/** An endless series has this many instances: years ahead, as at Google. */
const MAX_INSTANCES = 700;

/** How one instance of a series differs from it. */
export interface InstanceChange {
  cancelled?: boolean | undefined;
  start?: Instant | undefined;
  end?: Instant | undefined;
}

export interface WorldEvent {
  /** In the form of the calendar's provider. */
  id: string;
  calendar: string;
  title: string;
  /** Of the first instance, when it is a series. */
  start: Instant;
  end: Instant;
  allDay: Dates | null;
  /** IANA; a series repeats on this wall clock. */
  timeZone: string;
  showAs: ShowAs;
  status: EventStatus;
  response: ResponseStatus;
  series: Series | null;
  /** By original start. */
  exceptions: ReadonlyMap<Instant, InstanceChange>;
  /** Original starts that the series no longer has, and the revision that took them. */
  retired: ReadonlyMap<Instant, number>;
  /** Fields that only its provider knows, stored unchanged. */
  extra: Readonly<Record<string, unknown>>;
  deleted: boolean;
  created: Instant;
  updated: Instant;
  /** The calendar's revision by this event's last change. */
  revision: number;
  /** The state before its last change. */
  previous: WorldEvent | null;
}

/** The fields of a new event; all have defaults but the times: either `start` and `end`, or `allDay`. */
export interface EventInput {
  id?: string | undefined;
  title?: string | undefined;
  start?: Instant | undefined;
  end?: Instant | undefined;
  allDay?: Dates | null | undefined;
  timeZone?: string | undefined;
  showAs?: ShowAs | undefined;
  status?: EventStatus | undefined;
  response?: ResponseStatus | undefined;
  series?: Series | null | undefined;
  extra?: Record<string, unknown> | undefined;
}

/** One occurrence of an event. */
export interface Instance {
  event: WorldEvent;
  /** Never changes, even when the instance moves. */
  originalStart: Instant;
  start: Instant;
  end: Instant;
  allDay: Dates | null;
  /** It differs from its series. */
  exception: boolean;
  cancelled: boolean;
}

/** All instances in order, the cancelled ones too; an event that is no series has one. */
export function instancesOf(event: WorldEvent): Instance[] {
  const { series } = event;
  if (!series) return [instanceAfter(event, 0)];
  const step = (series.interval ?? 1) * (series.every === 'week' ? 7 : 1);
  return Array.from({ length: series.count ?? MAX_INSTANCES }, (_, index) =>
    instanceAfter(event, index * step),
  );
}

function instanceAfter(event: WorldEvent, days: number): Instance {
  const allDay = event.allDay && {
    start: addDays(event.allDay.start, days),
    end: addDays(event.allDay.end, days),
  };
  const start = days === 0 ? event.start : wallClockPlus(event.start, event, days);
  const originalStart = start;
  const end =
    days === 0 ? event.end : allDay ? wallClockPlus(event.end, event, days) : start + event.end - event.start;
  const change = event.exceptions.get(originalStart);
  return {
    event,
    originalStart,
    start: change?.start ?? start,
    end: change?.end ?? end,
    allDay,
    exception: change !== undefined,
    cancelled: event.deleted || event.status === 'cancelled' || change?.cancelled === true,
  };
}

/** The same wall clock time, days later. */
function wallClockPlus(at: Instant, { timeZone }: WorldEvent, days: number): Instant {
  return instantOfWall(timeZone, wallClock(timeZone, at) + days * DAY, 'rfc5545');
}

/** Ranges are half-open, but an event without length overlaps the range that contains its start. */
export const overlaps = (range: { start: Instant; end: Instant }, from: Instant, to: Instant) =>
  range.start < to && (range.end > from || (range.end === range.start && range.start >= from));

/** The kind of busy time that an instance makes for its owner; null: none. */
export function busyKind({ event, cancelled }: Instance): BusyKind | null {
  if (cancelled || event.response === 'declined') return null;
  if (event.showAs === 'free' || event.showAs === 'workingElsewhere') return null;
  if (event.showAs === 'oof') return 'BUSY_UNAVAILABLE';
  return event.showAs === 'tentative' || event.status === 'tentative' ? 'BUSY_TENTATIVE' : 'BUSY';
}
