import { describe, expect, it } from 'vitest';
import type { Invalidation, InvalidationListener } from '../../../src/cache/port.ts';
import { type AnswerTable, createAnswerTable, type SharedAnswer } from '../../../src/http/answers/table.ts';

/** A table with clocks and topics of the test's hand. */
function setUp({ bytesMax }: { bytesMax?: number } = {}) {
  const listeners = new Set<InvalidationListener>();
  const time = { now: 1_000_000, age: 0 };
  const table = createAnswerTable({
    topics: {
      subscribe(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    clock: { now: () => time.now },
    ageClock: { now: () => time.age },
    ...(bytesMax === undefined ? {} : { bytesMax }),
  });
  const each = (call: (listener: InvalidationListener) => void) => {
    for (const listener of listeners) call(listener);
  };
  return {
    table,
    time,
    listeners,
    pass(ms: number) {
      time.now += ms;
      time.age += ms;
    },
    arrives: (key: string) => each((listener) => listener.onInvalidation(invalidation(key))),
    isPublished: (key: string) => each((listener) => listener.onPublish?.(invalidation(key))),
    reconnects: () => each((listener) => listener.onReconnect()),
  };
}

const invalidation = (key: string): Invalidation => ({ key, version: 1 });

const answer = (
  text: string,
  { keys = ['busy:a'], computedAt = 1_000_000, changesAt = null as number | null } = {},
): SharedAnswer => ({
  bytes: Buffer.from(text),
  cost: 7,
  sources: { keys: new Set(keys), computedAt, changesAt, parts: [] },
  tag: null,
});

/** A computation that the test ends. */
function begin(table: AnswerTable, request = 'q') {
  const work = { end: (_answer: SharedAnswer | null) => {}, giveUp: () => {} };
  const done = table.compute(request, (giveUp) => {
    work.giveUp = giveUp;
    return new Promise((resolve) => {
      work.end = resolve;
    });
  });
  return { ...work, end: (found: SharedAnswer | null) => work.end(found), giveUp: () => work.giveUp(), done };
}

const keep = (table: AnswerTable, found: SharedAnswer, request = 'q') =>
  table.compute(request, async () => found);

describe('an answer', () => {
  it('is given again for a second from when its computation began', async () => {
    const { table, pass } = setUp();
    const computation = begin(table);
    pass(400);
    computation.end(answer('first', { computedAt: 1_000_400 }));
    await computation.done;
    pass(599);
    expect(table.find('q')?.bytes.toString()).toBe('first');
    expect(table.find('other')).toBeUndefined();
    pass(1);
    expect(table.find('q')).toBeUndefined();
  });

  it('is not given from the instant on at which time alone changes it', async () => {
    const { table, pass } = setUp();
    await keep(table, answer('first', { changesAt: 1_000_300 }));
    pass(299);
    expect(table.find('q')).toBeDefined();
    pass(1);
    expect(table.find('q')).toBeUndefined();
  });

  it('is not given once the clock was set, whichever way', async () => {
    for (const step of [5_000, -5_000]) {
      const { table, time } = setUp();
      await keep(table, answer('first'));
      time.now += step;
      expect(table.find('q')).toBeUndefined();
    }
  });

  it('is not given once something that it was made from changed, here or elsewhere', async () => {
    for (const how of ['arrives', 'isPublished'] as const) {
      const world = setUp();
      const { table } = world;
      const found = answer('first', { keys: ['busy:a', 'host:b'] });
      await keep(table, found);
      world[how]('busy:other');
      expect(table.holds('q', found)).toBe(true);
      world[how]('host:b');
      expect(table.holds('q', found)).toBe(false);
      expect(table.find('q')).toBeUndefined();
    }
  });

  it('is not given after the connection to the topics was lost, nor after an organisation was deleted', async () => {
    const { table, reconnects, arrives } = setUp();
    await keep(table, answer('first'));
    reconnects();
    expect(table.find('q')).toBeUndefined();
    await keep(table, answer('second'));
    arrives('organisation:o');
    expect(table.find('q')).toBeUndefined();
  });

  it('is not kept when something that it was made from changed while it was computed', async () => {
    for (const event of ['key', 'all'] as const) {
      const { table, arrives, reconnects } = setUp();
      const computation = begin(table);
      if (event === 'key') arrives('busy:a');
      else reconnects();
      computation.end(answer('overtaken'));
      expect((await computation.done)?.bytes.toString()).toBe('overtaken');
      expect(table.find('q')).toBeUndefined();
    }
  });

  it('is kept when something else changed while it was computed', async () => {
    const { table, arrives } = setUp();
    const computation = begin(table);
    arrives('busy:other');
    computation.end(answer('right'));
    await computation.done;
    expect(table.find('q')?.bytes.toString()).toBe('right');
  });
});

describe('a computation under way', () => {
  it('serves equal requests that come meanwhile', async () => {
    const { table } = setUp();
    const computation = begin(table);
    const shared = table.underWay('q');
    expect(table.underWay('other')).toBeUndefined();
    computation.end(answer('one'));
    expect((await shared)?.bytes.toString()).toBe('one');
    expect(table.underWay('q')).toBeUndefined();
  });

  it('serves nobody who comes after a change, or after a second', () => {
    const { table, arrives, pass } = setUp();
    begin(table);
    arrives('busy:other');
    expect(table.underWay('q')).toBeUndefined();
    begin(table);
    expect(table.underWay('q')).toBeDefined();
    pass(1_000);
    expect(table.underWay('q')).toBeUndefined();
  });

  it('tells those who wait when it fails, or turns out to be for one caller alone', async () => {
    const { table } = setUp();
    const failed = table.compute('q', () => Promise.reject(new Error('failed')));
    const shared = table.underWay('q');
    await expect(failed).rejects.toThrow('failed');
    expect(await shared).toBeNull();
    const computation = begin(table);
    const waiting = table.underWay('q');
    computation.giveUp();
    expect(await waiting).toBeNull();
    expect(table.underWay('q')).toBeUndefined();
    computation.end(null);
    await computation.done;
  });
});

describe('the table', () => {
  it('holds so many bytes, and the oldest answer makes room', async () => {
    const { table } = setUp({ bytesMax: 25_000 });
    for (const request of ['a', 'b', 'c']) await keep(table, answer('x'.repeat(10_000)), request);
    expect(['a', 'b', 'c'].map((request) => table.find(request) !== undefined)).toEqual([false, true, true]);
    await keep(table, answer('x'.repeat(2_000_000)), 'large');
    expect(table.find('large')).toBeUndefined();
  });

  it('listens no more once it is closed', async () => {
    const { table, listeners } = setUp();
    await keep(table, answer('first'));
    table.close();
    expect(listeners.size).toBe(0);
    expect(table.find('q')).toBeUndefined();
  });
});
