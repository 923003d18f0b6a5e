/** Parses iCalendar (RFC 5545) of any origin into busy time, and says when some of it could not be read. */

import type { Instant } from '../../time/clock.ts';
import { DAY } from '../../time/clock.ts';
import { isTimeZone } from '../../time/zone.ts';
import { type Component, readComponents } from './components.ts';
import { type ParsedEvent, readEvent } from './event.ts';
import { addFreeBusy } from './freebusy.ts';
import { addUidGroup, type ParsedEntry } from './group.ts';
import { createInstances, type IcalEvent } from './instances.ts';
import { createStepBudget, READ_LIMITS, type ReadLimits } from './limits.ts';
import { isFarFromWindow } from './series.ts';
import { readDuration, readText } from './value.ts';
import { createZoneBudget, createZones, type Zones } from './zones.ts';

export { UnreadableCalendar, type UnreadableReason } from './components.ts';
export type { IcalEvent } from './instances.ts';
export type { ReadLimits } from './limits.ts';
export { decodeCalendar } from './lines.ts';

export interface ReadOptions {
  /** IANA zone of all-day events, and of floating times unless the calendar names its own zone. */
  zone: string;
  /** Lower-case addresses of the calendar's owner: events that the owner declined take no time. */
  owner: readonly string[];
  /** Half-open [from, to). */
  window: { from: Instant; to: Instant };
  limits?: Partial<ReadLimits>;
}

export interface CalendarRead {
  /** All instances that touch the window. */
  events: IcalEvent[];
  /** A component had no readable time or only a guessed one, or a limit was reached. */
  partial: boolean;
  /**
   * Of a partial read: all the time that may be taken is among the events. An event whose place is in doubt takes all that
   * it may be; time beyond a limit is BUSY.
   */
  held: boolean;
  calendar: {
    name: string | null;
    /** IANA zone, when the calendar names one. */
    zone: string | null;
    /** How often the calendar asks to be read, in milliseconds. */
    refresh: number | null;
  };
}

/**
 * A component that can't be read doesn't affect the others.
 * @throws UnreadableCalendar when the text is no calendar or is truncated: the caller should keep the time it knew
 */
export function readCalendar(text: string, options: ReadOptions): CalendarRead {
  const { window } = options;
  if (!isTimeZone(options.zone)) throw new RangeError(`unknown time zone: ${options.zone}`);
  const limits = { ...READ_LIMITS, ...options.limits };
  const owner = new Set(options.owner);
  const calendar: CalendarRead['calendar'] = { name: null, zone: null, refresh: null };
  const instances = createInstances(window, limits.instances);
  const groups = new Map<string, ParsedEntry[]>();
  const zoneBudget = createZoneBudget();
  let zones = createZones(options.zone, zoneBudget);
  const freeBusy: { component: Component; zones: Zones }[] = [];

  const { wellFormed, complete } = readComponents(text, limits, {
    component(component) {
      if (component.name === 'vtimezone') zones.define(component);
      // Free-busy components are read at the end: time zones may follow them.
      else if (component.name === 'vfreebusy') freeBusy.push({ component, zones });
      else {
        const event = readEvent(component, owner, limits.values);
        // Most events of a large calendar are in the past: only their UID and sequence are kept, which may override
        // older copies.
        if (isFarFromWindow(event, window) && isSingle(event)) Object.assign(event, DISCARDED);
        const written = { event, zones };
        const group = groups.get(written.event.uid);
        if (group) group.push(written);
        else groups.set(written.event.uid, [written]);
      }
    },
    property({ name, value }) {
      if (name === 'x-wr-timezone') zones.setFloating(value);
      else if (name === 'x-wr-calname' || name === 'name') calendar.name ??= readText(value);
      else calendar.refresh ??= refreshOf(value);
    },
    end() {
      calendar.zone ??= zones.ownName();
      zones = createZones(options.zone, zoneBudget);
    },
  });
  for (const { component, zones: own } of freeBusy) addFreeBusy(component, own, instances);
  const context = { window, limits, budget: createStepBudget(limits.steps), instances };
  for (const group of groups.values()) addUidGroup(group, context);
  if (!wellFormed) instances.markPartial();
  // Components beyond the limit were not read, so the whole window counts as busy.
  if (!complete) instances.fill('too-many', window.from);
  return { ...instances.result(), calendar };
}

const DISCARDED = { cancelled: true, title: null, start: null, end: null, duration: null } as const;

const isSingle = ({ recurrenceId, rules, added, unreadUntil }: ParsedEvent) =>
  recurrenceId === null && rules.length + added.length === 0 && unreadUntil === null;

function refreshOf(text: string): number | null {
  const duration = readDuration(text);
  const length = duration ? duration.days * DAY + duration.exact : 0;
  return length > 0 ? length : null;
}
