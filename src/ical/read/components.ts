/** Splits iCalendar text into its relevant components, tolerating missing and misplaced BEGIN and END lines. */

import type { ReadLimits } from './limits.ts';
import { contentLines } from './lines.ts';
import { type IcalProperty, readProperty } from './property.ts';

export type UnreadableReason = 'not-a-calendar' | 'truncated' | 'empty' | 'too-large';

/** The text is no readable calendar: the caller should keep the time it knew. */
export class UnreadableCalendar extends Error {
  override readonly name = 'UnreadableCalendar';
  readonly reason: UnreadableReason;

  constructor(reason: UnreadableReason) {
    super(`unreadable calendar: ${reason}`);
    this.reason = reason;
  }
}

export interface Component {
  /** Lower case. */
  name: string;
  properties: IcalProperty[];
  /** STANDARD and DAYLIGHT components of a VTIMEZONE. */
  parts: Component[];
  /** Names of properties that affect the time and of which a line could not be read, lower case. */
  damaged: string[];
}

export interface ComponentReader {
  /** Called for a VCALENDAR's components and properties, in order. */
  component(component: Component): void;
  property(property: IcalProperty): void;
  /** Called at the end of each VCALENDAR. */
  end(): void;
}

const EVENT_PROPERTIES =
  /^(?:dtstart|dtend|duration|rrule|rdate|exdate|recurrence-id|uid|sequence|dtstamp|status|transp|summary|attendee|x-microsoft-cdo-busystatus)$/;
const OBSERVANCE_PROPERTIES = /^(?:dtstart|tzoffsetfrom|tzoffsetto|rrule|rdate)$/;
const READ_PROPERTIES = new Map([
  ['vevent', EVENT_PROPERTIES],
  ['vfreebusy', /^(?:freebusy|uid)$/],
  ['vtimezone', /^(?:tzid|x-lic-location|last-modified)$/],
  ['standard', OBSERVANCE_PROPERTIES],
  ['daylight', OBSERVANCE_PROPERTIES],
  ['vcalendar', /^(?:x-wr-timezone|x-wr-calname|name|refresh-interval|x-published-ttl)$/],
]);
/** Losing any other property leaves more time busy, not less. */
const TIME_PROPERTIES =
  /^(?:dtstart|dtend|duration|rrule|rdate|recurrence-id|freebusy|tzid|tzoffsetfrom|tzoffsetto)$/;
/** Components that are never nested: the beginning of one ends the open one. */
const TOP_LEVEL = new Set(['vevent', 'vfreebusy', 'vtimezone', 'vtodo', 'vjournal', 'vavailability']);
const NAME = /^([A-Za-z0-9-]+)[;:]/;

/** Limits: properties of one component, and nesting depth. */
const MAX_PROPERTIES = 150_000;
const MAX_DEPTH = 20;

export interface Framing {
  /** Every component ended where it should, so that nothing was misplaced. */
  wellFormed: boolean;
  /** The number of components stayed within the limit. */
  complete: boolean;
}

/** @throws UnreadableCalendar */
export function readComponents(text: string, limits: ReadLimits, reader: ComponentReader): Framing {
  if (text.length > limits.characters) throw new UnreadableCalendar('too-large');
  let wellFormed = true;
  let components = 0;
  let started = false;
  const open: Component[] = [];

  const close = () => {
    const component = open.pop();
    if (!component) return;
    if (component.name === 'vcalendar') reader.end();
    else if (component.name === 'standard' || component.name === 'daylight')
      open.at(-1)?.parts.push(component);
    else if (READ_PROPERTIES.has(component.name) && ++components <= limits.components)
      reader.component(component);
  };
  const closeUntil = (name: string | null) => {
    while (open.length > 0 && open.at(-1)?.name !== name) {
      wellFormed = false;
      close();
    }
  };
  const begin = (name: string) => {
    if (name === 'vcalendar') closeUntil(null);
    else if (TOP_LEVEL.has(name)) closeUntil('vcalendar');
    if ((open.length === 0 && name !== 'vcalendar') || open.length >= MAX_DEPTH) wellFormed = false;
    if (open.length < MAX_DEPTH) open.push({ name, properties: [], parts: [], damaged: [] });
  };
  const end = (name: string) => {
    const isOpen = open.some((component) => component.name === name);
    if (!isOpen) wellFormed = false;
    else {
      closeUntil(name);
      close();
    }
  };
  const property = (name: string, line: string) => {
    const component = open.at(-1);
    if (component && READ_PROPERTIES.get(component.name)?.test(name) && components < limits.components) {
      const fits = line.length <= limits.line && component.properties.length < MAX_PROPERTIES;
      const read = fits ? readProperty(line) : null;
      if (read && component.name === 'vcalendar') reader.property(read);
      else if (read) component.properties.push(read);
      else if (TIME_PROPERTIES.test(name) && !component.damaged.includes(name)) component.damaged.push(name);
    }
  };

  for (const line of contentLines(text, limits.line)) {
    if (!started && !/^BEGIN:VCALENDAR\s*$/i.test(line)) throw new UnreadableCalendar('not-a-calendar');
    started = true;
    const name = NAME.exec(line)?.[1]?.toLowerCase();
    if (name === 'begin') begin(componentName(line));
    else if (name === 'end') end(componentName(line));
    else if (name) property(name, line);
    // Text outside of calendars is ignored.
    else if (open.length > 0) wellFormed = false;
  }
  if (!started) throw new UnreadableCalendar('empty');
  if (open.some((component) => component.name === 'vcalendar')) throw new UnreadableCalendar('truncated');
  if (open.length > 0) closeUntil(null);
  return { wellFormed, complete: components <= limits.components };
}

const componentName = (line: string) =>
  line
    .slice(line.indexOf(':') + 1)
    .trim()
    .toLowerCase();
