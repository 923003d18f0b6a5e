/** The time zones of one VCALENDAR, by TZID and X-WR-TIMEZONE. */

import { zoneDataInfo } from '../../time/installed-zones.ts';
import { parseUtcDateTime } from '../../time/instant-text.ts';
import { ianaZone, UTC, type Zone } from '../../time/zone.ts';
import { offsetOfName } from '../../time/zone-display-names.ts';
import { ianaName, namesRegion } from '../../time/zone-names.ts';
import type { Component } from './components.ts';
import { createStepBudget, type StepBudget } from './limits.ts';
import type { Time } from './value.ts';
import { evaluateVtimezone } from './vtimezone.ts';
import { plainZoneName, zoneKey } from './zone-name.ts';

/** A zone, and whether it is a guess. */
export interface ResolvedZone {
  zone: Zone;
  guessed: boolean;
}

export interface Zones {
  define(vtimezone: Component): void;
  /** X-WR-TIMEZONE: the zone of the calendar's floating times. The first that says anything counts. */
  setFloating(name: string): void;
  /** IANA name of the calendar's own zone, once all of its components are read. */
  ownName(): string | null;
  /** The zone of a written time, once all components are read. */
  of(time: Time): ResolvedZone;
}

/** Steps to evaluate all years of one zone; and how many such zones one text may define. */
const ZONE_STEPS = 400_000;
const MAX_ZONES = 5;

/** Shared by all VCALENDARs of a text. */
export const createZoneBudget = () => createStepBudget(ZONE_STEPS * MAX_ZONES);

interface Definition {
  /** Plain. */
  name: string;
  vtimezone: Component;
}

interface UnderstoodDefinition {
  zone: Zone | null;
  complete: boolean;
  /** The zone that an incomplete definition names beside it. */
  location: Zone | null;
}

/** @param zone of the calendar (IANA) */
export function createZones(zone: string, budget: StepBudget = createZoneBudget()): Zones {
  const own = ianaZone(zone);
  let floatingName: string | null = null;
  let floating: ResolvedZone | null = null;
  const definitions = new Map<string, Definition[]>();
  const found = new Map<string, ResolvedZone>();

  function floatingZone(): ResolvedZone {
    if (!floating) {
      const named = floatingName === null ? null : findZone(floatingName);
      floating = floatingName === null ? known(own) : (named ?? { zone: own, guessed: true });
    }
    return floating;
  }

  function zoneOfTzid(tzid: string): ResolvedZone {
    let resolved = found.get(tzid);
    if (!resolved) {
      resolved = findZone(tzid) ?? zoneOfUnknown(tzid);
      found.set(tzid, resolved);
    }
    return resolved;
  }

  /** A name that says nothing leaves the time floating, which is plain only where the calendar names its zone. */
  function zoneOfUnknown(tzid: string): ResolvedZone {
    const { zone: guess, guessed } = floatingZone();
    return { zone: guess, guessed: guessed || tzid !== '' || floatingName === null };
  }

  /**
   * A region means the same everywhere, and a definition of it counts only when it is younger than the zone data here. By any other name a calendar means what it defines (RFC 5545 §3.2.19), and only
   * without a definition what the name says by itself.
   * @returns null when neither is there
   */
  function findZone(name: string): ResolvedZone | null {
    const meaning = zoneOfName(name);
    if (meaning && namesRegion(name)) {
      const younger = definitionOf(name, isYoungerThanZoneData);
      return known(younger?.complete && younger.zone ? younger.zone : meaning);
    }
    const definition = definitionOf(name);
    if (!definition) return meaning && known(meaning);
    const { zone: defined, complete, location } = definition;
    if (defined && complete) return known(defined);
    if (location) return known(location);
    // The calendar means something else by EST than IANA does, or it would not define it.
    const doubtful = meaning === null || isBareIanaName(meaning, name);
    return doubtful ? { zone: defined ?? meaning ?? own, guessed: true } : known(meaning);
  }

  /** Of several definitions the last that was understood counts; a name that is spelled alike goes before other spellings. */
  function definitionOf(
    name: string,
    counts: (vtimezone: Component) => boolean = () => true,
  ): UnderstoodDefinition | null {
    const all = (definitions.get(zoneKey(name)) ?? []).filter(({ vtimezone }) => counts(vtimezone));
    const alike = all.filter((one) => one.name === name);
    let unclear: UnderstoodDefinition | null = null;
    for (const { vtimezone } of (alike.length > 0 ? alike : all).toReversed()) {
      const location = locationOf(vtimezone);
      // A definition without any part says nothing.
      if (vtimezone.parts.length === 0 && vtimezone.damaged.length === 0 && !location) continue;
      const evaluated = evaluateVtimezone(vtimezone, createStepBudget(ZONE_STEPS, budget));
      if (evaluated?.complete) return { ...evaluated, location: null };
      unclear ??= { zone: evaluated?.zone ?? null, complete: false, location };
    }
    return unclear;
  }

  return {
    define(vtimezone) {
      const tzid = vtimezone.properties.find(({ name }) => name === 'tzid')?.value;
      if (tzid === undefined) return;
      const name = plainZoneName(tzid);
      const key = zoneKey(name);
      const all = definitions.get(key) ?? [];
      if (all.length < MAX_DEFINITIONS) definitions.set(key, [...all, { name, vtimezone }]);
    },
    setFloating(written) {
      const name = plainZoneName(written);
      if (name !== '') floatingName ??= name;
    },
    ownName() {
      const { zone: named, guessed } = floatingZone();
      return floatingName === null || guessed ? null : named.name;
    },
    of(time) {
      if (time.form === 'utc') return known(UTC);
      if (time.form === 'date') return known(own);
      return time.tzid === null ? floatingZone() : zoneOfTzid(time.tzid);
    },
  };
}

/** Of one name. */
const MAX_DEFINITIONS = 10;

const known = (zone: Zone): ResolvedZone => ({ zone, guessed: false });

/**
 * Whether the definition says that it was revised after the zone data here was released (RFC 5545 §3.8.7.3). Its absence says
 * nothing: calendars go on carrying definitions that were right when an event was made.
 */
function isYoungerThanZoneData({ properties }: Component): boolean {
  const text = properties.find(({ name }) => name === 'last-modified')?.value ?? '';
  const revised = parseUtcDateTime(text.trim());
  return revised !== null && revised > zoneDataInfo().releasedAt;
}

/** What a name says by itself. */
function zoneOfName(name: string): Zone | null {
  const iana = ianaName(name);
  if (iana !== null) return ianaZone(iana);
  const offset = offsetOfName(name);
  return offset === null ? null : fixedZone(offset);
}

const fixedZone = (offset: number): Zone => ({
  name: null,
  around: () => ({
    endDay: Number.POSITIVE_INFINITY,
    bounds: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    offsets: [offset],
  }),
});

const isBareIanaName = (meaning: Zone, name: string) =>
  meaning.name !== null && zoneKey(meaning.name) === zoneKey(name);

/** The IANA zone that many programs name beside their own definition. */
function locationOf({ properties }: Component): Zone | null {
  const location = plainZoneName(properties.find(({ name }) => name === 'x-lic-location')?.value ?? '');
  return namesRegion(location) ? zoneOfName(location) : null;
}
