import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { notFound } from '../../src/errors.ts';
import { JOIN_WINDOW } from '../../src/live/join-window.ts';
import {
  BURST_WINDOW,
  COALESCE_WINDOW,
  createSharedQuery,
  type Revision,
  type SharedQuery,
} from '../../src/live/shared-query.ts';
import { createLog } from '../../src/log.ts';
import type { Availability } from '../../src/offers/query.ts';
import { answerOf, deferred, NOW, type Said } from './stage.fixture.ts';
import { stopTheClock, timeouts } from './timers.fixture.ts';

beforeEach(() => {
  stopTheClock();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A group whose every answer the test gives. */
function open() {
  const runs: ReturnType<typeof deferred<Availability>>[] = [];
  const logged: string[] = [];
  const attended: (readonly string[] | null)[] = [];
  const kept: string[] = [];
  const group = createSharedQuery({
    compute() {
      const run = deferred<Availability>();
      runs.push(run);
      return run.promise;
    },
    subscribeToKeys: (keys) => void attended.push(keys),
    saveSlots: ({ etag }) => void kept.push(etag),
    finalResult: (last) => ({ ...last, ...answerOf({ starts: [], etag: 'gone' }, Date.now()) }),
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
  return { group, runs, logged, attended, kept, answer, fail };
}

/** With a first answer. */
async function opened(said: Said = { starts: [1] }) {
  const world = open();
  const first = world.group.current();
  await world.answer(said);
  await pass(JOIN_WINDOW);
  return { ...world, first: await first };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const etagOf = ({ answer }: Revision) => answer.etag;

/** What a follower hears: the etag of each latest answer, and `over`. */
function follow(group: SharedQuery) {
  const heard: string[] = [];
  const leave = group.subscribe(() =>
    heard.push(group.isOver() ? 'over' : (group.latest()?.answer.etag ?? '')),
  );
  return { heard, leave };
}

describe('the present answer', () => {
  it('is computed once more for all who come while it is made', async () => {
    const { group, runs, answer } = open();
    const all = Promise.all([group.current(), group.current(), group.current()]);
    expect(group.latest()).toBeNull();
    await answer({ starts: [1] });
    await pass(JOIN_WINDOW);
    await answer({ starts: [2] });
    expect((await all).map(etagOf)).toEqual(['1/1', '2/1', '2/1']);
    await pass(60_000);
    expect(runs).toHaveLength(2);
  });

  it('is the same for all who come within a moment of the last making', async () => {
    const { group, runs, answer } = await opened();
    const first = group.current();
    await answer({ starts: [1] });
    await first;
    const crowd = Array.from({ length: 100 }, () => group.current());
    await pass(JOIN_WINDOW - 1);
    expect(runs).toHaveLength(2);
    crowd.push(group.current());
    await pass(1);
    expect(runs).toHaveLength(3);
    await answer({ starts: [2] });
    expect(new Set((await Promise.all(crowd)).map(etagOf))).toEqual(new Set(['2/1']));
  });

  it('is told again rather than anew when a young one says the same from the same sources', async () => {
    const { group, first, answer } = await opened();
    const again = group.current();
    await answer({ starts: [1] });
    expect(await again).toBe(first);
    await pass(250);
    const later = group.current();
    await answer({ starts: [1] });
    expect((await later).answer.computedAt).toBeGreaterThan(first.answer.computedAt);
    expect((await later).sequence).toBeGreaterThan(first.sequence);
  });

  it('is never older than the call: a bell may be under way', async () => {
    const { group, runs, answer } = await opened();
    const later = group.current();
    await answer({ starts: [2] });
    expect(etagOf(await later)).toBe('2/1');
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
    await pass(JOIN_WINDOW);
    await fail();
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await pass(60_000);
    expect(runs).toHaveLength(2);
    const again = group.current();
    await answer({ starts: [1] });
    expect(etagOf(await again)).toBe('1/1');
  });

  it('comes from a making that began after it was asked for', async () => {
    const { group, runs, answer } = await opened();
    group.invalidate('busy:cal_1');
    await pass(25);
    const renewed = Promise.all([group.current(), group.current()]);
    await answer({ starts: [2] });
    await pass(JOIN_WINDOW);
    expect(runs).toHaveLength(3);
    await answer({ starts: [3] });
    expect((await renewed).map(etagOf)).toEqual(['3/1', '3/1']);
  });

  it('comes though the making before it fails', async () => {
    const { group, answer, fail } = await opened();
    group.invalidate();
    await pass(25);
    const renewed = group.current();
    await fail();
    await pass(JOIN_WINDOW);
    await answer({ starts: [2] });
    expect(etagOf(await renewed)).toBe('2/1');
  });
});

describe('a bell', () => {
  it('leads to one computation, however many ring at once', async () => {
    const { group, runs, answer } = await opened();
    for (let i = 0; i < 100; i++) group.invalidate('busy:cal_1');
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
    group.invalidate('busy:cal_9');
    await pass(1_000);
    expect(runs).toHaveLength(1);
  });

  it('without a key means all', async () => {
    const { group, runs } = await opened();
    group.invalidate();
    await pass(25);
    expect(runs).toHaveLength(2);
  });

  it('that rings during a computation leads to another one', async () => {
    const { group, runs, answer } = await opened();
    group.invalidate('busy:cal_1');
    await pass(25);
    group.invalidate('busy:cal_1');
    await answer({ starts: [2] });
    await pass(25);
    expect(runs).toHaveLength(3);
  });

  it('that rings during a computation counts by the keys of its answer, not of the one before', async () => {
    const { group, runs, answer } = await opened({ starts: [1], keys: ['host:h', 'busy:cal_1'] });
    group.invalidate('host:h');
    await pass(25);
    // The host has got a second calendar, read already, and that changes now.
    group.invalidate('busy:cal_2');
    await answer({ starts: [2], keys: ['host:h', 'busy:cal_1', 'busy:cal_2'] });
    await pass(25);
    expect(runs).toHaveLength(3);
    // And the first one, which counts no more.
    group.invalidate('busy:cal_1');
    await answer({ starts: [3], keys: ['host:h', 'busy:cal_2'] });
    await pass(60_000);
    expect(runs).toHaveLength(3);
  });

  it('that rings during the first computation is heard', async () => {
    const { group, runs, answer } = open();
    const first = group.current();
    group.invalidate('busy:cal_1');
    await answer({ starts: [1] });
    await first;
    await pass(25);
    expect(runs).toHaveLength(2);
  });

  it('is not lost when the computation that it rang in fails', async () => {
    const { group, runs, answer, fail } = await opened();
    await pass(2_000);
    const comer = group.current();
    group.invalidate('busy:cal_1');
    await fail();
    await comer;
    const { heard } = follow(group);
    await pass(250);
    expect(runs).toHaveLength(3);
    await answer({ starts: [2] });
    expect(heard).toEqual(['2/1']);
  });
});

describe('a computation that fails', () => {
  it('is tried again, more and more seldom, with a warning each time, until one succeeds', async () => {
    const { group, runs, logged, answer, fail } = await opened();
    group.invalidate();
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
    group.invalidate();
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
    const { group, runs, answer } = await opened({ starts: [1], changesAt: NOW + 90_000 });
    await pass(89_999 - JOIN_WINDOW);
    expect(runs).toHaveLength(1);
    const { heard } = follow(group);
    await pass(1);
    expect(runs).toHaveLength(2);
    await answer({ starts: [2] });
    expect(heard).toEqual(['2/1']);
    await pass(1_000_000);
    expect(runs).toHaveLength(2);
  });

  it('of an earlier answer no longer counts', async () => {
    const { group, runs, answer } = await opened({ starts: [1], changesAt: NOW + 1_000 });
    group.invalidate();
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

describe('a follower', () => {
  it('hears of each answer that is news, and of no other', async () => {
    const { group, answer } = await opened();
    const { heard, leave } = follow(group);
    for (const start of [2, 2, 3]) {
      group.invalidate();
      await pass(BURST_WINDOW);
      await answer({ starts: [start] });
    }
    expect(heard).toEqual(['2/1', '3/1']);
    leave();
    group.invalidate();
    await pass(BURST_WINDOW);
    await answer({ starts: [4] });
    expect(heard).toHaveLength(2);
  });

  it('hears of completeness and issues, though no slot changed', async () => {
    const { group, answer } = await opened();
    const { heard } = follow(group);
    group.invalidate();
    await pass(COALESCE_WINDOW);
    await answer({ starts: [1], complete: false });
    expect(heard).toEqual(['1/1']);
  });
});

describe('a burst of bells', () => {
  it('leads to an answer soon, then to one each tenth of a second', async () => {
    const { group, runs, answer } = await opened();
    const made: number[] = [];
    const begun = Date.now();
    for (let ms = 0; ms < 500; ms += 5) {
      group.invalidate('busy:cal_1');
      const before = runs.length;
      await pass(5);
      if (runs.length === before) continue;
      made.push(Date.now() - begun);
      await answer({ starts: [ms] });
    }
    expect(made).toEqual([25, 125, 225, 325, 425]);
  });

  it('of changes that are no news is coalesced less', async () => {
    const { group, runs, answer } = await opened();
    for (let i = 0; i < 4; i++) {
      group.invalidate('busy:cal_1');
      await pass(COALESCE_WINDOW);
      await answer({ starts: [1] });
    }
    expect(runs).toHaveLength(5);
  });
});

it('attends to every bell while an answer is made, then to its keys', async () => {
  const { group, attended, answer } = await opened({ starts: [1], keys: ['host:h'] });
  expect(attended).toEqual([null, ['host:h']]);
  group.invalidate();
  await pass(COALESCE_WINDOW);
  await answer({ starts: [1], keys: ['host:h', 'busy:c'] });
  expect(attended.slice(2)).toEqual([null, ['host:h', 'busy:c']]);
});

describe('a closed group', () => {
  it('ends every wait, and leaves no timer', async () => {
    const { group, first, answer } = await opened({ starts: [1], changesAt: NOW + 1_000 });
    const { heard } = follow(group);
    group.invalidate();
    void group.current();
    await answer({ starts: [1] });
    // It waits for others to come.
    const waiting = group.current();
    await pass(0);
    group.close();
    expect(heard).toEqual(['over']);
    await pass(0);
    await answer({ starts: [1] });
    expect((await waiting).answer.etag).toBe(first.answer.etag);
    expect(timeouts()).toBe(0);
  });

  it('takes the answer that is still on its way without another timer', async () => {
    const { group, runs, answer } = await opened();
    group.invalidate();
    await pass(25);
    group.invalidate();
    group.close();
    await answer({ starts: [2], changesAt: NOW + 1_000 });
    expect(timeouts()).toBe(0);
    expect(runs).toHaveLength(2);
  });

  it('does not try again', async () => {
    const { group, logged, fail } = await opened();
    group.invalidate();
    await pass(25);
    group.close();
    await fail();
    expect(timeouts()).toBe(0);
    expect(logged).toEqual([]);
  });
});

it('ends with an answer without slots when what it is about is gone', async () => {
  const { group, runs, logged, fail } = await opened();
  const { heard } = follow(group);
  group.invalidate();
  await pass(25);
  await fail(notFound('event type', 'et_1'));
  expect(heard.at(-1)).toBe('over');
  const last = group.latest()?.answer;
  expect([last?.etag, last?.slots.starts.length]).toEqual(['gone', 0]);
  group.invalidate();
  await pass(60_000);
  expect([runs.length, timeouts(), logged]).toEqual([2, 0, []]);
  // Who comes later is told why there is nothing.
  const late = group.current();
  await Promise.all([
    expect(late).rejects.toMatchObject({ code: 'NOT_FOUND' }),
    fail(notFound('event type', 'et_1')),
  ]);
});

it('remembers the last 32 answers by their etags', async () => {
  const { group, kept, answer } = await opened({ starts: [0] });
  for (let start = 1; start <= 32; start++) {
    group.invalidate();
    await pass(BURST_WINDOW);
    await answer({ starts: [start] });
  }
  expect(group.recall('0/1')).toBeUndefined();
  expect([...(group.recall('1/1')?.slots.starts ?? [])]).toEqual([1]);
  expect(group.recall('32/1')).toBeDefined();
  // And hands each to whoever keeps them for other gateways.
  expect(kept).toEqual(Array.from({ length: 33 }, (_, start) => `${start}/1`));
  // One that comes back is young again.
  group.invalidate();
  await pass(BURST_WINDOW);
  await answer({ starts: [1] });
  group.invalidate();
  await pass(BURST_WINDOW);
  await answer({ starts: [99] });
  expect(group.recall('1/1')).toBeDefined();
  expect(group.recall('2/1')).toBeUndefined();
});
