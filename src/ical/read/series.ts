/** Expands one series: its rules and dates, minus its exceptions, with its overrides (RFC 5545 §3.8.4, §3.8.5). */
import { DAY, type Instant } from '../../time/clock.ts';
import { midnightOf, wallClock } from '../../time/local-time.ts';
import { UTC } from '../../time/zone.ts';
import type { ParsedEvent } from './event.ts';
import type { Instances } from './instances.ts';
import {
  endOf,
  eventLength,
  instantAt,
  type Length,
  type Moment,
  momentOf,
  totalLength,
  ZONE_SPREAD,
} from './length.ts';
import { createStepBudget, type ReadLimits, type StepBudget } from './limits.ts';
import { occurrences } from './recurrence.ts';
import type { Rule } from './rule.ts';
import type { Duration, Time } from './value.ts';
import type { Zones } from './zones.ts';

/** An event with a time, and the zones of its VCALENDAR. */
export interface TimedEvent {
  event: ParsedEvent;
  zones: Zones;
  start: Moment;
  length: Length;
}

/** Replaces one instance, or all instances from one on (RANGE=THISANDFUTURE). */
export interface Override {
  event: ParsedEvent;
  zones: Zones;
  /** The instance's start in the series. */
  original: Moment;
}

export interface SeriesContext {
  window: { from: Instant; to: Instant };
  limits: ReadLimits;
  budget: StepBudget;
  instances: Instances;
}

/** More than the difference between any two zones, and twice what a guessed one may be off. */
export const MAX_ZONE_DISTANCE = 2 * DAY;

/** Each override costs a comparison per instance. */
const MAX_FUTURE_OVERRIDES = 100;

/** Whether an event that doesn't repeat is far from the window; this needs no zone. */
export function isFarFromWindow(
  { start, end, duration }: ParsedEvent,
  window: { from: Instant; to: Instant },
): boolean {
  if (!start) return false;
  const ending = end && end !== 'unknown' ? end.wall : start.wall;
  const lasting = duration && duration !== 'unknown' ? duration.days * DAY + duration.exact : 0;
  const last = Math.max(start.wall, ending, start.wall + lasting) + MAX_ZONE_DISTANCE;
  return (
    last < window.from || Math.min(start.wall, ending, start.wall + lasting) - MAX_ZONE_DISTANCE > window.to
  );
}

/** Null without a readable start. */
export function timedEventOf(event: ParsedEvent, zones: Zones): TimedEvent | null {
  if (!event.start) return null;
  const start = momentOf(event.start, zones);
  return { event, zones, start, length: eventLength(event, start, zones) };
}

/**
 * Adds an instance. One whose place in time is in doubt takes all the time that it may be.
 * @param start the instance's start; its duration is the event's
 */
export function addInstance(
  { event, length }: TimedEvent,
  start: Moment,
  recurrenceId: Instant | null,
  { instances, window }: SeriesContext,
  end: Instant = endOf(start, length),
): void {
  const { uid, kind, title } = event;
  if (event.cancelled) return;
  const guess = instantAt(start) - length.lead;
  const isDoubtful = kind !== 'FREE' && ((start.guessed && end > guess) || !length.complete);
  const spread = isDoubtful && start.guessed ? ZONE_SPREAD : 0;
  const begin = guess - spread;
  const until = Math.max(guess, end) + Math.max(spread, isDoubtful ? length.slack : 0);
  if (isDoubtful && begin < window.to && until > window.from) instances.markHeld();
  const allDay = start.date && length.exact === 0;
  instances.add({ uid, recurrenceId, start: begin, end: until, allDay, kind, title });
}

interface Candidate {
  start: Moment;
  /** Duration or end of an RDATE with a period. */
  own: Duration | Instant | null;
}

/** An override of all instances from one on; the last one comes first. */
interface FutureOverride extends TimedEvent {
  from: Instant;
  /** The new start of an instance that began at this moment in the series. */
  shiftedStart(begin: Moment): Moment;
  /** By how much the wall clock moved, in milliseconds. */
  shift: number;
}

/** @param overrides all of the series, including cancelled ones */
export function addSeries(master: TimedEvent, overrides: readonly Override[], context: SeriesContext): void {
  const { event, zones, start } = master;
  const { window, instances } = context;
  const same = overrides.filter(({ original }) => original.date === start.date);
  const futureOverrides = futureOverridesOf(same, start);
  if (futureOverrides.length > MAX_FUTURE_OVERRIDES) instances.fill(event.uid, window.from);
  futureOverrides.splice(MAX_FUTURE_OVERRIDES);
  const { candidates, stopped, range } = candidatesOf(master, futureOverrides, context);
  const near = ({ wall }: { wall: number }) =>
    wall >= range.from - MAX_ZONE_DISTANCE && wall < range.to + MAX_ZONE_DISTANCE;
  // What a guess would take out of the series stays in it, unless the whole series is read by the same guess.
  const isSure = ({ guessed }: Moment) => !guessed || start.guessed;
  const replaced = new Set(
    same
      .map(({ original }) => original)
      .filter((original) => near(original) && isSure(original))
      .map(instantAt),
  );
  const excluded = new Set(
    event.excluded
      .filter(near)
      .map((time) => momentOf(time, zones))
      .filter((moment) => moment.date === start.date && isSure(moment))
      .map(instantAt),
  );

  for (const [original, { start: begin, own }] of candidates) {
    if (excluded.has(original) || replaced.has(original)) continue;
    const future = futureOverrides.find(({ from }) => from <= original);
    if (future) {
      addInstance(future, future.shiftedStart(begin), original, context);
    } else if (own === null) addInstance(master, begin, original, context);
    else {
      const end = typeof own === 'number' ? own : endOf(begin, own);
      addInstance(master, begin, original, context, end);
    }
  }
  const isBusy = [master, ...futureOverrides].some(
    (one) => !one.event.cancelled && one.event.kind !== 'FREE',
  );
  if (stopped !== null && isBusy) instances.fill(event.uid, stopped);
}

function futureOverridesOf(overrides: readonly Override[], series: Moment): FutureOverride[] {
  return overrides
    .flatMap(({ event, zones, original }) => {
      if (!event.thisAndFuture || event.recurrenceId === 'unknown') return [];
      // An override that cancels the rest of a series needs no time.
      const entry = timedEventOf({ ...event, start: event.start ?? event.recurrenceId }, zones);
      if (!entry) return [];
      return [{ ...entry, from: instantAt(original), ...shiftOf(entry.start, original, series) }];
    })
    .sort((a, b) => b.from - a.from);
}

/** The zone in which shifted instances repeat: the override's, or the series' when the override is written in UTC. */
function shiftOf(
  start: Moment,
  original: Moment,
  series: Moment,
): Pick<FutureOverride, 'shift' | 'shiftedStart'> {
  if (start.date || original.date) {
    const shift = start.wall - original.wall;
    return { shift, shiftedStart: ({ wall }) => ({ ...start, wall: wall + shift }) };
  }
  const zone = start.zone === UTC ? series.zone : start.zone;
  const shift = wallClock(zone, instantAt(start)) - wallClock(zone, instantAt(original));
  return {
    shift,
    shiftedStart: (begin) => ({ ...start, zone, wall: wallClock(zone, instantAt(begin)) + shift }),
  };
}

/** Candidate starts by instant, and the instant from which a limit left the rest unknown. */
function candidatesOf(
  master: TimedEvent,
  futureOverrides: readonly FutureOverride[],
  context: SeriesContext,
) {
  const { event, zones, start, length } = master;
  const { window, limits } = context;
  const shifts = futureOverrides.map(({ shift }) => shift);
  const lengths = [length, ...futureOverrides.map((one) => one.length)];
  const size = Math.max(0, ...lengths.map(totalLength));
  const range = {
    from: window.from - MAX_ZONE_DISTANCE - size - Math.max(0, ...shifts),
    to: window.to + MAX_ZONE_DISTANCE + Math.max(...lengths.map(({ lead }) => lead)) - Math.min(0, ...shifts),
  };
  const candidates = new Map<Instant, Candidate>();
  const inRange = (wall: number) => wall < range.to && wall >= range.from;
  let stopped: number | null = null;
  const stopAt = (moment: Moment) => {
    // Far before the window precision doesn't matter, and resolving old zones would be slow.
    const far = moment.wall < range.from - MAX_ZONE_DISTANCE;
    const instant = (far ? moment.wall : instantAt(moment)) - length.lead + Math.min(0, ...shifts);
    stopped = Math.min(stopped ?? instant, instant);
  };

  if (inRange(start.wall)) candidates.set(instantAt(start), { start, own: null });
  const budget = createStepBudget(Math.ceil(limits.steps / 5), context.budget);
  for (const written of event.rules) {
    const rule = start.date ? wholeDays(written) : written;
    let taken = 0;
    for (const found of occurrences(rule, start.wall, range, budget, untilOf(rule, start, event.start))) {
      const wall = typeof found === 'number' ? found : found.stopped;
      const moment = { ...start, wall };
      if (typeof found !== 'number' || ++taken > limits.seriesInstances) {
        stopAt(moment);
        break;
      }
      candidates.set(instantAt(moment), { start: moment, own: null });
    }
  }

  let taken = 0;
  const added = event.added
    .map((one) => ('start' in one ? one : { start: one, end: null }))
    .filter(
      (one) =>
        one.start.wall >= range.from - MAX_ZONE_DISTANCE - periodReach(one) &&
        one.start.wall < range.to + MAX_ZONE_DISTANCE,
    )
    .sort((a, b) => a.start.wall - b.start.wall);
  for (const { start: time, end } of added) {
    const moment = momentOf(time, zones);
    // A date added to an event with times doesn't say which hours it means (§3.8.5.2): the whole day counts.
    const own =
      end === null
        ? moment.date && !start.date
          ? ONE_DAY
          : null
        : 'wall' in end
          ? endOfPeriod(momentOf(end, zones))
          : end;
    const begin = start.date && !moment.date ? { ...start, wall: midnightOf(moment.wall) } : moment;
    if (++taken > limits.seriesInstances) {
      stopAt(begin);
      break;
    }
    candidates.set(instantAt(begin), { start: begin, own: start.date && !moment.date ? null : own });
  }
  return { candidates, stopped: stopped as number | null, range };
}

const endOfPeriod = (end: Moment): Instant => instantAt(end) + (end.guessed ? ZONE_SPREAD : 0);

const ONE_DAY: Duration = { days: 1, exact: 0 };

/** Approximate duration of an RDATE period. */
function periodReach({ start, end }: { start: Time; end: Time | Duration | null }): number {
  if (end === null) return 0;
  return Math.max(0, 'wall' in end ? end.wall - start.wall : end.days * DAY + end.exact);
}

/** Hours, minutes and seconds mean nothing for all-day events (§3.3.10), and a day can't occur twice. */
function wholeDays(rule: Rule): Rule {
  const short = rule.freq === 'HOURLY' || rule.freq === 'MINUTELY' || rule.freq === 'SECONDLY';
  const days = { ...rule, byHour: null, byMinute: null, bySecond: null };
  return short ? { ...days, freq: 'DAILY', interval: 1, bySetPos: null } : days;
}

/**
 * UNTIL has DTSTART's type, and is in UTC when DTSTART has a zone (§3.3.10). An UNTIL of another type includes
 * everything it may mean.
 */
function untilOf({ until }: Rule, start: Moment, startTime: Time | null): ((wall: number) => boolean) | null {
  if (!until) return null;
  const { zone } = start;
  if (start.date) {
    const local = until.form === 'utc' ? wallClock(zone, until.wall) : until.wall;
    const last = Math.max(midnightOf(until.wall), midnightOf(local));
    return (wall) => wall <= last;
  }
  if (until.form === 'date') return (wall) => wall < until.wall + DAY;
  if (until.form === 'local') return (wall) => wall <= until.wall;
  const floating = startTime?.form === 'local' && !startTime.tzid;
  return (wall) => {
    if (Math.abs(wall - until.wall) > MAX_ZONE_DISTANCE) return wall < until.wall;
    const latest = until.wall + (start.guessed ? ZONE_SPREAD : 0);
    return instantAt({ ...start, wall }) <= latest || (floating && wall <= until.wall);
  };
}
