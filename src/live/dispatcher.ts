/**
 * An invalidation says that a value changed, but not to what. The dispatcher loads the value once per process and hands it to
 * every shared query that depends on it.
 */
import type { Log } from '../log.ts';
import type { SourceValue, SourceValues } from '../offers/sources.ts';

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

export interface Subscriber {
  /**
   * The value under this key changed; without a key, any that the subscriber depends on may have.
   * @param value the new value; null: it is gone; undefined: it was not loaded.
   */
  invalidate(key?: string, value?: SourceValue | null): void;
}

/** Which subscribers depend on which cache keys. An invalidation on which none depends costs one look-up, however many there are. */
export interface SubscriptionIndex {
  /** From now on the subscriber gets invalidations of these keys; null: of every key. */
  subscribe(subscriber: Subscriber, keys: readonly string[] | null): void;
  unsubscribe(subscriber: Subscriber): void;
  /** Whether a subscriber named this very key. */
  hasSubscribers(key: string): boolean;
  notify(key?: string, value?: SourceValue | null): void;
}

export function createSubscriptionIndex(): SubscriptionIndex {
  const keysOf = new Map<Subscriber, readonly string[]>();
  const byKey = new Map<string, Set<Subscriber>>();
  const wildcards = new Set<Subscriber>();

  function removeKeys(subscriber: Subscriber) {
    for (const key of keysOf.get(subscriber) ?? []) {
      const subscribers = byKey.get(key);
      subscribers?.delete(subscriber);
      if (subscribers?.size === 0) byKey.delete(key);
    }
    keysOf.delete(subscriber);
  }

  return {
    subscribe(subscriber, keys) {
      if (keys === null) {
        wildcards.add(subscriber);
        return;
      }
      wildcards.delete(subscriber);
      if (isSame(keysOf.get(subscriber), keys)) return;
      removeKeys(subscriber);
      keysOf.set(subscriber, keys);
      for (const key of keys) {
        const subscribers = byKey.get(key) ?? new Set();
        byKey.set(key, subscribers.add(subscriber));
      }
    },
    unsubscribe(subscriber) {
      wildcards.delete(subscriber);
      removeKeys(subscriber);
    },
    hasSubscribers: (key) => byKey.has(key),
    notify(key, value) {
      if (key === undefined) {
        for (const subscriber of new Set([...keysOf.keys(), ...wildcards])) subscriber.invalidate();
        return;
      }
      const interested = byKey.get(key);
      for (const subscriber of interested ?? [])
        if (!wildcards.has(subscriber)) subscriber.invalidate(key, value);
      for (const subscriber of wildcards) subscriber.invalidate(key, value);
    },
  };
}

const isSame = (before: readonly string[] | undefined, now: readonly string[]) =>
  before?.length === now.length && before.every((key, i) => key === now[i]);
