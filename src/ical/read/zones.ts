/** The zones of one VCALENDAR: what TZID and X-WR-TIMEZONE name. */
import { findIana } from 'windows-iana';
import { isTimeZone } from '../../time/zone.ts';
import { ianaZone, UTC, type Zone } from './civil.ts';
import type { Component } from './components.ts';
import { type Budget, createBudget } from './limits.ts';
import { readText, type Time } from './value.ts';
import { zoneOf } from './vtimezone.ts';

/** A zone, and whether it is what was meant or the best guess. */
export interface FoundZone {
  zone: Zone;
  guessed: boolean;
}

export interface Zones {
  define(vtimezone: Component): void;
  /** X-WR-TIMEZONE, whose floating times are its own. */
  setFloating(name: string): void;
  /** IANA name of the calendar's own zone. */
  ownName(): string | null;
  /** Where a time's clock hangs. */
  of(time: Time): FoundZone;
}

/** Looking one up is slow, and a calendar names few zones. Whoever writes it may name many. */
const KEPT = 2_000;
const known = new Map<string, string | null>();

/** IANA's name for what a calendar calls a zone: by itself, at the end of a path, or in Windows' words. */
export function ianaOf(tzid: string): string | null {
  const found = known.get(tzid);
  if (found !== undefined) return found;
  if (known.size >= KEPT) known.clear();
  const name = search(tzid.trim());
  known.set(tzid, name);
  return name;
}

function search(tzid: string): string | null {
  if (tzid.length > 200) return null;
  if (isTimeZone(tzid)) return tzid;
  // "/mozilla.org/20050126_1/Europe/Berlin": the longest end that is a zone (RFC 5545 §3.8.3.1 leaves the form open).
  if (tzid.startsWith('/')) {
    const parts = tzid.split('/').slice(-4);
    for (let from = 1; from < parts.length; from++) {
      const end = parts.slice(from).join('/');
      if (isTimeZone(end)) return end;
    }
  }
  if (/^tzone:\/\/Microsoft\/Utc$/i.test(tzid)) return 'UTC';
  return findIana(tzid).find(isTimeZone) ?? null;
}

/** Five hundred years, looked at day by day; and how many such zones there may be. */
const ZONE_STEPS = 400_000;
const MOST_ZONES = 5;

/** For all VCALENDARs of a text. */
export const createZoneBudget = () => createBudget(ZONE_STEPS * MOST_ZONES);

/** @param zone of the calendar, IANA */
export function createZones(zone: string, budget: Budget = createZoneBudget()): Zones {
  const own = ianaZone(zone);
  let ownName: string | null = null;
  let floatingZone = own;
  const defined = new Map<string, Component>();
  const found = new Map<string, FoundZone>();

  function named(tzid: string): FoundZone {
    let answer = found.get(tzid);
    if (!answer) {
      answer = look(tzid);
      found.set(tzid, answer);
    }
    return answer;
  }

  function look(tzid: string): FoundZone {
    const iana = ianaOf(tzid);
    if (iana) return { zone: ianaZone(iana), guessed: false };
    const vtimezone = defined.get(tzid);
    const evaluated = vtimezone ? zoneOf(vtimezone, createBudget(ZONE_STEPS, budget)) : null;
    if (evaluated) return { zone: evaluated, guessed: false };
    return { zone: floatingZone, guessed: true };
  }

  return {
    define(vtimezone) {
      const tzid = vtimezone.properties.find(({ name }) => name === 'tzid')?.value;
      if (tzid !== undefined) defined.set(tzid, vtimezone);
    },
    setFloating(name) {
      const iana = ianaOf(readText(name) ?? '');
      if (!iana || ownName) return;
      ownName = iana;
      floatingZone = ianaZone(iana);
    },
    ownName: () => ownName,
    of(time) {
      if (time.form === 'utc') return { zone: UTC, guessed: false };
      if (time.form === 'date') return { zone: own, guessed: false };
      return time.tzid ? named(time.tzid) : { zone: floatingZone, guessed: false };
    },
  };
}
