/** What every Topics promises. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Invalidation, InvalidationListener, Topics } from '../../src/cache/port.ts';
import { eventually } from '../harness/eventually.ts';

export interface TopicsBench {
  topics: Topics;
  /** The same topics as another process holds them. */
  other: Topics;
  close(): Promise<void>;
}

export interface Ear extends InvalidationListener {
  heard: Invalidation[];
  reconnects: number;
}

export function newEar(): Ear {
  const ear: Ear = {
    heard: [],
    reconnects: 0,
    onInvalidation: (bell) => ear.heard.push(bell),
    onReconnect: () => {
      ear.reconnects += 1;
    },
  };
  return ear;
}

const bell = (key: string, version: number): Invalidation => ({ key, version });

export function topicsContract(name: string, open: () => Promise<TopicsBench>): void {
  describe(`${name} as topics`, () => {
    let bench: TopicsBench;
    let topics: Topics;
    beforeEach(async () => {
      bench = await open();
      topics = bench.topics;
    });
    afterEach(() => bench.close());

    it('rings in every process, the own included, in order', async () => {
      const [here, there] = [newEar(), newEar()];
      topics.subscribe(here);
      bench.other.subscribe(there);
      const bells = [bell('busy:a', 1), bell('host:ü "b" c', Number.MAX_SAFE_INTEGER), bell('busy:a', 2)];
      await topics.publish(bells);
      await bench.other.publish([bell('type:z', 3)]);
      const all = [...bells, bell('type:z', 3)];
      await eventually(() => {
        for (const ear of [here, there]) expect(ear.heard).toEqual(expect.arrayContaining(all));
      });
      for (const ear of [here, there]) expect(ear.heard.filter(({ key }) => key !== 'type:z')).toEqual(bells);
    });

    it('never rings inside the call', () => {
      const ear = newEar();
      topics.subscribe(ear);
      const rung = topics.publish([bell('a', 1)]);
      expect(ear.heard).toEqual([]);
      return rung;
    });

    it('rings for every listener until each leaves', async () => {
      const [stays, leaves] = [newEar(), newEar()];
      topics.subscribe(stays);
      const leave = topics.subscribe(leaves);
      topics.subscribe(stays);
      await topics.publish([bell('a', 1)]);
      await eventually(() => expect(stays.heard).toHaveLength(2));
      expect(leaves.heard).toHaveLength(1);
      leave();
      leave();
      await topics.publish([bell('a', 2)]);
      await eventually(() => expect(stays.heard).toHaveLength(4));
      expect(leaves.heard).toHaveLength(1);
    });

    it('lets no listener keep a bell from another', async () => {
      const ear = newEar();
      const fail = () => {
        throw new Error('deaf');
      };
      topics.subscribe({ onInvalidation: fail, onReconnect: fail });
      topics.subscribe(ear);
      await topics.publish([bell('a', 1), bell('b', 1)]);
      await eventually(() => expect(ear.heard).toHaveLength(2));
    });

    it('takes no bells, and a thousand', async () => {
      const ear = newEar();
      topics.subscribe(ear);
      await topics.publish([]);
      const bells = Array.from({ length: 1_000 }, (_, i) => bell(`busy:${i}`, i));
      await topics.publish(bells);
      await eventually(() => expect(ear.heard).toHaveLength(1_000));
      expect(ear.heard).toEqual(bells);
    });

    it('closes twice without a word, and refuses from then on', async () => {
      const ear = newEar();
      topics.subscribe(ear);
      await topics.close();
      await topics.close();
      await expect(topics.publish([bell('a', 1)])).rejects.toThrow();
      expect(ear.heard).toEqual([]);
    });
  });
}
