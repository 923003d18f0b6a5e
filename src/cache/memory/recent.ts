/** Recent slot sets of one process. */
import type { Clock, Instant } from '../../time/clock.ts';
import { RECENT_SLOT_SETS, type RecentSlotSets, SEVERAL_FACTS } from '../port.ts';

interface SavedSet {
  bytes: Buffer;
  facts: string;
}

interface SavedSets {
  /** By etag, the youngest last. */
  sets: Map<string, SavedSet>;
  expiresAt: Instant;
  /** Of all its sets and etags, bytes. */
  size: number;
}

export interface MemoryRecentDeps {
  clock: Clock;
  /** Of all queries together. The least recently used query makes room. */
  maxBytes: number;
}

export function createMemoryRecentSlotSets({ clock, maxBytes }: MemoryRecentDeps): RecentSlotSets {
  /** The least recently used first. */
  const entries = new Map<string, SavedSets>();
  let total = 0;

  function getFresh(queryKey: string): SavedSets | null {
    const entry = entries.get(queryKey);
    if (!entry) return null;
    entries.delete(queryKey);
    if (entry.expiresAt > clock.now()) {
      entries.set(queryKey, entry);
      return entry;
    }
    total -= entry.size;
    return null;
  }

  /** Removes whole queries: one is small beside the bound. */
  function evict() {
    const now = clock.now();
    for (const [queryKey, { expiresAt, size }] of entries) {
      if (total <= maxBytes && expiresAt > now) break;
      entries.delete(queryKey);
      total -= size;
    }
  }

  return {
    async save(queryKey, etag, bytes, facts) {
      if (bytes.length > RECENT_SLOT_SETS.maxBytes) return null;
      const entry = getFresh(queryKey) ?? { sets: new Map<string, SavedSet>(), expiresAt: 0, size: 0 };
      const { sets } = entry;
      const factsBefore = sets.get(etag)?.facts ?? null;
      const before = entry.size;
      const remove = (removedEtag: string) => {
        const set = sets.get(removedEtag);
        if (set && sets.delete(removedEtag)) entry.size -= sizeOf(queryKey, removedEtag, set);
      };
      remove(etag);
      const isAlike = factsBefore === null || factsBefore === facts;
      const set = { bytes: Buffer.from(bytes), facts: isAlike ? facts : SEVERAL_FACTS };
      sets.set(etag, set);
      entry.size += sizeOf(queryKey, etag, set);
      for (const oldest of sets.keys()) {
        if (sets.size <= RECENT_SLOT_SETS.most) break;
        remove(oldest);
      }
      entry.expiresAt = clock.now() + RECENT_SLOT_SETS.ttl;
      entries.set(queryKey, entry);
      total += entry.size - before;
      evict();
      return factsBefore;
    },
    async find(queryKey, etag) {
      return getFresh(queryKey)?.sets.get(etag)?.bytes ?? null;
    },
  };
}

const sizeOf = (queryKey: string, etag: string, { bytes, facts }: SavedSet) =>
  queryKey.length + etag.length + bytes.length + facts.length;
