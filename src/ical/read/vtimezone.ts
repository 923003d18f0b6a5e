/** Evaluates a time zone that a calendar defines itself (RFC 5545 §3.6.5) to its transitions. */

import { dayFromCivil } from '../../time/civil-date.ts';
import { DAY } from '../../time/clock.ts';
import type { Zone, ZoneOffsets } from '../../time/zone.ts';
import type { Component } from './components.ts';
import type { StepBudget } from './limits.ts';
import { occurrences } from './recurrence.ts';
import { readRule } from './rule.ts';
import { readOffset, readTime } from './value.ts';

interface Transition {
  at: number;
  from: number;
  to: number;
}

/** Transitions after this instant are left out. */
const LAST_TRANSITION = dayFromCivil(2120, 1, 1) * DAY;

/** Per STANDARD or DAYLIGHT component: enough for one transition a year over five centuries. */
const MAX_TRANSITIONS = 2_000;

/** Null when no component defines an offset. */
export function evaluateVtimezone(vtimezone: Component, budget: StepBudget): Zone | null {
  const transitions = vtimezone.parts
    .flatMap((part) => transitionsOf(part, budget))
    .sort((a, b) => a.at - b.at);
  const [first] = transitions;
  if (!first || vtimezone.damaged) return null;
  const bounds = [Number.NEGATIVE_INFINITY];
  const offsets = [first.from];
  for (const { at, to } of transitions) {
    if (at === bounds.at(-1)) offsets[offsets.length - 1] = to;
    else if (to !== offsets.at(-1)) {
      bounds.push(at);
      offsets.push(to);
    }
  }
  bounds.push(Number.POSITIVE_INFINITY);
  return { name: null, around: offsetsByStretch(bounds, offsets) };
}

/** Offsets around a day, cached per stretch of days, so that a lookup doesn't walk through five centuries. */
function offsetsByStretch(bounds: number[], offsets: number[]): (day: number) => ZoneOffsets {
  const cache = new Map<number, ZoneOffsets>();
  const stretch = 1_000;
  return (day) => {
    const index = Math.floor(day / stretch);
    let found = cache.get(index);
    if (!found) {
      const [low, high] = [(index * stretch - 3) * DAY, ((index + 1) * stretch + 3) * DAY];
      const first = Math.max(
        0,
        offsets.findLastIndex((_, i) => (bounds[i] as number) <= low),
      );
      const last = offsets.findLastIndex((_, i) => (bounds[i] as number) <= high);
      found = {
        endDay: (index + 1) * stretch,
        bounds: [Number.NEGATIVE_INFINITY, ...bounds.slice(first + 1, last + 1), Number.POSITIVE_INFINITY],
        offsets: offsets.slice(first, last + 1),
      };
      cache.set(index, found);
    }
    return found;
  };
}

function transitionsOf({ properties, damaged }: Component, budget: StepBudget): Transition[] {
  const value = (propertyName: string) => properties.find(({ name }) => name === propertyName)?.value ?? '';
  const start = readTime(value('dtstart'), 'date-time', null);
  const to = readOffset(value('tzoffsetto'));
  if (!start || to === null || damaged) return [];
  const from = readOffset(value('tzoffsetfrom')) ?? to;
  const walls = new Set([start.wall]);
  for (const { name, type, value: text } of properties) {
    if (name === 'rdate') {
      for (const part of text.split(',')) {
        const time = readTime(part, type, null);
        if (time) walls.add(time.form === 'utc' ? time.wall + from : time.wall);
      }
    } else if (name === 'rrule') {
      const rule = readRule(text)?.rule;
      if (!rule) continue;
      const last = rule.until && rule.until.wall + (rule.until.form === 'utc' ? from : 0);
      const until = last === null ? null : (wall: number) => wall <= last;
      for (const wall of occurrences(
        rule,
        start.wall,
        { from: start.wall, to: LAST_TRANSITION },
        budget,
        until,
      )) {
        if (typeof wall !== 'number' || walls.size > MAX_TRANSITIONS) return [];
        walls.add(wall);
      }
    }
  }
  return [...walls].map((wall) => ({ at: wall - from, from, to }));
}
