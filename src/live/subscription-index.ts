/** Which subscribers depend on which cache keys. An invalidation on which none depends costs one look-up, however many there are. */
import type { SourceValue } from '../offers/sources.ts';

export interface Subscriber {
  /**
   * The value under this key changed; without a key, any that the subscriber depends on may have.
   * @param value the new value; null: it is gone; undefined: it was not loaded.
   */
  invalidate(key?: string, value?: SourceValue | null): void;
}

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
