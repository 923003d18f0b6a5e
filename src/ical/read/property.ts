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
