import { describe, expect, it, vi } from 'vitest';
import { createMemoryCache } from '../../src/cache/memory/cache.ts';
import { withOwnKey } from '../../src/cache/own-key.ts';
import {
  type Invalidation,
  MixedUpReply,
  type Topics,
  type VersionedCache,
  type VersionedEntry,
} from '../../src/cache/port.ts';
import { createReadThrough, type ReadThroughDeps } from '../../src/cache/read-through.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { eventually } from '../harness/eventually.ts';

const TTL = 1_000;
const entry = (key: string, version = 1): VersionedEntry => ({
  key,
  version,
  bytes: Buffer.from(`${key}@${version}`),
});

/** As a reader finds it in the cache. */
const keyed = (key: string, version: number, owner = key): VersionedEntry => ({
  key,
  version,
  bytes: withOwnKey(owner, entry(owner, version).bytes),
});

/** A store of versions whose loads wait while it is held. */
function openStore(versions: Record<string, number>) {
  const store = {
    versions,
    loads: [] as string[][],
    held: Promise.resolve(),
    async load(keys: string[]) {
      store.loads.push(keys);
      const entries = keys.flatMap((key) => {
        const version = store.versions[key];
        return version === undefined ? [] : [entry(key, version)];
      });
      await store.held;
      return entries;
    },
    /** @returns lets the loads go on. */
    hold() {
      let release = () => {};
      store.held = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
  };
  return store;
}

function open(versions: Record<string, number> = {}, over: Partial<ReadThroughDeps> = {}) {
  const memory = createMemoryCache({ clock: { now: () => 0 }, maxEntries: 1_000 });
  const store = openStore(versions);
  const metrics = createMetrics();
  const log = createLog('silent');
  const deps = {
    cache: memory.cache,
    topics: memory.topics,
    load: store.load,
    ttl: TTL,
    metrics,
    log,
    ...over,
  };
  const through = createReadThrough(deps);
  const versionsOf = async (...keys: string[]) =>
    Object.fromEntries([...(await through.read(keys))].map(([key, { version }]) => [key, version]));
  const counted = async () =>
    Object.fromEntries(
      (await metrics.cacheReads.get()).values.map(({ labels, value }) => [labels.result, value]),
    );
  const mixUps = async () => (await metrics.cacheMixUps.get()).values[0]?.value;
  return { ...memory, store, log, through, versionsOf, counted, mixUps };
}

/** A cache that can become unreachable. */
function breakable(cache: VersionedCache) {
  const fake = {
    away: true,
    reads: 0,
    writes: 0,
    async read(keys: readonly string[]) {
      fake.reads += 1;
      if (fake.away) throw new Error('away');
      return cache.read(keys);
    },
    async write(entries: readonly VersionedEntry[], ttl: number) {
      fake.writes += 1;
      if (fake.away) throw new Error('away');
      return cache.write(entries, ttl);
    },
    close: cache.close,
  };
  return fake;
}

const memoryEntries = () => createMemoryCache({ clock: { now: () => 0 }, maxEntries: 1_000 }).cache;

describe('reading through', () => {
  it('reads from the cache, loads the missing keys in one query and leaves out unknown keys', async () => {
    const { cache, store, versionsOf, counted } = open({ a: 1, b: 2, c: 3 });
    await cache.write([keyed('a', 7)], TTL);
    expect(await versionsOf('a', 'b', 'c', 'x', 'b')).toEqual({ a: 7, b: 2, c: 3 });
    expect(store.loads).toEqual([['b', 'c', 'x']]);
    expect(await counted()).toEqual({ hit: 1, miss: 3 });
  });

  it('asks neither cache nor store for no keys', async () => {
    const { store, versionsOf, counted } = open();
    expect(await versionsOf()).toEqual({});
    expect(store.loads).toEqual([]);
    expect(await counted()).toEqual({});
  });

  it('fills the cache with loaded values for the next reader', async () => {
    const { store, versionsOf, cache } = open({ a: 1 });
    await versionsOf('a');
    await eventually(async () => expect((await cache.read(['a']))[0]?.version).toBe(1));
    expect(await versionsOf('a')).toEqual({ a: 1 });
    expect(store.loads).toHaveLength(1);
  });

  it('does not make readers wait until the cache is filled', async () => {
    const cache: VersionedCache = { ...memoryEntries(), write: () => new Promise(() => {}) };
    const { versionsOf } = open({ a: 1 }, { cache });
    expect(await versionsOf('a')).toEqual({ a: 1 });
  });

  it('counts a value of another format as a miss', async () => {
    const { cache, versionsOf } = open({ a: 2, b: 2 }, { isCurrentFormat: (key) => key !== 'a' });
    await cache.write([keyed('a', 1), keyed('b', 1)], TTL);
    expect(await versionsOf('a', 'b')).toEqual({ a: 2, b: 1 });
  });

  it("counts another key's value as a miss, whatever its version, and reports that once", async () => {
    const { cache, store, log, through, mixUps, counted } = open({ a: 1, b: 2 });
    const reported = vi.spyOn(log, 'error');
    await cache.write([keyed('a', 900, 'b'), keyed('b', 2)], TTL);
    for (let i = 0; i < 2; i++) {
      const found = await through.read(['a', 'b']);
      expect(found.get('a')).toEqual({ version: 1, bytes: Buffer.from('a@1') });
      expect(found.get('b')).toEqual({ version: 2, bytes: Buffer.from('b@2') });
    }
    expect(store.loads).toEqual([['a'], ['a']]);
    expect(await counted()).toEqual({ hit: 2, miss: 2 });
    expect(await mixUps()).toBe(2);
    expect(reported.mock.calls.map(([fields]) => fields)).toEqual([{ key: 'a' }]);
  });

  it('gives no reader the time of another calendar when a connection mixes up its answers', async () => {
    const inner = memoryEntries();
    await inner.write([keyed('a', 1), keyed('b', 2), keyed('c', 3)], TTL);
    // The answer to a command is that to the command before it.
    let last: Awaited<ReturnType<VersionedCache['read']>> = [];
    const cache: VersionedCache = {
      ...inner,
      async read(keys) {
        const previous = last;
        last = await inner.read(keys);
        return previous;
      },
    };
    const { through } = open({ a: 1, b: 2, c: 3 }, { cache });
    for (const key of ['a', 'b', 'c', 'b', 'a']) {
      expect((await through.read([key])).get(key)?.bytes?.toString()).toBe(
        `${key}@${{ a: 1, b: 2, c: 3 }[key]}`,
      );
    }
  });

  it('takes nothing from the answer to another question, and goes on asking the cache', async () => {
    let reads = 0;
    const cache: VersionedCache = {
      ...memoryEntries(),
      async read(keys) {
        reads += 1;
        if (reads === 1) throw new MixedUpReply('another question');
        return keys.map(() => ({ version: 9, bytes: null }));
      },
    };
    const { through, versionsOf, log, mixUps } = open({ a: 1 }, { cache });
    const warned = vi.spyOn(log, 'warn');
    expect(await versionsOf('a')).toEqual({ a: 1 });
    expect(await mixUps()).toBe(1);
    expect(await through.read(['a'], () => 9)).toEqual(new Map([['a', { version: 9, bytes: null }]]));
    expect(warned).not.toHaveBeenCalled();
  });

  it('passes on what its reader has, by key', async () => {
    const memory = memoryEntries();
    await memory.write([keyed('a', 3), keyed('b', 4)], TTL);
    const { through } = open({}, { cache: memory });
    const found = await through.read(['b', 'a', 'b'], (key) => (key === 'a' ? 3 : undefined));
    expect([...found].map(([key, { bytes }]) => [key, bytes?.toString() ?? null])).toEqual([
      ['b', 'b@4'],
      ['a', null],
    ]);
  });
});

describe('read-through: sharing loads', () => {
  it('loads a key once for all readers who ask before the load starts', async () => {
    const { store, versionsOf } = open({ a: 1, b: 1, c: 1 });
    const answers = await Promise.all([
      versionsOf('a', 'b'),
      versionsOf('b', 'c'),
      versionsOf('a', 'b', 'c'),
    ]);
    expect(answers).toEqual([
      { a: 1, b: 1 },
      { b: 1, c: 1 },
      { a: 1, b: 1, c: 1 },
    ]);
    expect(store.loads.flat().sort()).toEqual(['a', 'b', 'c']);
  });

  it('gives no reader a value that was loaded before it asked, and loads once more for all of them', async () => {
    const { store, versionsOf } = open({ a: 1 }, { cache: breakable(memoryEntries()) });
    const release = store.hold();
    const first = versionsOf('a');
    await eventually(() => expect(store.loads).toHaveLength(1));
    store.versions.a = 2;
    const later = [versionsOf('a'), versionsOf('a'), versionsOf('a')];
    await new Promise((resolve) => setImmediate(resolve));
    expect(store.loads).toHaveLength(1);
    release();
    expect(await first).toEqual({ a: 1 });
    expect(await Promise.all(later)).toEqual([{ a: 2 }, { a: 2 }, { a: 2 }]);
    expect(store.loads).toEqual([['a'], ['a']]);
  });

  it('rejects all readers who share a load that fails, and loads again for the next reader', async () => {
    let faults = 1;
    const { versionsOf } = open(
      {},
      {
        load: async (keys) => {
          if (faults-- > 0) throw new Error('store away');
          return keys.map((key) => entry(key));
        },
      },
    );
    const both = await Promise.allSettled([versionsOf('a'), versionsOf('a')]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await versionsOf('a')).toEqual({ a: 1 });
  });
});

describe('read-through without the cache', () => {
  it('answers from the store and logs the outage once', async () => {
    const cache = breakable(memoryEntries());
    const { store, versionsOf, log } = open({ a: 1, b: 2 }, { cache });
    const [warned, informed] = [vi.spyOn(log, 'warn'), vi.spyOn(log, 'info')];
    expect(await versionsOf('a', 'b', 'x')).toEqual({ a: 1, b: 2 });
    expect(await versionsOf('a')).toEqual({ a: 1 });
    expect(store.loads).toEqual([['a', 'b', 'x'], ['a']]);
    expect(cache.writes).toBe(0);
    expect(warned).toHaveBeenCalledTimes(1);
    cache.away = false;
    await versionsOf('a');
    expect(cache.writes).toBe(1);
    expect(informed).toHaveBeenCalledTimes(1);
  });

  it('still reads a cache that takes no writes', async () => {
    const inner = memoryEntries();
    const cache: VersionedCache = { ...inner, write: () => Promise.reject(new Error('full')) };
    const { versionsOf, log } = open({ a: 1 }, { cache });
    const warned = vi.spyOn(log, 'warn');
    await inner.write([keyed('b', 5)], TTL);
    expect(await versionsOf('a', 'b')).toEqual({ a: 1, b: 5 });
    expect(await versionsOf('a', 'b')).toEqual({ a: 1, b: 5 });
    await eventually(() => expect(warned).toHaveBeenCalledTimes(1));
  });
});

describe('read-through: publishing', () => {
  const refuse = () => Promise.reject(new Error('away'));

  it('has the new value in the cache when the invalidation arrives', async () => {
    const { through, topics, cache } = open();
    const heard: Promise<unknown>[] = [];
    topics.subscribe({
      onInvalidation: ({ key, version }) => {
        heard.push(cache.read([key]).then(([value]) => [key, version, value?.version]));
      },
      onReconnect: () => {},
    });
    await through.publish([entry('a', 4), entry('b', 2)]);
    await eventually(() => expect(heard).toHaveLength(2));
    expect(await Promise.all(heard)).toEqual([
      ['a', 4, 4],
      ['b', 2, 2],
    ]);
  });

  it('publishes the invalidation even when the cache write fails, and rejects', async () => {
    const published: Invalidation[] = [];
    const topics: Topics = {
      publish: async (invalidations) => void published.push(...invalidations),
      subscribe: () => () => {},
      close: async () => {},
    };
    const { through } = open({}, { cache: { ...memoryEntries(), write: refuse }, topics });
    await expect(through.publish([entry('a', 4)])).rejects.toThrow('away');
    expect(published).toEqual([{ key: 'a', version: 4 }]);
  });

  it('writes the cache even when the invalidation fails, and rejects', async () => {
    const topics: Topics = { publish: refuse, subscribe: () => () => {}, close: async () => {} };
    const { through, cache } = open({}, { topics });
    await expect(through.publish([entry('a', 4)])).rejects.toThrow('away');
    expect((await cache.read(['a']))[0]?.version).toBe(4);
  });

  it('is seen by every later reader, even while an older load is under way', async () => {
    const { through, store, versionsOf } = open({ a: 1 });
    const release = store.hold();
    const early = versionsOf('a');
    await eventually(() => expect(store.loads).toHaveLength(1));
    store.versions.a = 2;
    await through.publish([entry('a', 2)]);
    expect(await versionsOf('a')).toEqual({ a: 2 });
    release();
    await early;
    expect(await versionsOf('a')).toEqual({ a: 2 });
  });
});
