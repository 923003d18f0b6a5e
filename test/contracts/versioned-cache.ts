/** The contract of every VersionedCache. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryCache } from '../../src/cache/memory/cache.ts';
import type { VersionedCache } from '../../src/cache/port.ts';
import { createReadThrough } from '../../src/cache/read-through.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';

export interface VersionedCacheBench {
  cache: VersionedCache;
  /** The same values in another process. */
  other: VersionedCache;
  /** Lets this many milliseconds pass for a ttl. */
  pass(ms: number): Promise<void>;
  /** Forgets every value. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const LONG = 60_000;
const entry = (key: string, version: number, text = `${key}@${version}`) => ({
  key,
  version,
  bytes: Buffer.from(text),
});
const versions = async (cache: VersionedCache, ...keys: string[]) =>
  (await cache.read(keys)).map((value) => value?.version ?? null);

export function versionedCacheContract(name: string, open: () => Promise<VersionedCacheBench>): void {
  describe(`${name} as a versioned cache`, () => {
    let bench: VersionedCacheBench;
    let cache: VersionedCache;
    beforeEach(async () => {
      bench = await open();
      cache = bench.cache;
    });
    afterEach(() => bench.close());

    it('returns what was written, and null for other keys', async () => {
      await cache.write([entry('a', 1, 'hello')], LONG);
      expect(await cache.read(['a', 'b'])).toEqual([{ version: 1, bytes: Buffer.from('hello') }, null]);
    });

    it('answers in the order of the keys, as often as they are asked for', async () => {
      await cache.write([entry('c', 3), entry('a', 1), entry('b', 2)], LONG);
      expect(await versions(cache, 'b', 'x', 'a', 'c', 'b')).toEqual([2, null, 1, 3, 2]);
      expect(await cache.read([])).toEqual([]);
    });

    it('leaves out the bytes of what its reader has, and gives what is newer whole', async () => {
      await cache.write([entry('a', 5), entry('b', 6), entry('c', 7)], LONG);
      const large = Number.MAX_SAFE_INTEGER;
      const found = await cache.read(['a', 'b', 'c', 'x', 'a'], [5, 5, undefined, 3, large]);
      expect(found.map((value) => value && (value.bytes?.toString() ?? 'known'))).toEqual([
        'known',
        'b@6',
        'c@7',
        null,
        'known',
      ]);
      expect(found[1]?.version).toBe(6);
      await bench.flush();
      expect(await cache.read(['a'], [5])).toEqual([null]);
    });

    it('replaces by newer versions only', async () => {
      await cache.write([entry('a', 5, 'first')], LONG);
      await cache.write([entry('a', 4, 'older')], LONG);
      await cache.write([entry('a', 5, 'equal')], LONG);
      expect(await cache.read(['a'])).toEqual([{ version: 5, bytes: Buffer.from('first') }]);
      await cache.write([entry('a', 6, 'newer')], LONG);
      expect(await cache.read(['a'])).toEqual([{ version: 6, bytes: Buffer.from('newer') }]);
    });

    it('compares each entry of one write by itself', async () => {
      await cache.write([entry('a', 1), entry('b', 9)], LONG);
      await cache.write([entry('a', 2), entry('b', 8), entry('c', 1), entry('c', 3), entry('c', 2)], LONG);
      expect(await versions(cache, 'a', 'b', 'c')).toEqual([2, 9, 3]);
    });

    it('compares versions as numbers, large ones too', async () => {
      const large = Number.MAX_SAFE_INTEGER;
      await cache.write([entry('a', 9), entry('b', large - 1)], LONG);
      await cache.write([entry('a', 10), entry('b', large)], LONG);
      expect(await versions(cache, 'a', 'b')).toEqual([10, large]);
      await cache.write([entry('a', 9), entry('b', large - 1)], LONG);
      expect(await versions(cache, 'a', 'b')).toEqual([10, large]);
    });

    it('preserves every byte', async () => {
      const bytes = Buffer.from(Array.from({ length: 1_024 }, (_, i) => (i * 7) % 256));
      await cache.write(
        [
          { key: 'a', version: 1, bytes },
          { key: 'b', version: 1, bytes: Buffer.alloc(0) },
        ],
        LONG,
      );
      const [a, b] = await cache.read(['a', 'b']);
      expect(a?.bytes?.equals(bytes)).toBe(true);
      expect(b?.bytes?.length).toBe(0);
    });

    it('stores a copy of what was written', async () => {
      const written = entry('a', 1, 'hello');
      await cache.write([written], LONG);
      written.bytes.fill(0);
      expect((await cache.read(['a']))[0]?.bytes?.toString()).toBe('hello');
    });

    it('forgets an entry after its ttl, whatever its version was', async () => {
      await cache.write([entry('short', 7)], 10_000);
      await cache.write([entry('long', 7)], LONG);
      await bench.pass(10_000);
      expect(await versions(cache, 'short', 'long')).toEqual([null, 7]);
      await cache.write([entry('short', 1)], LONG);
      expect(await versions(cache, 'short')).toEqual([1]);
    });

    it('ends with the newest version, however writers cross', async () => {
      const order = Array.from({ length: 200 }, (_, i) => ((i * 73) % 200) + 1);
      await Promise.all(
        order.map((version, i) =>
          (i % 2 ? cache : bench.other).write([entry('a', version), entry('b', version)], LONG),
        ),
      );
      expect(await versions(cache, 'a', 'b')).toEqual([200, 200]);
      expect((await bench.other.read(['a']))[0]?.bytes?.toString()).toBe('a@200');
    });

    it('misses after a flush, and takes values again', async () => {
      await cache.write([entry('a', 3)], LONG);
      await bench.flush();
      expect(await versions(cache, 'a')).toEqual([null]);
      await cache.write([entry('a', 3)], LONG);
      expect(await versions(cache, 'a')).toEqual([3]);
    });

    it('gives readers no value that belongs to another key, nor one of an older version of the code', async () => {
      const { topics } = createMemoryCache({ clock: { now: () => 0 }, maxEntries: 1 });
      const loaded: string[][] = [];
      const load = async (keys: string[]) => {
        loaded.push(keys);
        return keys.map((key) => entry(key, 1));
      };
      const base = { topics, ttl: LONG, metrics: createMetrics(), log: createLog('silent') };
      const readers = createReadThrough({ ...base, cache, load });
      await readers.publish([entry('busy:a', 8), entry('busy:b', 9)]);
      const [, other] = await cache.read(['busy:a', 'busy:b']);
      if (other?.bytes)
        await cache.write([{ key: 'busy:a', version: other.version, bytes: other.bytes }], LONG);
      await cache.write([entry('busy:old', 9)], LONG);
      const found = await readers.read(['busy:a', 'busy:b', 'busy:old']);
      const texts = [...found].map(([key, { version, bytes }]) => [key, version, bytes?.toString()]);
      expect(texts.sort()).toEqual([
        ['busy:a', 1, 'busy:a@1'],
        ['busy:b', 9, 'busy:b@9'],
        ['busy:old', 1, 'busy:old@1'],
      ]);
      expect(loaded).toEqual([['busy:a', 'busy:old']]);
    });

    it('closes twice without an error, and refuses from then on', async () => {
      await cache.close();
      await cache.close();
      await expect(cache.read(['a'])).rejects.toThrow();
      await expect(cache.write([entry('a', 1)], LONG)).rejects.toThrow();
    });
  });
}
