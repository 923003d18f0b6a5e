/** The contract of every RecentSlotSets. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RECENT_SLOT_SETS, type RecentSlotSets, SEVERAL_FACTS } from '../../src/cache/port.ts';

export interface RecentBench {
  recent: RecentSlotSets;
  /** The same slot sets in another process. */
  other: RecentSlotSets;
  /** Lets this many milliseconds pass. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

const etags = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `etag ${from + i}`);

export function recentContract(name: string, open: () => Promise<RecentBench>): void {
  describe(`${name} as recent slot sets`, () => {
    let bench: RecentBench;
    let recent: RecentSlotSets;
    beforeEach(async () => {
      bench = await open();
      recent = bench.recent;
    });
    afterEach(() => bench.close());

    const keepAll = async (question: string, given: string[]) => {
      for (const etag of given) await recent.save(question, etag, Buffer.from(etag), 'facts');
    };
    const known = async (question: string, given: string[]) => {
      const found = await Promise.all(given.map((etag) => recent.find(question, etag)));
      return given.filter((_, i) => found[i]);
    };

    it('find what any process saved, byte for byte', async () => {
      const bytes = Buffer.from(Array.from({ length: 1_024 }, (_, i) => (i * 7) % 256));
      await recent.save('q', 'a', bytes, 'facts');
      await recent.save('q', 'empty', Buffer.alloc(0), 'facts');
      for (const each of [recent, bench.other]) {
        expect((await each.find('q', 'a'))?.equals(bytes)).toBe(true);
        expect(await each.find('q', 'empty')).toEqual(Buffer.alloc(0));
      }
    });

    it('find nothing else', async () => {
      await recent.save('q', 'a', Buffer.from('a'), 'facts');
      expect(await recent.find('q', 'b')).toBeNull();
      expect(await recent.find('Q', 'a')).toBeNull();
      expect(await recent.find('', '')).toBeNull();
    });

    it('take any query key and any etag', async () => {
      for (const odd of ['', 'order', '{"host": "ü"}', 'a\nb\0c', '{x}', '0', 'ß'.repeat(300)]) {
        await recent.save(odd, odd, Buffer.from(odd), 'facts');
        await recent.save(odd, 'other', Buffer.from('other'), 'facts');
        expect((await recent.find(odd, odd))?.toString()).toBe(odd);
      }
    });

    it('save a copy of the bytes', async () => {
      const bytes = Buffer.from('hello');
      await recent.save('q', 'a', bytes, 'facts');
      bytes.fill(0);
      expect((await recent.find('q', 'a'))?.toString()).toBe('hello');
    });

    it('keep the last sets of each query, whatever other queries have', async () => {
      await keepAll('one', etags(3));
      await keepAll('two', etags(RECENT_SLOT_SETS.most + 2));
      expect(await known('two', etags(RECENT_SLOT_SETS.most + 2))).toEqual(etags(RECENT_SLOT_SETS.most, 2));
      expect(await known('one', etags(3))).toEqual(etags(3));
    });

    it('hold a set that is saved again once, as the youngest', async () => {
      await keepAll('q', etags(RECENT_SLOT_SETS.most));
      await Promise.all(
        [recent, bench.other, recent].map((each) => each.save('q', 'etag 0', Buffer.from('etag 0'), 'facts')),
      );
      await keepAll('q', ['new']);
      const expected = ['etag 0', ...etags(RECENT_SLOT_SETS.most - 2, 2), 'new'];
      expect(await known('q', [...etags(RECENT_SLOT_SETS.most), 'new'])).toEqual(expected);
    });

    it("don't save a slot set over the bound", async () => {
      await recent.save('q', 'largest', Buffer.alloc(RECENT_SLOT_SETS.maxBytes, 1), 'facts');
      await recent.save('q', 'larger', Buffer.alloc(RECENT_SLOT_SETS.maxBytes + 1, 1), 'facts');
      expect((await recent.find('q', 'largest'))?.length).toBe(RECENT_SLOT_SETS.maxBytes);
      expect(await recent.find('q', 'larger')).toBeNull();
    });

    it('tell with which facts any process saved a set before', async () => {
      const save = (each: RecentSlotSets, etag: string, facts: string) =>
        each.save('q', etag, Buffer.from(etag), facts);
      expect(await save(recent, 'a', 'fresh')).toBeNull();
      expect(await save(bench.other, 'a', 'fresh')).toBe('fresh');
      expect(await save(recent, 'b', 'stale')).toBeNull();
      expect(await save(bench.other, 'a', 'stale')).toBe('fresh');
      for (const facts of ['fresh', 'stale', 'fresh'])
        expect(await save(recent, 'a', facts)).toBe(SEVERAL_FACTS);
      expect(await save(recent, 'b', 'stale')).toBe('stale');
      await keepAll('q', etags(RECENT_SLOT_SETS.most));
      expect(await save(recent, 'a', 'fresh')).toBeNull();
    });

    it('forget a query some time after its last save', async () => {
      await keepAll('q', ['a']);
      await bench.pass(RECENT_SLOT_SETS.ttl - 60_000);
      await keepAll('q', ['b']);
      await bench.pass(RECENT_SLOT_SETS.ttl - 60_000);
      expect(await known('q', ['a', 'b'])).toEqual(['a', 'b']);
      await bench.pass(60_000);
      expect(await known('q', ['a', 'b'])).toEqual([]);
      await keepAll('q', ['c']);
      expect(await known('q', ['a', 'b', 'c'])).toEqual(['c']);
    });
  });
}
