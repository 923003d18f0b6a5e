/** Parses one content line: its name, its parameters and its raw value (RFC 5545 §3.1). */
import ICAL from 'ical.js';

export interface IcalProperty {
  /** Lower case. */
  name: string;
  /** VALUE, lower case; `unknown` when it is absent. */
  type: string;
  value: string;
  /** @param name lower case. @returns the first of several values */
  param(name: string): string | null;
}

/**
 * ical.js parses quotes and escapes of parameters. Values stay raw text: after its parser, broken values
 * look like good ones.
 */
const LINES = {
  ...ICAL.design.icalendar,
  property: {},
  value: {},
  param: { tzid: {}, member: {}, 'delegated-from': {}, 'delegated-to': {} },
  propertyGroups: false,
};

/** @returns null when the line is no content line */
export function readProperty(line: string): IcalProperty | null {
  // Most lines have no parameters.
  const withoutParameters = /^([A-Za-z0-9-]+):/.exec(line);
  if (withoutParameters) {
    const name = (withoutParameters[1] as string).toLowerCase();
    return { name, type: 'unknown', value: line.slice(name.length + 1), param: () => null };
  }
  const written = parseLine(line);
  const named = NAMES_ZONE.test(line.slice(0, MAX_HEAD));
  if (!named || (written && written.param('tzid') !== null && BEGINS_WITH_DATE.test(written.value)))
    return written;
  const quoted = withQuotedZone(line);
  return (quoted === null ? null : parseLine(quoted)) ?? written;
}

const NAMES_ZONE = /;\s*TZID\s*[=:;]/i;
const BEGINS_WITH_DATE = /^\s*\d{4}-?\d\d-?\d\d/;
/** Characters in which a line's name and parameters are looked for. */
const MAX_HEAD = 1_000;

/**
 * The line with its TZID in quotes: a name with colons, which must be quoted (RFC 5545 §3.1) and often is not, or one whose
 * quotes don't match. The value begins at the first colon that a date follows.
 */
function withQuotedZone(line: string): string | null {
  const value = line.slice(0, MAX_HEAD).search(/:\s*\d{4}-?\d\d-?\d\d/);
  if (value < 0) return null;
  const head = line.slice(0, value);
  const found = /;\s*TZID\s*(?:=([^;]*)|(?=;|$))/i.exec(head);
  if (!found) return null;
  const others = head.slice(0, found.index) + head.slice(found.index + found[0].length);
  return `${others};TZID="${(found[1] ?? '').replaceAll('"', '').trim()}"${line.slice(value)}`;
}

function parseLine(line: string): IcalProperty | null {
  try {
    const [name, params, type, value] = ICAL.parse.property(line, LINES) as [
      string,
      Record<string, unknown>,
      string,
      unknown,
    ];
    if (typeof value !== 'string') return null;
    const param = (parameter: string) => {
      const found = Object.hasOwn(params, parameter) ? params[parameter] : null;
      const first: unknown = Array.isArray(found) ? found[0] : found;
      return typeof first === 'string' ? first : null;
    };
    return { name, type, value, param };
  } catch {
    return null;
  }
}
