/** The contract of every Topics. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Invalidation, InvalidationListener, Topics } from '../../src/cache/port.ts';
import { eventually } from '../harness/eventually.ts';

export interface TopicsBench {
  topics: Topics;
  /** The same topics in another process. */
  other: Topics;
  close(): Promise<void>;
}

export interface RecordingListener extends InvalidationListener {
  received: Invalidation[];
  reconnects: number;
}

export function newListener(): RecordingListener {
  const listener: RecordingListener = {
    received: [],
    reconnects: 0,
    onInvalidation: (invalidation) => listener.received.push(invalidation),
    onReconnect: () => {
      listener.reconnects += 1;
    },
  };
  return listener;
}

const invalidation = (key: string, version: number): Invalidation => ({ key, version });

export function topicsContract(name: string, open: () => Promise<TopicsBench>): void {
  describe(`${name} as topics`, () => {
    let bench: TopicsBench;
    let topics: Topics;
    beforeEach(async () => {
      bench = await open();
      topics = bench.topics;
    });
    afterEach(() => bench.close());

    it("deliver invalidations in every process, the publisher's included, in order", async () => {
      const [here, there] = [newListener(), newListener()];
      topics.subscribe(here);
      bench.other.subscribe(there);
      const invalidations = [
        invalidation('busy:a', 1),
        invalidation('host:ü "b" c', Number.MAX_SAFE_INTEGER),
        invalidation('busy:a', 2),
      ];
      await topics.publish(invalidations);
      await bench.other.publish([invalidation('type:z', 3)]);
      const all = [...invalidations, invalidation('type:z', 3)];
      await eventually(() => {
        for (const listener of [here, there]) expect(listener.received).toEqual(expect.arrayContaining(all));
      });
      for (const listener of [here, there])
        expect(listener.received.filter(({ key }) => key !== 'type:z')).toEqual(invalidations);
    });

    it("deliver never inside the publisher's call", () => {
      const listener = newListener();
      topics.subscribe(listener);
      const published = topics.publish([invalidation('a', 1)]);
      expect(listener.received).toEqual([]);
      return published;
    });

    it("tell the publisher's own process before anything else, and no other", async () => {
      const published: Invalidation[] = [];
      const listener = newListener();
      topics.subscribe({ ...listener, onPublish: (invalidation) => published.push(invalidation) });
      bench.other.subscribe({
        ...listener,
        onPublish: () => expect.fail('called in a process that publishes nothing'),
      });
      const done = topics.publish([invalidation('a', 1), invalidation('b', 2)]);
      expect(published).toEqual([invalidation('a', 1), invalidation('b', 2)]);
      await done;
    });

    it('deliver to each listener until it unsubscribes', async () => {
      const [stays, leaves] = [newListener(), newListener()];
      topics.subscribe(stays);
      const leave = topics.subscribe(leaves);
      topics.subscribe(stays);
      await topics.publish([invalidation('a', 1)]);
      await eventually(() => expect(stays.received).toHaveLength(2));
      expect(leaves.received).toHaveLength(1);
      leave();
      leave();
      await topics.publish([invalidation('a', 2)]);
      await eventually(() => expect(stays.received).toHaveLength(4));
      expect(leaves.received).toHaveLength(1);
    });

    it("don't let a listener that throws keep an invalidation from the others", async () => {
      const listener = newListener();
      const fail = () => {
        throw new Error('a listener that throws');
      };
      topics.subscribe({ onInvalidation: fail, onReconnect: fail });
      topics.subscribe(listener);
      await topics.publish([invalidation('a', 1), invalidation('b', 1)]);
      await eventually(() => expect(listener.received).toHaveLength(2));
    });

    it('take no invalidations, and a thousand', async () => {
      const listener = newListener();
      topics.subscribe(listener);
      await topics.publish([]);
      const invalidations = Array.from({ length: 1_000 }, (_, i) => invalidation(`busy:${i}`, i));
      await topics.publish(invalidations);
      await eventually(() => expect(listener.received).toHaveLength(1_000));
      expect(listener.received).toEqual(invalidations);
    });

    it('close twice without an error, and refuse from then on', async () => {
      const listener = newListener();
      topics.subscribe(listener);
      await topics.close();
      await topics.close();
      await expect(topics.publish([invalidation('a', 1)])).rejects.toThrow();
      expect(listener.received).toEqual([]);
    });
  });
}
