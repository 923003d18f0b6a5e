/** Events that can be read in part: which time they may take, and whether any. */
import { DAY, type Instant } from '../../time/clock.ts';
import type { ParsedEvent } from './event.ts';
import { instantAt, type Moment, momentOf, ZONE_SPREAD } from './length.ts';
import { MAX_ZONE_DISTANCE, type SeriesContext } from './series.ts';
import type { Time } from './value.ts';
import type { Zones } from './zones.ts';

type Window = SeriesContext['window'];

export const takesTime = ({ cancelled, kind }: ParsedEvent): boolean => !cancelled && kind !== 'FREE';

/** Whether occurrences that can't be read may lie within the window. */
export function mayOccurUnread(event: ParsedEvent, window: Window): boolean {
  const { start, unreadUntil } = event;
  if (!takesTime(event) || unreadUntil === null) return false;
  const beginsLater = start !== null && start.wall - MAX_ZONE_DISTANCE > window.to;
  return !beginsLater && unreadUntil + MAX_ZONE_DISTANCE >= window.from;
}

/**
 * Takes the time that an event without a readable start may be: a day before its end, or a day around the instance that it
 * replaces. One that says neither may lie anywhere, unless it is known to be over.
 */
export function holdUnread(
  { event, zones, original }: { event: ParsedEvent; zones: Zones; original?: Moment },
  { window, instances }: SeriesContext,
): void {
  if (!takesTime(event)) return;
  const repeats = event.rules.length + event.added.length > 0 || event.unreadUntil !== null;
  const end = event.end && event.end !== 'unknown' ? event.end : null;
  const place = repeats ? null : end ? beforeEnd(end, zones) : original ? around(original) : null;
  if (!place) {
    if (!hasEnded(event, window)) instances.markPartial();
    return;
  }
  const { uid, kind, title } = event;
  if (place.start < window.to && place.end > window.from) instances.markHeld();
  const recurrenceId = original ? instantAt(original) : place.start;
  instances.add({ uid, recurrenceId, ...place, allDay: false, kind, title });
}

function beforeEnd(time: Time, zones: Zones): { start: Instant; end: Instant } {
  const moment = momentOf(time, zones);
  const end = instantAt(moment);
  const spread = moment.guessed ? ZONE_SPREAD : 0;
  return { start: end - DAY - spread, end: end + spread };
}

function around(moment: Moment): { start: Instant; end: Instant } {
  const at = instantAt(moment);
  return { start: at - ZONE_SPREAD, end: at + ZONE_SPREAD };
}

/** Whether all that can be read of an event's times is before the window, and is enough to know. */
function hasEnded({ end, roughEnd, rules, added, unreadUntil }: ParsedEvent, window: Window): boolean {
  const repeated = [
    ...rules.map(({ until }) => until?.wall ?? Number.POSITIVE_INFINITY),
    ...added.map((one) => ('start' in one ? one.start.wall : one.wall)),
  ].reduce((a, b) => Math.max(a, b), unreadUntil ?? Number.NEGATIVE_INFINITY);
  const own = end && end !== 'unknown' ? end.wall : (roughEnd ?? repeated);
  return Number.isFinite(own) && Math.max(own, repeated) + MAX_ZONE_DISTANCE < window.from;
}
