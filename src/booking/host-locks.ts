/** Changes of some hosts' time: one after the other, here by turns, among all processes by the hosts' locks. */

import { lockHosts } from '../store/bookings/native-time.ts';
import type { Tx } from '../store/client.ts';
import type { Publisher } from '../sync/publisher.ts';
import type { Turns } from './turns.ts';

/** @returns the result, and the cache keys that it made stale. */
type Work<T> = (tx: Tx) => Promise<{ result: T; keys: readonly string[] }>;

/**
 * Runs `work` in a transaction in which these hosts are locked; answers when everyone was told of it.
 * @param meanwhile asked without a lock when others came first: an answer that is not null makes `work` needless
 */
export type Locked = <T>(
  hosts: readonly string[],
  work: Work<T>,
  meanwhile?: () => Promise<T | null>,
) => Promise<T>;

export function createLocked({
  publisher,
  turns,
}: {
  publisher: Pick<Publisher, 'change'>;
  turns: Turns;
}): Locked {
  return async (hosts, work, meanwhile) => {
    const { waited, leave } = await turns.take(hosts);
    try {
      const answer = waited && meanwhile ? await meanwhile() : null;
      if (answer !== null) return answer;
      return await publisher.change(async (tx) => {
        await lockHosts(tx, hosts);
        // The next one may line up for the locks; these go with the commit.
        return work(tx).finally(leave);
      });
    } finally {
      leave();
    }
  };
}
