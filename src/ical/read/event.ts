/** Parses a VEVENT: its times, its recurrence, and how it affects its owner's availability. */
import { createHash } from 'node:crypto';
import { decodePercent } from '../../percent.ts';
import { dayFromCivil } from '../../time/civil-date.ts';
import { DAY } from '../../time/clock.ts';
import type { Component } from './components.ts';
import type { IcalProperty } from './property.ts';
import { type Rule, readRule } from './rule.ts';
import {
  type Duration,
  type Period,
  readDuration,
  readPeriod,
  readText,
  readTime,
  type Time,
  unescapeText,
} from './value.ts';

/** How an event affects its owner's availability. FREE takes no time. */
export type IcalKind = 'BUSY' | 'BUSY_UNAVAILABLE' | 'BUSY_TENTATIVE' | 'FREE';

export interface ParsedEvent {
  uid: string;
  sequence: number;
  /** DTSTAMP; 0 when there is none. */
  stamp: number;
  /** STATUS:CANCELLED: the event takes no time. */
  cancelled: boolean;
  kind: IcalKind;
  title: string | null;
  start: Time | null;
  /** `unknown`: the property is there but can't be read. */
  end: Time | null | 'unknown';
  duration: Duration | null | 'unknown';
  recurrenceId: Time | null | 'unknown';
  thisAndFuture: boolean;
  rules: Rule[];
  added: (Time | Period)[];
  excluded: Time[];
  /**
   * Wall-clock time until which occurrences may lie that could not be read: of a rule or an added date. Infinity: for ever;
   * null: all of them were read.
   */
  unreadUntil: number | null;
  /** Wall-clock time until which the event may last by as much as can be read of its start. Null: nothing can. */
  roughEnd: number | null;
  /** The event has more dates than the limit. */
  truncated: boolean;
}

/** Shared by all events: most events of a large calendar don't repeat. */
const NONE: never[] = [];

/** @param owner lower-case addresses of the calendar's owner */
export function readEvent(
  { properties, damaged }: Component,
  owner: ReadonlySet<string>,
  maxValues: number,
): ParsedEvent {
  const byName = new Map<string, IcalProperty[]>();
  for (const property of properties) {
    const others = byName.get(property.name);
    if (others) others.push(property);
    else byName.set(property.name, [property]);
  }
  const allOf = (propertyName: string): IcalProperty[] => byName.get(propertyName) ?? NONE;
  const timeOf = ({ value, type, param }: IcalProperty) => readTime(value, type, param('tzid'));
  let unreadUntil: number | null = null;
  const missOccurrences = (until: number) => {
    unreadUntil = Math.max(unreadUntil ?? until, until);
  };
  if (damaged.includes('rrule') || damaged.includes('rdate')) missOccurrences(Number.POSITIVE_INFINITY);
  let truncated = false;

  /** The first value that can be read. */
  function first<T>(name: string, read: (property: IcalProperty) => T | null): T | null | 'unknown' {
    const found = allOf(name);
    for (const property of found) {
      const value = read(property);
      if (value !== null) return value;
    }
    return found.length > 0 || damaged.includes(name) ? 'unknown' : null;
  }
  function each<T>(name: string, read: (text: string, property: IcalProperty) => T | null): T[] {
    const found = allOf(name);
    if (found.length === 0) return NONE;
    const values: T[] = [];
    for (const property of found) {
      for (const text of property.value.split(',')) {
        const value = read(text, property);
        if (value !== null && values.length < maxValues) values.push(value);
        // An unreadable EXDATE leaves time busy, so that nothing is missed.
        else if (name === 'rdate' && value !== null) truncated = true;
        else if (name === 'rdate' && text.trim() !== '')
          missOccurrences(roughEndOf(text) ?? Number.POSITIVE_INFINITY);
      }
    }
    return values;
  }

  const rruleLines = allOf('rrule');
  const rules =
    rruleLines.length === 0
      ? NONE
      : rruleLines.flatMap(({ value }) => {
          const read = readRule(value);
          if (!read?.complete) missOccurrences(untilOfRule(value));
          return read ? [read.rule] : [];
        });
  const readAdded = (text: string, { type, param }: IcalProperty): Time | Period | null =>
    type === 'period' || text.includes('/')
      ? readPeriod(text, param('tzid'))
      : readTime(text, type, param('tzid'));
  const added = each('rdate', readAdded);
  const excluded = each('exdate', (text, { type, param }) => readTime(text, type, param('tzid')));
  const start = first('dtstart', timeOf);
  const stamp = first('dtstamp', timeOf);
  const status = valuesOf(allOf('status'));
  const sequence = Number(allOf('sequence')[0]?.value.trim() ?? 0);
  return {
    uid: uidOf(properties),
    sequence: Number.isSafeInteger(sequence) ? sequence : 0,
    stamp: stamp && stamp !== 'unknown' ? stamp.wall : 0,
    // When STATUS occurs twice, the value that takes time counts.
    cancelled: status.length > 0 && status.every((value) => value === 'CANCELLED'),
    kind: icalKindOf(properties, owner),
    title: readText(allOf('summary')[0]?.value ?? ''),
    start: start === 'unknown' ? null : start,
    end: first('dtend', timeOf),
    duration: first('duration', ({ value }) => readDuration(value)),
    recurrenceId: first('recurrence-id', timeOf),
    thisAndFuture: allOf('recurrence-id').some(({ param }) =>
      /^\s*THISANDFUTURE\s*$/i.test(param('range') ?? ''),
    ),
    rules,
    added,
    excluded,
    unreadUntil,
    roughEnd: roughEndOf(allOf('dtstart')[0]?.value ?? ''),
    truncated,
  };
}

/** The last instant that a rule can name, as a wall-clock time, also of a rule that can't be read. */
function untilOfRule(text: string): number {
  const until = readTime(/UNTIL\s*=\s*([^;\s]+)/i.exec(text)?.[1] ?? '', '', null);
  return until ? until.wall + DAY : Number.POSITIVE_INFINITY;
}

/** The end of the year that a time begins with which can't be read. */
function roughEndOf(text: string): number | null {
  const [, year] = /^\s*((?:19|20)\d\d)(?!\d{5,}\s*$)/.exec(text) ?? [];
  return year === undefined ? null : dayFromCivil(Number(year) + 1, 1, 1) * DAY;
}

const valuesOf = (properties: IcalProperty[]) => properties.map(({ value }) => value.trim().toUpperCase());

/** TRANSP is the standard's property (RFC 5545 §3.8.2.7); Microsoft's counts where TRANSP is absent. */
export function icalKindOf(properties: readonly IcalProperty[], owner: ReadonlySet<string>): IcalKind {
  const values = (propertyName: string) => valuesOf(properties.filter(({ name }) => name === propertyName));
  const transparency = values('transp');
  const microsoft = values('x-microsoft-cdo-busystatus').at(0);
  const answers = properties.filter(
    (property) => property.name === 'attendee' && isAttendee(property, owner),
  );
  const declined =
    answers.length > 0 && answers.every(({ param }) => /^\s*DECLINED\s*$/i.test(param('partstat') ?? ''));
  if (declined) return 'FREE';
  if (transparency.length > 0 && transparency.every((value) => value === 'TRANSPARENT')) return 'FREE';
  const atDesk = microsoft !== 'FREE' && microsoft !== 'WORKINGELSEWHERE';
  if (transparency.length === 0 && !atDesk) return 'FREE';
  if (microsoft === 'OOF') return 'BUSY_UNAVAILABLE';
  const status = values('status');
  const tentative = status.length > 0 && status.every((value) => value === 'TENTATIVE');
  return tentative || microsoft === 'TENTATIVE' ? 'BUSY_TENTATIVE' : 'BUSY';
}

/** Apple writes a path as the address, and the mailbox in the parameter EMAIL. */
function isAttendee({ value, param }: IcalProperty, owner: ReadonlySet<string>): boolean {
  const addresses = [value.replace(/^\s*mailto:/i, ''), param('email') ?? ''];
  return addresses.some((address) =>
    owner.has(
      decodePercent(address.replace(/^mailto:/i, ''))
        .trim()
        .toLowerCase(),
    ),
  );
}

const MAX_UID_LENGTH = 255;

/** A missing UID is derived from the event's content, so that it is the same at the next read. */
export function uidOf(properties: readonly IcalProperty[]): string {
  const uid = properties.find(({ name }) => name === 'uid')?.value ?? '';
  const plain = unescapeText(uid)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '')
    .trim();
  if (plain !== '' && plain.length <= MAX_UID_LENGTH) return plain;
  const hash = createHash('sha256');
  if (plain !== '') return `long-${hash.update(plain).digest('hex').slice(0, 32)}`;
  for (const { name, value } of properties) {
    if (/^(?:dtstart|dtend|duration|rrule|rdate|summary|freebusy)$/.test(name))
      hash.update(`${name}:${value}\n`);
  }
  return `none-${hash.digest('hex').slice(0, 32)}`;
}
