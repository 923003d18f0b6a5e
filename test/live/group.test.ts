import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { notFound } from '../../src/errors.ts';
import { createGroup } from '../../src/live/group.ts';
import { createLog } from '../../src/log.ts';
import type { Availability } from '../../src/offers/availability.ts';
import { answerOf, deferred, NOW, type Said } from './stage.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A group whose every answer the test gives. */
function open() {
  const runs: ReturnType<typeof deferred<Availability>>[] = [];
  const logged: string[] = [];
  const group = createGroup({
    compute() {
      const run = deferred<Availability>();
      runs.push(run);
      return run.promise;
    },
    emptied: (last) => ({ ...last, ...answerOf({ starts: [], etag: 'gone' }, Date.now()) }),
    clock: { now: () => Date.now() },
    log: createLog('warn', { write: (line) => void logged.push(line) }),
  });
  const answer = async (said: Said) => {
    runs.at(-1)?.resolve(answerOf(said, Date.now()));
    await vi.advanceTimersByTimeAsync(0);
  };
  const fail = async (error = new Error('no database')) => {
    runs.at(-1)?.reject(error);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { group, runs, logged, answer, fail };
}

/** With a first answer. */
async function opened(said: Said = { starts: [1] }) {
  const world = open();
  const first = world.group.current();
  await world.answer(said);
  return { ...world, first: await first };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const forever = new AbortController().signal;

describe('the present answer', () => {
  it('is computed once more for all who come while it is made', async () => {
    const { group, runs, answer } = open();
    const all = Promise.all([group.current(), group.current(), group.current()]);
    expect(group.answered()).toBe(false);
    await answer({ starts: [1] });
    await answer({ starts: [2] });
    expect((await all).map(({ etag }) => etag)).toEqual(['1/1', '2/1', '2/1']);
    await pass(60_000);
    expect(runs).toHaveLength(2);
    expect(group.answered()).toBe(true);
  });

  it('is never older than the call: a bell may be under way', async () => {
    const { group, runs, answer } = await opened();
    const later = group.current();
    await answer({ starts: [2] });
    expect((await later).etag).toBe('2/1');
    expect(runs).toHaveLength(2);
  });

  it('is the last one there was when no other can be made', async () => {
    const { group, first, fail } = await opened();
    await pass(5_000);
    const later = group.current();
    await fail();
    expect(await later).toBe(first);
  });

  it('that never was is refused to all who wait, and can be asked for again', async () => {
    const { group, runs, fail, answer } = open();
    const both = Promise.allSettled([group.current(), group.current()]);
    await fail();
    await fail();
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await pass(60_000);
    expect(runs).toHaveLength(2);
    const again = group.current();
    await answer({ starts: [1] });
    expect((await again).etag).toBe('1/1');
  });

  it('comes from a making that began after it was asked for', async () => {
    const { group, runs, answer } = await opened();
    group.ring('busy:cal_1');
    await pass(25);
    const renewed = Promise.all([group.current(), group.current()]);
    await answer({ starts: [2] });
    expect(runs).toHaveLength(3);
    await answer({ starts: [3] });
    expect((await renewed).map(({ etag }) => etag)).toEqual(['3/1', '3/1']);
  });

  it('comes though the making before it fails', async () => {
    const { group, answer, fail } = await opened();
    group.ring();
    await pass(25);
    const renewed = group.current();
    await fail();
    await answer({ starts: [2] });
    expect((await renewed).etag).toBe('2/1');
  });
});

describe('a bell', () => {
  it('leads to one computation, however many ring at once', async () => {
    const { group, runs, answer } = await opened();
    for (let i = 0; i < 100; i++) group.ring('busy:cal_1');
    await pass(24);
    expect(runs).toHaveLength(1);
    await pass(1);
    expect(runs).toHaveLength(2);
    await answer({ starts: [2] });
    await pass(60_000);
    expect(runs).toHaveLength(2);
  });

  it('for something else leads to none', async () => {
    const { group, runs } = await opened();
    group.ring('busy:cal_9');
    await pass(1_000);
    expect(runs).toHaveLength(1);
  });

  it('without a key means all', async () => {
    const { group, runs } = await opened();
    group.ring();
    await pass(25);
    expect(runs).toHaveLength(2);
  });

  it('that rings during a computation leads to another one', async () => {
    const { group, runs, answer } = await opened();
    group.ring('busy:cal_1');
    await pass(25);
    group.ring('busy:cal_1');
    await answer({ starts: [2] });
    await pass(25);
    expect(runs).toHaveLength(3);
  });

  it('that rings during a computation counts by the keys of its answer, not of the one before', async () => {
    const { group, runs, answer } = await opened({ starts: [1], keys: ['host:h', 'busy:cal_1'] });
    group.ring('host:h');
    await pass(25);
    // The host has got a second calendar, read already, and that changes now.
    group.ring('busy:cal_2');
    await answer({ starts: [2], keys: ['host:h', 'busy:cal_1', 'busy:cal_2'] });
    await pass(25);
    expect(runs).toHaveLength(3);
    // And the first one, which counts no more.
    group.ring('busy:cal_1');
    await answer({ starts: [3], keys: ['host:h', 'busy:cal_2'] });
    await pass(60_000);
    expect(runs).toHaveLength(3);
  });

  it('that rings during the first computation is heard', async () => {
    const { group, runs, answer } = open();
    const first = group.current();
    group.ring('busy:cal_1');
    await answer({ starts: [1] });
    await first;
    await pass(25);
    expect(runs).toHaveLength(2);
  });

  it('is not lost when the computation that it rang in fails', async () => {
    const { group, runs, answer, fail } = await opened();
    await pass(2_000);
    const comer = group.current();
    group.ring('busy:cal_1');
    await fail();
    const news = group.after(await comer, forever);
    await pass(250);
    expect(runs).toHaveLength(3);
    await answer({ starts: [2] });
    expect((await news)?.etag).toBe('2/1');
  });
});

describe('a computation that fails', () => {
  it('is tried again, more and more seldom, with a warning each time, until one succeeds', async () => {
    const { group, runs, logged, answer, fail } = await opened();
    group.ring();
    await pass(25);
    for (const [i, wait] of [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000].entries()) {
      await fail();
      expect(logged).toHaveLength(i + 1);
      await pass(wait - 1);
      expect(runs).toHaveLength(i + 2);
      await pass(1);
      expect(runs).toHaveLength(i + 3);
    }
    await answer({ starts: [2] });
    const done = runs.length;
    await pass(60_000);
    expect(runs).toHaveLength(done);
    group.ring();
    await pass(25);
    await fail();
    await pass(250);
    expect(runs).toHaveLength(done + 2);
  });

  it('when its time has come hurts nobody', async () => {
    const { runs, fail } = await opened({ starts: [1], changesAt: NOW + 1_000 });
    await pass(1_000);
    expect(runs).toHaveLength(2);
    // An unhandled rejection would fail the run.
    await fail();
    await pass(250);
    expect(runs).toHaveLength(3);
  });
});

describe('time', () => {
  it('is an event: an answer is made anew at the instant that it names', async () => {
    const { group, runs, first, answer } = await opened({ starts: [1], changesAt: NOW + 90_000 });
    await pass(89_999);
    expect(runs).toHaveLength(1);
    const next = group.after(first, forever);
    await pass(1);
    expect(runs).toHaveLength(2);
    await answer({ starts: [2] });
    expect((await next)?.etag).toBe('2/1');
    await pass(1_000_000);
    expect(runs).toHaveLength(2);
  });

  it('of an earlier answer no longer counts', async () => {
    const { group, runs, answer } = await opened({ starts: [1], changesAt: NOW + 1_000 });
    group.ring();
    await pass(25);
    await answer({ starts: [2], changesAt: NOW + 5_000 });
    await pass(4_000);
    expect(runs).toHaveLength(2);
    await pass(1_000);
    expect(runs).toHaveLength(3);
  });

  it('further off than a timer can sleep is no busy loop', async () => {
    const { runs } = await opened({ starts: [1], changesAt: NOW + 40 * 86_400_000 });
    await pass(86_400_000);
    expect(runs).toHaveLength(1);
  });
});

describe('a wait', () => {
  it('ends with the newest answer, for whoever has slept through many too', async () => {
    const { group, first, answer } = await opened();
    for (const start of [2, 3, 4]) {
      group.ring();
      await pass(25);
      await answer({ starts: [start] });
    }
    expect((await group.after(first, forever))?.etag).toBe('4/1');
  });

  it('ends when its signal says so, and leaves no listener behind', async () => {
    const { group, first } = await opened();
    const end = new AbortController();
    const [added, removed] = [
      vi.spyOn(end.signal, 'addEventListener'),
      vi.spyOn(end.signal, 'removeEventListener'),
    ];
    const wait = group.after(first, end.signal);
    end.abort();
    expect(await wait).toBeNull();
    expect(await group.after(first, end.signal)).toBeNull();
    expect(added).toHaveBeenCalledTimes(1);
    expect(removed).toHaveBeenCalledTimes(1);
  });

  it('that ends with an answer leaves no listener behind either', async () => {
    const { group, first, answer } = await opened();
    const end = new AbortController();
    const removed = vi.spyOn(end.signal, 'removeEventListener');
    const wait = group.after(first, end.signal);
    group.ring();
    await pass(25);
    await answer({ starts: [2] });
    expect((await wait)?.etag).toBe('2/1');
    expect(removed).toHaveBeenCalledTimes(1);
  });
});

describe('a closed group', () => {
  it('ends every wait, and leaves no timer', async () => {
    const { group, first } = await opened({ starts: [1], changesAt: NOW + 1_000 });
    const waits = [group.after(first, forever), group.after(first, forever)];
    group.ring();
    group.close();
    expect(await Promise.all(waits)).toEqual([null, null]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes the answer that is still on its way without another timer', async () => {
    const { group, runs, answer } = await opened();
    group.ring();
    await pass(25);
    group.ring();
    group.close();
    await answer({ starts: [2], changesAt: NOW + 1_000 });
    expect(vi.getTimerCount()).toBe(0);
    expect(runs).toHaveLength(2);
  });

  it('does not try again', async () => {
    const { group, logged, fail } = await opened();
    group.ring();
    await pass(25);
    group.close();
    await fail();
    expect(vi.getTimerCount()).toBe(0);
    expect(logged).toEqual([]);
  });
});

it('ends with an answer without slots when what it is about is gone', async () => {
  const { group, first, runs, logged, fail } = await opened();
  group.ring();
  await pass(25);
  await fail(notFound('event type', 'et_1'));
  const last = await group.after(first, forever);
  expect([last?.etag, last?.slots.starts.length]).toEqual(['gone', 0]);
  expect(await group.after(last ?? first, forever)).toBeNull();
  group.ring();
  await pass(60_000);
  expect([runs.length, vi.getTimerCount(), logged]).toEqual([2, 0, []]);
  // Who comes later is told why there is nothing.
  const late = group.current();
  await Promise.all([
    expect(late).rejects.toMatchObject({ code: 'NOT_FOUND' }),
    fail(notFound('event type', 'et_1')),
  ]);
});

it('remembers the last 32 answers by their etags', async () => {
  const { group, answer } = await opened({ starts: [0] });
  for (let start = 1; start <= 32; start++) {
    group.ring();
    await pass(25);
    await answer({ starts: [start] });
  }
  expect(group.known('0/1')).toBeUndefined();
  expect([...(group.known('1/1')?.slots.starts ?? [])]).toEqual([1]);
  expect(group.known('32/1')).toBeDefined();
  // One that comes back is young again.
  group.ring();
  await pass(25);
  await answer({ starts: [1] });
  group.ring();
  await pass(25);
  await answer({ starts: [99] });
  expect(group.known('1/1')).toBeDefined();
  expect(group.known('2/1')).toBeUndefined();
});
