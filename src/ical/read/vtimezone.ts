/** Evaluates a time zone that a calendar defines itself (RFC 5545 §3.6.5) to its transitions. */

import { BoundedMap } from '../../async/bounded-map.ts';
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

/** A rule's transitions before the first instant, but for the first of all, and after the last are left out. */
const FIRST_TRANSITION = dayFromCivil(1970, 1, 1) * DAY;
const LAST_TRANSITION = dayFromCivil(2120, 1, 1) * DAY;

/** Per STANDARD or DAYLIGHT component: many times one transition a year. */
const MAX_TRANSITIONS = 2_000;

export interface EvaluatedVtimezone {
  zone: Zone;
  /** Every part of the definition was understood. */
  complete: boolean;
}

/** Calendars bring the same few definitions again and again; those of a CalDAV calendar come with each object. */
const evaluated = new BoundedMap<string, EvaluatedVtimezone>(200);
const MAX_KEY_LENGTH = 5_000;

/** Null when no component defines an offset. */
export function evaluateVtimezone(vtimezone: Component, budget: StepBudget): EvaluatedVtimezone | null {
  const key = JSON.stringify([
    vtimezone.damaged,
    vtimezone.parts.map(({ damaged, properties }) => [
      damaged,
      properties.map(({ name, type, value }) => [name, type, value]),
    ]),
  ]);
  const known = evaluated.get(key);
  if (known) return known;
  const result = evaluate(vtimezone, budget);
  // An incomplete result may be due to the budget.
  if (result?.complete && key.length <= MAX_KEY_LENGTH) evaluated.set(key, result);
  return result;
}

function evaluate(vtimezone: Component, budget: StepBudget): EvaluatedVtimezone | null {
  const parts = vtimezone.parts.map((part) => transitionsOf(part, vtimezone.parts.length === 1, budget));
  const transitions = parts.flatMap((part) => part.transitions).sort((a, b) => a.at - b.at);
  const [first] = transitions;
  if (!first) return null;
  const complete = vtimezone.damaged.length === 0 && parts.every((part) => part.complete);
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
  return { zone: { name: null, around: offsetsByStretch(bounds, offsets) }, complete };
}

/** Offsets around a day, cached per stretch of days, so that a lookup doesn't walk through all years. */
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

interface ReadPart {
  transitions: Transition[];
  complete: boolean;
}

const UNREADABLE_PART: ReadPart = { transitions: [], complete: false };

/** @param alone the zone has no other part, so that its offset never changes */
function transitionsOf({ properties, damaged }: Component, alone: boolean, budget: StepBudget): ReadPart {
  const value = (propertyName: string) => properties.find(({ name }) => name === propertyName)?.value ?? '';
  const start = readTime(value('dtstart'), 'date-time', null);
  const to = readOffset(value('tzoffsetto'));
  if (!start || to === null || damaged.length > 0) return UNREADABLE_PART;
  const from = readOffset(value('tzoffsetfrom'));
  let complete = from !== null || alone;
  const before = from ?? to;
  const walls = new Set([start.wall]);
  for (const { name, type, value: text } of properties) {
    if (name === 'rdate') {
      for (const part of text.split(',')) {
        const time = readTime(part, type, null);
        if (time) walls.add(time.form === 'utc' ? time.wall + before : time.wall);
        else if (part.trim() !== '') complete = false;
      }
    } else if (name === 'rrule') {
      const read = readRule(text);
      complete &&= read?.complete === true;
      if (!read) continue;
      const { rule } = read;
      const last = rule.until && rule.until.wall + (rule.until.form === 'utc' ? before : 0);
      const until = last === null ? null : (wall: number) => wall <= last;
      for (const wall of occurrences(
        rule,
        start.wall,
        { from: Math.max(start.wall, FIRST_TRANSITION), to: LAST_TRANSITION },
        budget,
        until,
      )) {
        if (typeof wall !== 'number' || walls.size > MAX_TRANSITIONS) return UNREADABLE_PART;
        walls.add(wall);
      }
    }
  }
  return { transitions: [...walls].map((wall) => ({ at: wall - before, from: before, to })), complete };
}
