/** Streams that were opened with an API key end with it, at every gateway: at once, or when the line was down, by the next look. */
import { bellKey, type Topics } from '../cache/port.ts';
import type { Log } from '../log.ts';
import { liveApiKeys, revokeApiKey } from '../store/access/api-keys.ts';
import type { Store } from '../store/client.ts';
import { type Clock, SECOND } from '../time/clock.ts';
import type { Viewer } from './context.ts';

/** A bell may be lost while Redis is away; the rows are the truth. */
const LOOK_EVERY = 30 * SECOND;
/** The longest that a timer sleeps: Node's own limit is 2^31 − 1. */
const SLEEP_MOST = 2_000_000_000;
const BELL = bellKey.apiKey('');

export interface KeyWatch {
  /** `end` is called once the viewer's key is no longer live. @returns takes it away again. */
  hold(viewer: Viewer, end: () => void): () => void;
  /** @returns false when there is no such live key in the organisation */
  revoke(organisation: string, id: string): Promise<boolean>;
  close(): void;
}

export interface KeyWatchDeps {
  store: Store;
  topics: Topics;
  clock: Clock;
  log: Log;
}

interface Held {
  ends: Set<() => void>;
  expiry: NodeJS.Timeout | undefined;
}

export function createKeyWatch({ store, topics, clock, log }: KeyWatchDeps): KeyWatch {
  const held = new Map<string, Held>();

  async function look(ids: readonly string[]) {
    if (ids.length === 0) return;
    try {
      const live = await liveApiKeys(store, ids, clock.now());
      for (const id of ids) if (!live.has(id)) end(id);
    } catch (error) {
      log.warn({ err: error }, 'keys of open streams could not be looked at; trying again');
    }
  }

  function end(id: string) {
    const found = held.get(id);
    if (!found) return;
    forget(id, found);
    for (const tell of found.ends) tell();
  }

  function forget(id: string, { expiry }: Held) {
    clearTimeout(expiry);
    held.delete(id);
  }

  const deaf = topics.listen({
    ring({ key }) {
      const id = key.startsWith(BELL) ? key.slice(BELL.length) : '';
      if (held.has(id)) void look([id]);
    },
    reconnected: () => void look([...held.keys()]),
  });
  const timer = setInterval(() => void look([...held.keys()]), LOOK_EVERY);
  timer.unref();

  function open(id: string, expiresAt: number | null): Held {
    const found: Held = { ends: new Set(), expiry: undefined };
    if (expiresAt !== null) {
      const delay = Math.min(Math.max(expiresAt - clock.now(), 0) + 1, SLEEP_MOST);
      found.expiry = setTimeout(() => void look([id]), delay);
      found.expiry.unref();
    }
    held.set(id, found);
    return found;
  }

  return {
    hold({ key }, tell) {
      if (key === null) return () => {};
      const found = held.get(key.id) ?? open(key.id, key.expiresAt);
      found.ends.add(tell);
      return () => {
        found.ends.delete(tell);
        if (found.ends.size === 0 && held.get(key.id) === found) forget(key.id, found);
      };
    },
    async revoke(organisation, id) {
      const revoked = await revokeApiKey(store, organisation, id, clock.now());
      if (!revoked) return false;
      await topics.ring([{ key: bellKey.apiKey(id), version: 0 }]).catch((error) => {
        log.warn({ err: error }, 'a revoked key could not be told; streams by it end within half a minute');
      });
      await look([id]);
      return true;
    },
    close() {
      deaf();
      clearInterval(timer);
      for (const [id, found] of held) forget(id, found);
    },
  };
}
