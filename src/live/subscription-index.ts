/** Which listeners a bell concerns: a bell that concerns nobody costs one look-up, however many listen. */
import type { SourceValue } from '../offers/sources.ts';

export interface Ear {
  /** Without a key: whatever it attends to may have changed. `now`: what is under the key; undefined: not looked at. */
  ring(key?: string, now?: SourceValue | null): void;
}

export interface Ears {
  /** From now on bells of these keys are for it; null: all are. */
  attend(ear: Ear, keys: readonly string[] | null): void;
  drop(ear: Ear): void;
  /** Does anybody attend to this very key? */
  attended(key: string): boolean;
  ring(key?: string, now?: SourceValue | null): void;
}

export function createEars(): Ears {
  const keysOf = new Map<Ear, readonly string[]>();
  const byKey = new Map<string, Set<Ear>>();
  const toAll = new Set<Ear>();

  function forget(ear: Ear) {
    for (const key of keysOf.get(ear) ?? []) {
      const ears = byKey.get(key);
      ears?.delete(ear);
      if (ears?.size === 0) byKey.delete(key);
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
    attended: (key) => byKey.has(key),
    ring(key, now) {
      if (key === undefined) {
        for (const ear of new Set([...keysOf.keys(), ...toAll])) ear.ring();
        return;
      }
      const concerned = byKey.get(key);
      for (const ear of concerned ?? []) if (!toAll.has(ear)) ear.ring(key, now);
      for (const ear of toAll) ear.ring(key, now);
    },
  };
}

const isSame = (before: readonly string[] | undefined, now: readonly string[]) =>
  before?.length === now.length && before.every((key, i) => key === now[i]);
