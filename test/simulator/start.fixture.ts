/** A simulator with one person of each provider and a clock that stands still until it is moved. */

import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import type { Clock } from '../../src/time/clock.ts';

export const NOW = Date.parse('2026-12-01T08:00:00Z');
export const ADA = 'ada@example.com';
export const GRACE = 'grace@example.com';

export interface Started {
  simulator: Simulator;
  clock: Clock & { time: number };
  /** Primary calendars. */
  ada: string;
  grace: string;
}

export async function start(): Promise<Started> {
  const clock = { time: NOW, now: () => clock.time };
  const simulator = await createSimulator({
    clock,
    backoff: { first: 5, attempts: 4, timeout: 30_000 },
    seed(world) {
      world.addPerson({ email: ADA, name: 'Ada Lovelace', provider: 'google', timeZone: 'Europe/London' });
      world.addPerson({
        email: GRACE,
        name: 'Grace Hopper',
        provider: 'microsoft',
        timeZone: 'America/New_York',
      });
    },
  });
  const primary = (email: string) => simulator.world.calendars(email)[0]?.id ?? '';
  return { simulator, clock, ada: primary(ADA), grace: primary(GRACE) };
}

export const at = (text: string) => Date.parse(`2026-12-${text}:00Z`);
