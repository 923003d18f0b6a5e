/** A bell tells that something changed, not what it is now: one look tells that to all whom it may concern. */
import type { Log } from '../log.ts';
import type { SourceValue, SourceValues } from '../offers/sources.ts';
import type { Ears } from './subscription-index.ts';

export interface LookDeps {
  sources: SourceValues;
  ears: Ears;
  log: Log;
}

/** @returns what to call at each bell */
export function createLook({ sources, ears, log }: LookDeps): (key: string) => void {
  /** Keys that are looked at; true: a bell rang meanwhile, which the look may have missed. */
  const looking = new Map<string, boolean>();

  /** Undefined: it could not be read. */
  async function under(key: string): Promise<SourceValue | null | undefined> {
    try {
      return await sources.under(key);
    } catch (error) {
      log.warn({ err: error }, 'what changed could not be read');
      return undefined;
    }
  }

  async function look(key: string) {
    do {
      looking.set(key, false);
      ears.ring(key, await under(key));
    } while (looking.get(key));
    looking.delete(key);
  }

  return (key) => {
    if (looking.has(key)) looking.set(key, true);
    else if (ears.attended(key)) void look(key);
    // Who does not know yet what concerns them only takes note.
    else ears.ring(key);
  };
}
