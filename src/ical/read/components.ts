/** The components of a text that matter, however badly they are framed. */

import type { ReadLimits } from './limits.ts';
import { contentLines } from './lines.ts';
import { type Property, readProperty } from './property.ts';

export type UnreadableReason = 'not-a-calendar' | 'truncated' | 'empty' | 'too-large';

/** Nothing can be told from this text: what was known before stays. */
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
  properties: Property[];
  /** STANDARD and DAYLIGHT of a VTIMEZONE. */
  parts: Component[];
  /** A line that may take time couldn't be read. */
  damaged: boolean;
}

export interface ComponentReader {
  /** Components and lines of a VCALENDAR's own, whose end comes after them. */
  component(component: Component): void;
  property(property: Property): void;
  /** At the end of each VCALENDAR. */
  end(): void;
}

const OF_EVENT =
  /^(?:dtstart|dtend|duration|rrule|rdate|exdate|recurrence-id|uid|sequence|dtstamp|status|transp|summary|attendee|x-microsoft-cdo-busystatus)$/;
const OF_OBSERVANCE = /^(?:dtstart|tzoffsetfrom|tzoffsetto|rrule|rdate)$/;
const WANTED = new Map([
  ['vevent', OF_EVENT],
  ['vfreebusy', /^(?:freebusy|uid)$/],
  ['vtimezone', /^(?:tzid|x-lic-location)$/],
  ['standard', OF_OBSERVANCE],
  ['daylight', OF_OBSERVANCE],
  ['vcalendar', /^(?:x-wr-timezone|x-wr-calname|name|refresh-interval|x-published-ttl)$/],
]);
/** What else is lost leaves more time taken, not less. */
const TAKES_TIME =
  /^(?:dtstart|dtend|duration|rrule|rdate|recurrence-id|freebusy|tzid|tzoffsetfrom|tzoffsetto)$/;
/** None of these is ever within another: one that begins ends what is open. */
const OUTER = new Set(['vevent', 'vfreebusy', 'vtimezone', 'vtodo', 'vjournal', 'vavailability']);
const NAME = /^([A-Za-z0-9-]+)[;:]/;

/** Of one component; and how deep one may lie within others. */
const PROPERTIES = 150_000;
const DEPTH = 20;

export interface Framing {
  /** Each component ended where it should, so nothing went astray. */
  sound: boolean;
  /** No component was one too many. */
  complete: boolean;
}

/** @throws UnreadableCalendar */
export function readComponents(text: string, limits: ReadLimits, reader: ComponentReader): Framing {
  if (text.length > limits.characters) throw new UnreadableCalendar('too-large');
  let sound = true;
  let components = 0;
  let begun = false;
  const open: Component[] = [];

  const close = () => {
    const component = open.pop();
    if (!component) return;
    if (component.name === 'vcalendar') reader.end();
    else if (component.name === 'standard' || component.name === 'daylight')
      open.at(-1)?.parts.push(component);
    else if (WANTED.has(component.name) && ++components <= limits.components) reader.component(component);
  };
  const closeUnlessAt = (name: string | null) => {
    while (open.length > 0 && open.at(-1)?.name !== name) {
      sound = false;
      close();
    }
  };
  const begin = (name: string) => {
    if (name === 'vcalendar') closeUnlessAt(null);
    else if (OUTER.has(name)) closeUnlessAt('vcalendar');
    if ((open.length === 0 && name !== 'vcalendar') || open.length >= DEPTH) sound = false;
    if (open.length < DEPTH) open.push({ name, properties: [], parts: [], damaged: false });
  };
  const end = (name: string) => {
    const isOpen = open.some((component) => component.name === name);
    if (!isOpen) sound = false;
    else {
      closeUnlessAt(name);
      close();
    }
  };
  const property = (name: string, line: string) => {
    const component = open.at(-1);
    if (component && WANTED.get(component.name)?.test(name) && components < limits.components) {
      const fits = line.length <= limits.line && component.properties.length < PROPERTIES;
      const read = fits ? readProperty(line) : null;
      if (!read) component.damaged ||= TAKES_TIME.test(name);
      else if (component.name === 'vcalendar') reader.property(read);
      else component.properties.push(read);
    }
  };

  for (const line of contentLines(text, limits.line)) {
    if (!begun && !/^BEGIN:VCALENDAR\s*$/i.test(line)) throw new UnreadableCalendar('not-a-calendar');
    begun = true;
    const name = NAME.exec(line)?.[1]?.toLowerCase();
    if (name === 'begin') begin(componentName(line));
    else if (name === 'end') end(componentName(line));
    else if (name) property(name, line);
    // Around calendars anything may stand.
    else if (open.length > 0) sound = false;
  }
  if (!begun) throw new UnreadableCalendar('empty');
  if (open.some((component) => component.name === 'vcalendar')) throw new UnreadableCalendar('truncated');
  if (open.length > 0) closeUnlessAt(null);
  return { sound, complete: components <= limits.components };
}

const componentName = (line: string) =>
  line
    .slice(line.indexOf(':') + 1)
    .trim()
    .toLowerCase();
