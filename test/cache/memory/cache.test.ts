import { describe, expect, it } from 'vitest';
import { createMemoryCache } from '../../../src/cache/memory/cache.ts';
import { topicsContract } from '../../contracts/topics.ts';
import { versionedCacheContract } from '../../contracts/versioned-cache.ts';

function open(maxEntries = 10_000) {
  let now = 0;
  const clock = { now: () => now };
  const memory = createMemoryCache({ clock, maxEntries });
  return {
    ...memory,
    async pass(ms: number) {
      now += ms;
    },
  };
}

versionedCacheContract('memory', async () => {
  const { cache, pass, close } = open();
  return { cache, other: cache, pass, flush: () => pass(1e9), close };
});

topicsContract('memory', async () => {
  const { topics, close } = open();
  return { topics, other: topics, close };
});

describe('the memory cache', () => {
  const bytes = Buffer.from('x');
  const keysOf = async (cache: ReturnType<typeof open>['cache'], ...keys: string[]) => {
    const values = await cache.read(keys);
    return keys.filter((_, i) => values[i]);
  };

  it('removes the least recently used entry first', async () => {
    const { cache } = open(3);
    await cache.write(
      ['a', 'b', 'c'].map((key) => ({ key, version: 1, bytes })),
      1_000,
    );
    await cache.read(['a']);
    await cache.write([{ key: 'd', version: 1, bytes }], 1_000);
    expect(await keysOf(cache, 'a', 'b', 'c', 'd')).toEqual(['a', 'c', 'd']);
  });

  it('never holds more entries than its bound, even of one write', async () => {
    const { cache } = open(2);
    await cache.write(
      ['a', 'b', 'c'].map((key) => ({ key, version: 1, bytes })),
      1_000,
    );
    expect(await keysOf(cache, 'a', 'b', 'c')).toEqual(['b', 'c']);
  });

  it('holds an entry for exactly its ttl by the clock', async () => {
    const { cache, pass } = open();
    await cache.write([{ key: 'a', version: 1, bytes }], 100);
    await pass(99);
    expect(await keysOf(cache, 'a')).toEqual(['a']);
    await pass(1);
    expect(await keysOf(cache, 'a')).toEqual([]);
  });
});
