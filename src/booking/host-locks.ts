/** Runs changes of the same hosts' time one after another: within the process by a mutex, among processes by row locks. */

import type { KeyedMutex } from '../async/keyed-mutex.ts';
import { lockHosts } from '../store/bookings/native-time.ts';
import type { Tx } from '../store/client.ts';
import type { Publisher } from '../sync/publisher.ts';

/** @returns the result, and the cache keys that the change makes stale */
type HostWork<T> = (tx: Tx) => Promise<{ result: T; keys: readonly string[] }>;

/**
 * Runs `work` in a transaction in which these hosts are locked, and answers once its change is published.
 * @param options.recheck called without a lock when other work came first: an answer that is not null makes `work` needless
 * @param options.network whose holds are locked with the hosts; null: none
 */
export type WithHostLocks = <T>(
  hosts: readonly string[],
  work: HostWork<T>,
  options?: { recheck: () => Promise<T | null>; network: string | null },
) => Promise<T>;

export function createWithHostLocks({
  publisher,
  mutex,
}: {
  publisher: Pick<Publisher, 'change'>;
  /** Changes that waited for the locks in the database would each hold a connection, until the pool had none left. */
  mutex: KeyedMutex;
}): WithHostLocks {
  return async (hosts, work, options) => {
    const { waited, release } = await mutex.acquire(hosts);
    try {
      const answer = waited && options ? await options.recheck() : null;
      if (answer !== null) return answer;
      return await publisher.change(async (tx) => {
        await lockHosts(tx, hosts, options?.network);
        // The next change may queue for the row locks, which are released with the commit.
        return work(tx).finally(release);
      });
    } finally {
      release();
    }
  };
}
