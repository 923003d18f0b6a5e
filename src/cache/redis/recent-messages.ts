/**
 * What was rung lately, to be rung again. Sentinels make a replica the master while the old one lives on for seconds, and
 * gateways leave it one by one: what one of them wrote and rang there meanwhile, those at the new master missed.
 */
import type { Clock, Instant } from '../../time/clock.ts';
import type { Bell } from '../port.ts';

/** Longer than any gateway stays with a master that is none any more. */
const KEEP = 15_000;
const MOST = 10_000;

export interface Echo {
  add(bells: readonly Bell[]): void;
  /** Of each key the newest bell. */
  recent(): Bell[];
}

export function createEcho(clock: Clock): Echo {
  /** By key, in the order of their time. */
  const rung = new Map<string, { bell: Bell; at: Instant }>();

  function tidy() {
    const since = clock.now() - KEEP;
    for (const [key, { at }] of rung) {
      if (at > since && rung.size <= MOST) break;
      rung.delete(key);
    }
  }

  return {
    add(bells) {
      for (const bell of bells) {
        rung.delete(bell.key);
        rung.set(bell.key, { bell, at: clock.now() });
      }
      tidy();
    },
    recent() {
      tidy();
      return Array.from(rung.values(), ({ bell }) => bell);
    },
  };
}
