/** Carries a committed change to every reader: the cache gets the new value, and all gateways an invalidation message. */
import { createSingleFlight } from '../async/single-flight.ts';
import { parseCacheKey } from '../cache/keys.ts';
import type { VersionedEntry } from '../cache/port.ts';
import type { JobQueue, SqlRunner } from '../jobs/port.ts';
import type { Log } from '../log.ts';
import type { Store, Tx } from '../store/client.ts';
import { bumpVersions, isPublished, markPublished } from '../store/versions.ts';
import { type Clock, type Instant, SECOND } from '../time/clock.ts';

/** How long the job waits for the process of the change to publish first. */
const PUBLISH_DELAY = 2 * SECOND;

/** A change in a transaction. @returns its result, and the cache keys that it made stale. */
export type ChangeWork<T> = (tx: Tx, now: Instant) => Promise<{ result: T; keys: readonly string[] }>;

export interface Publisher {
  /** In the transaction of a change: draws new versions for the keys and enqueues jobs that publish them. */
  invalidate(tx: Tx, keys: readonly string[]): Promise<void>;
  /** Only enqueues the jobs, for a change that drew its version itself. */
  enqueuePublish(tx: SqlRunner, keys: readonly string[]): Promise<void>;
  /** After the commit: writes the store's values into the cache and sends the messages. Rejects when either can't be reached. */
  publish(keys: readonly string[]): Promise<void>;
  /** What the enqueued job does: as `publish`, unless the process of the change has published it. */
  publishIfDue(key: string): Promise<void>;
  /**
   * As `publish`, but a failure is logged only: the enqueued job tries again, and until then readers ask the store.
   * @param known values that the change has read in its transaction: they aren't loaded again
   */
  publishOrLog(keys: readonly string[], known?: readonly VersionedEntry[]): Promise<void>;
  /** Runs `work` in a transaction, invalidates its keys, and publishes them before it answers. @throws what `work` throws. */
  change<T>(work: ChangeWork<T>): Promise<T>;
}

export interface PublisherDeps {
  store: Store;
  jobs: JobQueue;
  clock: Clock;
  /** Reads the values of these keys from the store; a key whose row is gone has a tombstone or is left out. */
  load(keys: readonly string[]): Promise<VersionedEntry[]>;
  /** Writes the cache and sends the invalidation messages. */
  publishEntries(entries: readonly VersionedEntry[]): Promise<void>;
  log: Log;
}

export function createPublisher({ store, jobs, clock, load, publishEntries, log }: PublisherDeps): Publisher {
  const enqueuePublish = (tx: SqlRunner, keys: readonly string[]) =>
    jobs.enqueue(
      tx,
      keys.map((key) => ({ task: 'publish', key, payload: { key }, runAt: clock.now() + PUBLISH_DELAY })),
    );

  async function invalidate(tx: Tx, keys: readonly string[]) {
    await bumpVersions(tx, keys);
    await enqueuePublish(tx, keys);
  }

  async function publish(keys: readonly string[], known: readonly VersionedEntry[] = []) {
    const unknown = keys.filter((key) => !known.some((entry) => entry.key === key));
    const entries = unknown.length === 0 ? known : [...known, ...(await load(unknown))];
    await publishEntries(entries);
    await markPublished(store, entries);
  }

  /**
   * Hosts' holds and bookings come in crowds, and their values are small: what is committed while one publication is under way is
   * published together by the next.
   */
  const nativeTimes = createSingleFlight<readonly string[], void>({
    work: (_kind, keys) => publish(keys),
    mode: 'trailing',
    merge: (waiting, keys) => [...new Set([...waiting, ...keys])],
  });
  const publishSoon = (keys: readonly string[], known?: readonly VersionedEntry[]) =>
    keys.every((key) => parseCacheKey(key).kind === 'native')
      ? nativeTimes.run('native', keys)
      : publish(keys, known);

  async function publishOrLog(keys: readonly string[], known?: readonly VersionedEntry[]) {
    if (keys.length === 0) return;
    await publishSoon(keys, known).catch((error: unknown) =>
      log.warn({ err: error, keys }, 'change not published: its job tries again'),
    );
  }

  return {
    enqueuePublish,
    invalidate,
    publish: (keys) => publish(keys),
    async publishIfDue(key) {
      if (!(await isPublished(store, key))) await publish([key]);
    },
    publishOrLog,
    async change(work) {
      const { result, keys } = await store.$transaction(async (tx) => {
        const done = await work(tx, clock.now());
        const staleKeys = [...new Set(done.keys)];
        if (staleKeys.length > 0) await invalidate(tx, staleKeys);
        return { result: done.result, keys: staleKeys };
      });
      await publishOrLog(keys);
      return result;
    },
  };
}
