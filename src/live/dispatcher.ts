/** A bell tells that something changed, not what it is now: one look tells that to all whom it may concern. */
import type { Log } from '../log.ts';
import type { SourceValue, SourceValues } from '../offers/sources.ts';
import type { SubscriptionIndex } from './subscription-index.ts';

export interface DispatcherDeps {
  sources: SourceValues;
  subscriptions: SubscriptionIndex;
  log: Log;
}

/** @returns what to call at each bell */
export function createDispatcher({ sources, subscriptions, log }: DispatcherDeps): (key: string) => void {
  /** Keys that are looked at; true: a bell rang meanwhile, which the look may have missed. */
  const loading = new Map<string, boolean>();

  /** Undefined: it could not be read. */
  async function load(key: string): Promise<SourceValue | null | undefined> {
    try {
      return await sources.readValue(key);
    } catch (error) {
      log.warn({ err: error }, 'what changed could not be read');
      return undefined;
    }
  }

  async function dispatch(key: string) {
    do {
      loading.set(key, false);
      subscriptions.notify(key, await load(key));
    } while (loading.get(key));
    loading.delete(key);
  }

  return (key) => {
    if (loading.has(key)) loading.set(key, true);
    else if (subscriptions.hasSubscribers(key)) void dispatch(key);
    // Who does not know yet what concerns them only takes note.
    else subscriptions.notify(key);
  };
}
