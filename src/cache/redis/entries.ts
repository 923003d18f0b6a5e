/** The versioned cache on Redis. */
import { randomBytes } from 'node:crypto';
import { type FoundValue, MixedUpReply, type VersionedCache } from '../port.ts';
import type { Batch, RedisCommands, RedisConnection } from './connection.ts';
import type { KeyToRead, NewerValues } from './read-script.ts';
import { unpack } from './script.ts';

/** By which this process knows the answers to its own questions, together with a number. */
const PROCESS = randomBytes(6).toString('base64url');
let questions = 0;

/** @param prefix of every key. */
export function createRedisEntries({ run, close }: RedisConnection, prefix: string): VersionedCache {
  return {
    async read(keys, known = []) {
      if (keys.length === 0) return [];
      const prefixed = keys.map((key, i) => ({ key: prefix + key, known: known[i] }));
      // All batches are sent in one tick, so that each server gets its own in one write.
      const found = await run((client, partition) =>
        Promise.all(partition(prefixed, ({ key }) => key).map((batch) => readBatch(client, batch))),
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
  { items, runId }: Batch<KeyToRead>,
): Promise<(FoundValue | null)[]> {
  const question = `${PROCESS}${++questions}`;
  return valuesOfReply({ items, runId }, question, await client.readNewer(items, runId, question));
}

/** @throws MixedUpReply: nothing in a reply without bytes tells which keys it is about */
export function valuesOfReply(
  { items, runId }: Batch<KeyToRead>,
  question: string,
  { answered, values }: NewerValues,
): (FoundValue | null)[] {
  if (answered !== question || values.length !== items.length)
    throw new MixedUpReply('Redis answered another question.');
  return items.map(({ known }, i) => {
    const value = values[i] ?? null;
    if (value === null) return null;
    return value === 'known' ? { version: known ?? 0, bytes: null } : unpack(value, runId);
  });
}
