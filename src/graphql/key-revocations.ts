/**
 * Streams end with the API key that they were opened with, and with the organisation in which their viewer acts, at every gateway: at
 * once, or when the line was down, by the next look.
 */
import { parseKey, topicKey } from '../cache/keys.ts';
import type { Topics } from '../cache/port.ts';
import type { Log } from '../log.ts';
import { liveApiKeys, revokeApiKey } from '../store/access/api-keys.ts';
import { organisationsByIds } from '../store/access/organisations.ts';
import type { Store } from '../store/client.ts';
import { type Clock, SECOND } from '../time/clock.ts';
import type { Viewer } from './context.ts';

/** An invalidation may be lost while Redis is away; the rows are the truth. */
const CHECK_INTERVAL = 30 * SECOND;
/** The longest that a timer sleeps: Node's own limit is 2^31 − 1. */
const TIMEOUT_MAX = 2_000_000_000;

export interface KeyRevocations {
  /** `end` is called once the viewer's key is no longer live, or the organisation is deleted. @returns takes it away again. */
  onEnd(viewer: Viewer, end: () => void): () => void;
  /** @returns false when there is no such live key in the organisation */
  revoke(organisation: string, id: string): Promise<boolean>;
  /** Ends the streams of an organisation that was deleted. */
  endOrganisation(id: string): Promise<void>;
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
  /** By the organisation in which the viewer of the stream acts. */
  const openOrganisations = new Map<string, Set<() => void>>();

  async function check(ids: readonly string[]) {
    if (ids.length === 0) return;
    try {
      const live = await liveApiKeys(store, ids, clock.now());
      for (const id of ids) if (!live.has(id)) endKey(id);
    } catch (error) {
      log.warn({ err: error }, 'keys of open streams could not be looked at; trying again');
    }
  }

  async function checkOrganisations(ids: readonly string[]) {
    if (ids.length === 0) return;
    try {
      const live = new Set((await organisationsByIds(store, ids)).map(({ id }) => id));
      for (const id of ids) {
        if (live.has(id)) continue;
        const ends = openOrganisations.get(id) ?? [];
        openOrganisations.delete(id);
        for (const callback of ends) callback();
      }
    } catch (error) {
      log.warn({ err: error }, 'organisations of open streams could not be looked at; trying again');
    }
  }

  const checkAll = () => {
    void check([...openKeys.keys()]);
    void checkOrganisations([...openOrganisations.keys()]);
  };

  /** @returns takes the callback away again */
  function onOrganisationEnd(organisation: string | null, callback: () => void): () => void {
    if (organisation === null) return () => {};
    const ends = openOrganisations.get(organisation) ?? new Set();
    openOrganisations.set(organisation, ends.add(callback));
    return () => {
      ends.delete(callback);
      if (ends.size === 0 && openOrganisations.get(organisation) === ends)
        openOrganisations.delete(organisation);
    };
  }

  function onKeyEnd({ key }: Viewer, callback: () => void): () => void {
    if (key === null) return () => {};
    const found = openKeys.get(key.id) ?? open(key.id, key.expiresAt);
    found.ends.add(callback);
    return () => {
      found.ends.delete(callback);
      if (found.ends.size === 0 && openKeys.get(key.id) === found) release(key.id, found);
    };
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
      if (parsed?.kind === 'organisation' && openOrganisations.has(parsed.id))
        void checkOrganisations([parsed.id]);
    },
    onReconnect: checkAll,
  });
  const timer = setInterval(checkAll, CHECK_INTERVAL);
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
    onEnd(viewer, callback) {
      const [releaseKey, releaseOrganisation] = [
        onKeyEnd(viewer, callback),
        onOrganisationEnd(viewer.organisation, callback),
      ];
      return () => {
        releaseKey();
        releaseOrganisation();
      };
    },
    async revoke(organisation, id) {
      const revoked = await store.$transaction((tx) => revokeApiKey(tx, organisation, id, clock.now()));
      if (!revoked) return false;
      await topics.publish([{ key: topicKey.apiKey(id), version: 0 }]).catch((error) => {
        log.warn({ err: error }, 'revoked key not published; streams by it end within half a minute');
      });
      await check([id]);
      return true;
    },
    async endOrganisation(id) {
      await topics.publish([{ key: topicKey.organisation(id), version: 0 }]).catch((error) => {
        log.warn({ err: error }, 'deleted organisation not published; its streams end within half a minute');
      });
      await checkOrganisations([id]);
    },
    close() {
      unsubscribe();
      openOrganisations.clear();
      clearInterval(timer);
      for (const [id, found] of openKeys) release(id, found);
    },
  };
}
