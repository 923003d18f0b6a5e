/** The time zones of one VCALENDAR, by TZID and X-WR-TIMEZONE. */
import { ianaZone, UTC, type Zone } from '../../time/zone.ts';
import { ianaName } from '../../time/zone-names.ts';
import type { Component } from './components.ts';
import { createStepBudget, type StepBudget } from './limits.ts';
import { readText, type Time } from './value.ts';
import { evaluateVtimezone } from './vtimezone.ts';

/** A zone, and whether it is a guess. */
export interface ResolvedZone {
  zone: Zone;
  guessed: boolean;
}

export interface Zones {
  define(vtimezone: Component): void;
  /** X-WR-TIMEZONE: the zone of the calendar's floating times. */
  setFloating(name: string): void;
  /** IANA name of the calendar's own zone. */
  ownName(): string | null;
  /** The zone of a written time. */
  of(time: Time): ResolvedZone;
}

/** Steps to evaluate five centuries of one zone; and how many such zones one text may define. */
const ZONE_STEPS = 400_000;
const MAX_ZONES = 5;

/** Shared by all VCALENDARs of a text. */
export const createZoneBudget = () => createStepBudget(ZONE_STEPS * MAX_ZONES);

/** @param zone of the calendar (IANA) */
export function createZones(zone: string, budget: StepBudget = createZoneBudget()): Zones {
  const own = ianaZone(zone);
  let ownName: string | null = null;
  let floatingZone = own;
  const defined = new Map<string, Component>();
  const found = new Map<string, ResolvedZone>();

  function zoneOfTzid(tzid: string): ResolvedZone {
    let resolved = found.get(tzid);
    if (!resolved) {
      resolved = findZone(tzid);
      found.set(tzid, resolved);
    }
    return resolved;
  }

  function findZone(tzid: string): ResolvedZone {
    const iana = ianaName(tzid);
    if (iana) return { zone: ianaZone(iana), guessed: false };
    const vtimezone = defined.get(tzid);
    const evaluated = vtimezone ? evaluateVtimezone(vtimezone, createStepBudget(ZONE_STEPS, budget)) : null;
    if (evaluated) return { zone: evaluated, guessed: false };
    return { zone: floatingZone, guessed: true };
  }

  return {
    define(vtimezone) {
      const tzid = vtimezone.properties.find(({ name }) => name === 'tzid')?.value;
      if (tzid !== undefined) defined.set(tzid, vtimezone);
    },
    setFloating(name) {
      const iana = ianaName(readText(name) ?? '');
      if (!iana || ownName) return;
      ownName = iana;
      floatingZone = ianaZone(iana);
    },
    ownName: () => ownName,
    of(time) {
      if (time.form === 'utc') return { zone: UTC, guessed: false };
      if (time.form === 'date') return { zone: own, guessed: false };
      return time.tzid ? zoneOfTzid(time.tzid) : { zone: floatingZone, guessed: false };
    },
  };
}
