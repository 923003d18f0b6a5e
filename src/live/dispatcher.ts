/**
 * An invalidation says that a value changed, but not to what. The dispatcher loads the value once per process and hands it to
 * every shared query that depends on it.
 */
import type { Log } from '../log.ts';
import type { SourceValue, SourceValues } from '../offers/sources.ts';
import type { SubscriptionIndex } from './subscription-index.ts';

export interface DispatcherDeps {
  sources: SourceValues;
  subscriptions: SubscriptionIndex;
  log: Log;
}

/** @returns the function to call at each invalidation. */
export function createDispatcher({ sources, subscriptions, log }: DispatcherDeps): (key: string) => void {
  /** Keys whose values are being loaded; true: the key was invalidated again meanwhile, so the load may have missed that. */
  const loading = new Map<string, boolean>();

  /** @returns undefined when the value could not be read. */
  async function load(key: string): Promise<SourceValue | null | undefined> {
    try {
      return await sources.readValue(key);
    } catch (error) {
      log.warn({ err: error }, 'changed value not read: every query that depends on it is computed anew');
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
    // A query that is being computed doesn't know its keys yet: it only takes note of this one.
    else subscriptions.notify(key);
  };
}
