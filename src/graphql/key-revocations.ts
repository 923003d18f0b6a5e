/** Streams that were opened with an API key end with it, at every gateway: at once, or when the line was down, by the next look. */
import { parseKey, topicKey } from '../cache/keys.ts';
import type { Topics } from '../cache/port.ts';
import type { Log } from '../log.ts';
import { liveApiKeys, revokeApiKey } from '../store/access/api-keys.ts';
import type { Store } from '../store/client.ts';
import { type Clock, SECOND } from '../time/clock.ts';
import type { Viewer } from './context.ts';

/** An invalidation may be lost while Redis is away; the rows are the truth. */
const CHECK_INTERVAL = 30 * SECOND;
/** The longest that a timer sleeps: Node's own limit is 2^31 − 1. */
const TIMEOUT_MAX = 2_000_000_000;

export interface KeyRevocations {
  /** `end` is called once the viewer's key is no longer live. @returns takes it away again. */
  onEnd(viewer: Viewer, end: () => void): () => void;
  /** @returns false when there is no such live key in the organisation */
  revoke(organisation: string, id: string): Promise<boolean>;
  close(): void;
}

export interface KeyRevocationsDeps {
  store: Store;
  topics: Topics;
  clock: Clock;
  log: Log;
}

interface OpenKey {
  ends: Set<() => void>;
  expiry: NodeJS.Timeout | undefined;
}

export function createKeyRevocations({ store, topics, clock, log }: KeyRevocationsDeps): KeyRevocations {
  const openKeys = new Map<string, OpenKey>();

  async function check(ids: readonly string[]) {
    if (ids.length === 0) return;
    try {
      const live = await liveApiKeys(store, ids, clock.now());
      for (const id of ids) if (!live.has(id)) endKey(id);
    } catch (error) {
      log.warn({ err: error }, 'keys of open streams could not be looked at; trying again');
    }
  }

  function endKey(id: string) {
    const found = openKeys.get(id);
    if (!found) return;
    release(id, found);
    for (const callback of found.ends) callback();
  }

  function release(id: string, { expiry }: OpenKey) {
    clearTimeout(expiry);
    openKeys.delete(id);
  }

  const unsubscribe = topics.subscribe({
    onInvalidation({ key }) {
      const parsed = parseKey(key);
      if (parsed?.kind === 'key' && openKeys.has(parsed.id)) void check([parsed.id]);
    },
    onReconnect: () => void check([...openKeys.keys()]),
  });
  const timer = setInterval(() => void check([...openKeys.keys()]), CHECK_INTERVAL);
  timer.unref();

  function open(id: string, expiresAt: number | null): OpenKey {
    const found: OpenKey = { ends: new Set(), expiry: undefined };
    if (expiresAt !== null) {
      const delay = Math.min(Math.max(expiresAt - clock.now(), 0) + 1, TIMEOUT_MAX);
      found.expiry = setTimeout(() => void check([id]), delay);
      found.expiry.unref();
    }
    openKeys.set(id, found);
    return found;
  }

  return {
    onEnd({ key }, callback) {
      if (key === null) return () => {};
      const found = openKeys.get(key.id) ?? open(key.id, key.expiresAt);
      found.ends.add(callback);
      return () => {
        found.ends.delete(callback);
        if (found.ends.size === 0 && openKeys.get(key.id) === found) release(key.id, found);
      };
    },
    async revoke(organisation, id) {
      const revoked = await revokeApiKey(store, organisation, id, clock.now());
      if (!revoked) return false;
      await topics.publish([{ key: topicKey.apiKey(id), version: 0 }]).catch((error) => {
        log.warn({ err: error }, 'revoked key not published; streams by it end within half a minute');
      });
      await check([id]);
      return true;
    },
    close() {
      unsubscribe();
      clearInterval(timer);
      for (const [id, found] of openKeys) release(id, found);
    },
  };
}
