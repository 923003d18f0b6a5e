/** Which listeners a bell concerns: a bell that concerns nobody costs one look-up, however many listen. */
import type { SourceValue } from '../offers/sources.ts';

export interface Subscriber {
  /** Without a key: whatever it attends to may have changed. `now`: what is under the key; undefined: not looked at. */
  invalidate(key?: string, value?: SourceValue | null): void;
}

export interface SubscriptionIndex {
  /** From now on bells of these keys are for it; null: all are. */
  subscribe(subscriber: Subscriber, keys: readonly string[] | null): void;
  unsubscribe(subscriber: Subscriber): void;
  /** Does anybody attend to this very key? */
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
