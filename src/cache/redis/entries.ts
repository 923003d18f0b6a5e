/** The versioned cache on Redis. */
import type { Versioned, VersionedCache } from '../port.ts';
import type { Batch, RedisCommands, RedisConnection } from './connection.ts';
import { unpack } from './script.ts';

/** @param prefix of every key. */
export function createRedisEntries({ run, close }: RedisConnection, prefix: string): VersionedCache {
  return {
    async read(keys) {
      if (keys.length === 0) return [];
      const prefixed = keys.map((key) => prefix + key);
      // All batches are sent in one tick, so that each server gets its own in one write.
      const found = await run((client, partition) =>
        Promise.all(partition(prefixed, (key) => key).map((batch) => readBatch(client, batch))),
      );
      return found.flat();
    },
    async write(entries, ttl) {
      if (entries.length === 0) return;
      const prefixed = entries.map((entry) => ({ ...entry, key: prefix + entry.key }));
      await run((client, partition) =>
        Promise.all(
          partition(prefixed, ({ key }) => key).map((batch) =>
            client.replaceIfNewer(batch.items, batch.runId, ttl),
          ),
        ),
      );
    },
    close,
  };
}

/** @param keys with the prefix. */
export async function deleteEntries({ run }: RedisConnection, keys: readonly string[]): Promise<void> {
  await run((client, partition) =>
    Promise.all(partition(keys, (key) => key).map(({ items }) => client.unlink([...items]))),
  );
}

async function readBatch(
  client: RedisCommands,
  { items, runId }: Batch<string>,
): Promise<(Versioned | null)[]> {
  const [key = '', ...more] = items;
  const values = more.length === 0 ? [await client.get(key)] : await client.mGet([...items]);
  return values.map((value) => value && unpack(value, runId));
}
