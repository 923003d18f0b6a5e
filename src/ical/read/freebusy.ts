/** Parses VFREEBUSY (RFC 5545 §3.6.4): busy periods without their events. */
import type { Component } from './components.ts';
import { type IcalKind, uidOf } from './event.ts';
import type { Instances } from './instances.ts';
import { endOf, instantAt, momentOf, ZONE_SPREAD } from './length.ts';
import { readPeriod } from './value.ts';
import type { Zones } from './zones.ts';

/** Periods of any other type are busy (§3.2.9). */
const KINDS: Record<string, IcalKind> = {
  FREE: 'FREE',
  'BUSY-UNAVAILABLE': 'BUSY_UNAVAILABLE',
  'BUSY-TENTATIVE': 'BUSY_TENTATIVE',
};

export function addFreeBusy({ properties, damaged }: Component, zones: Zones, instances: Instances): void {
  const uid = uidOf(properties);
  if (damaged.includes('freebusy')) instances.markPartial();
  for (const { name, value, param } of properties) {
    if (name !== 'freebusy') continue;
    const type = (param('fbtype') ?? 'BUSY').trim().toUpperCase();
    const kind = (Object.hasOwn(KINDS, type) ? KINDS[type] : null) ?? 'BUSY';
    for (const text of value.split(',')) {
      const period = readPeriod(text, param('tzid'));
      if (!period) {
        if (text.trim() !== '' && kind !== 'FREE') instances.markPartial();
        continue;
      }
      const moment = momentOf(period.start, zones);
      const { end } = period;
      const [a, b] = [
        instantAt(moment),
        'wall' in end ? instantAt(momentOf(end, zones)) : endOf(moment, end),
      ];
      const doubt = moment.guessed && kind !== 'FREE' ? ZONE_SPREAD : 0;
      if (doubt > 0) instances.markHeld();
      const start = Math.min(a, b) - doubt;
      // Periods of different kinds may begin at the same instant: each has its own UID.
      instances.add({
        uid: kind === 'BUSY' ? uid : `${uid}/${kind}`,
        recurrenceId: start,
        start,
        end: Math.max(a, b) + doubt,
        allDay: false,
        kind,
        title: null,
      });
    }
  }
}
