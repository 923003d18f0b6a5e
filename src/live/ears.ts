/** Which listeners a bell concerns: a bell that concerns nobody costs one look-up, however many listen. */
import type { Change } from '../offers/changes.ts';

export interface Ear {
  /** Without a key: whatever it attends to may have changed. */
  ring(key?: string, change?: Change): void;
}

export interface Ears {
  /** From now on bells of these keys are for it; null: all are. */
  attend(ear: Ear, keys: readonly string[] | null): void;
  drop(ear: Ear): void;
  /** Does anybody? */
  hears(key: string): boolean;
  ring(key?: string, change?: Change): void;
}

/** @param unheard told of each key that nobody attends to any more */
export function createEars(unheard: (key: string) => void): Ears {
  const keysOf = new Map<Ear, readonly string[]>();
  const byKey = new Map<string, Set<Ear>>();
  const toAll = new Set<Ear>();

  function forget(ear: Ear) {
    for (const key of keysOf.get(ear) ?? []) {
      const ears = byKey.get(key);
      ears?.delete(ear);
      if (ears?.size !== 0) continue;
      byKey.delete(key);
      unheard(key);
    }
    keysOf.delete(ear);
  }

  return {
    attend(ear, keys) {
      if (keys === null) {
        toAll.add(ear);
        return;
      }
      toAll.delete(ear);
      if (isSame(keysOf.get(ear), keys)) return;
      forget(ear);
      keysOf.set(ear, keys);
      for (const key of keys) {
        const ears = byKey.get(key) ?? new Set();
        byKey.set(key, ears.add(ear));
      }
    },
    drop(ear) {
      toAll.delete(ear);
      forget(ear);
    },
    hears: (key) => toAll.size > 0 || byKey.has(key),
    ring(key, change) {
      if (key === undefined) {
        for (const ear of new Set([...keysOf.keys(), ...toAll])) ear.ring();
        return;
      }
      const concerned = byKey.get(key);
      for (const ear of concerned ?? []) if (!toAll.has(ear)) ear.ring(key, change);
      for (const ear of toAll) ear.ring(key, change);
    },
  };
}

const isSame = (before: readonly string[] | undefined, now: readonly string[]) =>
  before?.length === now.length && before.every((key, i) => key === now[i]);
