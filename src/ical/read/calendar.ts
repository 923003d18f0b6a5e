/** iCalendar (RFC 5545) as others write it: what takes whose time, and what can't be told. */

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
  /** IANA: of whole days, and of times without a zone unless the calendar names its own. */
  zone: string;
  /** Lower-case addresses of the calendar's owner: what they declined takes no time. */
  owner: readonly string[];
  /** Half-open. */
  window: { from: Instant; to: Instant };
  limits?: Partial<ReadLimits>;
}

export interface CalendarRead {
  /** Every instance that touches the window. */
  events: IcalEvent[];
  /** Some component had no readable time or only a guessed one, or a limit was reached. What is beyond a limit is BUSY. */
  partial: boolean;
  calendar: {
    name: string | null;
    /** IANA, where the calendar names its own. */
    zone: string | null;
    /** How often it wants to be read, at most, in milliseconds. */
    refresh: number | null;
  };
}

/**
 * One bad component never takes the rest with it.
 * @throws UnreadableCalendar when the text is none, or was cut off: what was known before should stay
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
      // Zones may come after what is in them.
      else if (component.name === 'vfreebusy') freeBusy.push({ component, zones });
      else {
        const event = readEvent(component, owner, limits.values);
        // Most of a large calendar is history: what is kept of it only says that older copies don't hold.
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
  if (!wellFormed) instances.partial();
  // What the rest says isn't known: none of the window can be offered.
  if (!complete) instances.fill('too-many', window.from);
  return { ...instances.result(), calendar };
}

const DISCARDED = { cancelled: true, title: null, start: null, end: null, duration: null } as const;

const isSingle = ({ recurrenceId, rules, added }: ParsedEvent) =>
  recurrenceId === null && rules.length + added.length === 0;

function refreshOf(text: string): number | null {
  const duration = readDuration(text);
  const length = duration ? duration.days * DAY + duration.exact : 0;
  return length > 0 ? length : null;
}
