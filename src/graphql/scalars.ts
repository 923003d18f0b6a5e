/** The contract's scalars, as they are inside: instants and durations in milliseconds, times in minutes. */
import { GraphQLError, TokenKind, type ValueNode } from 'graphql';
import type { WeeklyHours } from '../availability/hours.ts';
import { isMailAddress } from '../form/text.ts';
import { isLocalDate } from '../time/civil-date.ts';
import { formatDuration, parseDuration } from '../time/duration.ts';
import { formatInstant, parseRfc3339 } from '../time/instant-text.ts';
import { isTimeZone } from '../time/zone.ts';

export type ScalarTypes = {
  /** Epoch milliseconds. */
  DateTime: { Input: number; Output: number };
  /** Milliseconds. */
  Duration: { Input: number; Output: number };
  TimeZone: { Input: string; Output: string };
  EmailAddress: { Input: string; Output: string };
  URL: { Input: string; Output: string };
  LocalDate: { Input: string; Output: string };
  /** Minutes since midnight, 1440 for 24:00. */
  LocalTime: { Input: number; Output: number };
  ID: { Input: string; Output: string };
};

export interface ScalarDefinition<T> {
  description: string;
  /** A form that would do, for who wrote another one. */
  form: string;
  parse(text: string): T | null;
  serialize(value: T): string;
}

function parseLocalTime(text: string): number | null {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (match) return Number(match[1]) * 60 + Number(match[2]);
  return text === '24:00' ? 1440 : null;
}

const pad = (part: number) => String(part).padStart(2, '0');
const identity = (text: string) => text;

function parseUrl(text: string): string | null {
  try {
    return new URL(text).href;
  } catch {
    return null;
  }
}

export const dateTime: ScalarDefinition<number> = {
  description: 'RFC 3339; any offset is accepted, written as UTC with .sssZ.',
  form: 'RFC 3339 with its offset, as in 2030-01-31T09:00:00Z or 2030-01-31T10:00:00+01:00',
  parse: parseRfc3339,
  serialize: formatInstant,
};
export const duration: ScalarDefinition<number> = {
  description: 'ISO 8601, weeks to seconds, P1D = 24 h; months and years are refused.',
  form: 'ISO 8601 without months and years, as in PT30M, PT1H30M or P7D',
  parse: parseDuration,
  serialize: formatDuration,
};
export const timeZone: ScalarDefinition<string> = {
  description: 'IANA name.',
  form: 'an IANA name, as in Europe/Berlin or UTC',
  parse: (text) => (isTimeZone(text) ? text : null),
  serialize: identity,
};
export const emailAddress: ScalarDefinition<string> = {
  description: 'An e-mail address.',
  form: 'one address without a name, as in ada@example.com',
  parse: (text) => (isMailAddress(text) ? text : null),
  serialize: identity,
};
export const url: ScalarDefinition<string> = {
  description: 'An absolute URL.',
  form: 'an absolute one, as in https://example.com/path',
  parse: parseUrl,
  serialize: identity,
};
export const localDateScalar: ScalarDefinition<string> = {
  description: 'YYYY-MM-DD.',
  form: 'YYYY-MM-DD of a day that there is, as in 2030-01-31',
  parse: (text) => (isLocalDate(text) ? text : null),
  serialize: identity,
};
export const localTime: ScalarDefinition<number> = {
  description: 'HH:MM; 24:00 is allowed as an end.',
  form: 'HH:MM, as in 09:00 or 17:30; 24:00 as an end',
  parse: parseLocalTime,
  serialize: (minutes) => `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`,
};

/** The error of a scalar that can't be read: an input error of the one who sent it. `node`: where it stands in the query. */
export function scalarError(name: string, form: string, value: unknown, node?: ValueNode): GraphQLError {
  const field = node && fieldOf(node);
  const said = `${JSON.stringify(value)} is no ${name}: write ${form}`;
  return new GraphQLError(field ? `${field}: ${said}` : said, {
    nodes: node ?? null,
    extensions: { code: 'BAD_USER_INPUT', ...(field ? { field } : {}) },
  });
}

/** The field or argument that a literal is given to: the name before the last colon. Of variables graphql says it. */
export function fieldOf(node: ValueNode): string | undefined {
  let token = node.loc?.startToken;
  while (token && token.kind !== TokenKind.COLON) token = token.prev ?? undefined;
  return token?.prev?.value;
}

export const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;

/** Days of the API to days of the engine. */
export const weekdayNumbers = (days: readonly (typeof WEEKDAYS)[number][]): WeeklyHours['days'] =>
  [...new Set(days.map((day) => WEEKDAYS.indexOf(day)))].sort();
