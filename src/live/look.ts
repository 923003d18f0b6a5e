/** A bell tells that something changed, not what: one look tells that to all whom it may concern. */
import type { Log } from '../log.ts';
import { ANYTHING, type Change, type Changes } from '../offers/changes.ts';
import type { Ears } from './ears.ts';

export interface LookDeps {
  changes: Changes;
  ears: Ears;
  log: Log;
}

/** @returns what to call at each bell */
export function createLook({ changes, ears, log }: LookDeps): (key: string) => void {
  /** Keys that are looked at; true: a bell rang meanwhile, which the look may have missed. */
  const looking = new Map<string, boolean>();

  async function change(key: string): Promise<Change> {
    try {
      return await changes.look(key);
    } catch (error) {
      log.warn({ err: error }, 'what changed could not be read');
      return ANYTHING;
    }
  }

  async function look(key: string) {
    do {
      looking.set(key, false);
      ears.ring(key, await change(key));
    } while (looking.get(key));
    looking.delete(key);
    // Who attended to it may have left meanwhile.
    if (!ears.hears(key)) changes.forget(key);
  }

  return (key) => {
    if (looking.has(key)) looking.set(key, true);
    else if (ears.hears(key)) void look(key);
  };
}
