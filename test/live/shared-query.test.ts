import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { notFound } from '../../src/errors.ts';
import { JOIN_WINDOW } from '../../src/live/join-window.ts';
import {
  BURST_WINDOW,
  COALESCE_WINDOW,
  createSharedQuery,
  MESSAGE_WINDOW,
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

/** A shared query whose every answer the test gives. */
function open() {
  const runs: ReturnType<typeof deferred<Availability>>[] = [];
  const logged: string[] = [];
  const attended: (readonly string[] | null)[] = [];
  const kept: string[] = [];
  const query = createSharedQuery({
    compute() {
      const run = deferred<Availability>();
      runs.push(run);
      return run.promise;
    },
    subscribeToKeys: (keys) => void attended.push(keys),
    async saveSlots({ etag }) {
      kept.push(etag);
      return null;
    },
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
  return { query, runs, logged, attended, kept, answer, fail };
}

/** The same with a first answer. */
async function opened(said: Said = { starts: [1] }) {
  const world = open();
  const first = world.query.current();
  await world.answer(said);
  await pass(JOIN_WINDOW);
  return { ...world, first: await first };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const etagOf = ({ answer }: Revision) => answer.etag;

/** What a listener sees: the etag of each latest answer, and `over`. */
function follow(query: SharedQuery) {
  const seen: string[] = [];
  const leave = query.subscribe(() =>
    seen.push(query.isOver() ? 'over' : (query.latest()?.answer.etag ?? '')),
  );
  return { seen, leave };
}

describe('the current answer of a shared query', () => {
  it('is computed once more for all callers who come during a computation', async () => {
    const { query, runs, answer } = open();
    const all = Promise.all([query.current(), query.current(), query.current()]);
    expect(query.latest()).toBeNull();
    await answer({ starts: [1] });
    await pass(JOIN_WINDOW);
    await answer({ starts: [2] });
    expect((await all).map(etagOf)).toEqual(['1/1', '2/1', '2/1']);
    await pass(60_000);
    expect(runs).toHaveLength(2);
  });

  it('is the same for all callers within the join window of the last computation', async () => {
    const { query, runs, answer } = await opened();
    const first = query.current();
    await answer({ starts: [1] });
    await first;
    const crowd = Array.from({ length: 100 }, () => query.current());
    await pass(JOIN_WINDOW - 1);
    expect(runs).toHaveLength(2);
    crowd.push(query.current());
    await pass(1);
    expect(runs).toHaveLength(3);
    await answer({ starts: [2] });
    expect(new Set((await Promise.all(crowd)).map(etagOf))).toEqual(new Set(['2/1']));
  });

  it('is the one before when that is young, from the same sources and says the same', async () => {
    const { query, first, answer } = await opened();
    const again = query.current();
    await answer({ starts: [1] });
    expect(await again).toBe(first);
    await pass(250);
    const later = query.current();
    await answer({ starts: [1] });
    expect((await later).answer.computedAt).toBeGreaterThan(first.answer.computedAt);
    expect((await later).sequence).toBeGreaterThan(first.sequence);
  });

  it('is never older than the call, as an invalidation may be under way', async () => {
    const { query, runs, answer } = await opened();
    const later = query.current();
    await answer({ starts: [2] });
    expect(etagOf(await later)).toBe('2/1');
    expect(runs).toHaveLength(2);
  });

  it('is the one before when no other can be computed', async () => {
    const { query, first, fail } = await opened();
    await pass(5_000);
    const later = query.current();
    await fail();
    expect(await later).toBe(first);
  });

  it('is refused to all callers when there never was one, and may be asked for again', async () => {
    const { query, runs, fail, answer } = open();
    const both = Promise.allSettled([query.current(), query.current()]);
    await fail();
    await pass(JOIN_WINDOW);
    await fail();
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await pass(60_000);
    expect(runs).toHaveLength(2);
    const again = query.current();
    await answer({ starts: [1] });
    expect(etagOf(await again)).toBe('1/1');
  });

  it('comes from a computation that started after the call', async () => {
    const { query, runs, answer } = await opened();
    query.invalidate('busy:cal_1');
    await pass(25);
    const renewed = Promise.all([query.current(), query.current()]);
    await answer({ starts: [2] });
    await pass(JOIN_WINDOW);
    expect(runs).toHaveLength(3);
    await answer({ starts: [3] });
    expect((await renewed).map(etagOf)).toEqual(['3/1', '3/1']);
  });

  it('comes although the computation before it fails', async () => {
    const { query, answer, fail } = await opened();
    query.invalidate();
    await pass(25);
    const renewed = query.current();
    await fail();
    await pass(JOIN_WINDOW);
    await answer({ starts: [2] });
    expect(etagOf(await renewed)).toBe('2/1');
  });
});

describe('an invalidation of a shared query', () => {
  it('leads to one computation, however many come at once', async () => {
    const { query, runs, answer } = await opened();
    for (let i = 0; i < 100; i++) query.invalidate('busy:cal_1');
    await pass(MESSAGE_WINDOW - 1);
    expect(runs).toHaveLength(1);
    await pass(1);
    expect(runs).toHaveLength(2);
    await answer({ starts: [2] });
    await pass(60_000);
    expect(runs).toHaveLength(2);
  });

  it('leads to none when it is of another key', async () => {
    const { query, runs } = await opened();
    query.invalidate('busy:cal_9');
    await pass(1_000);
    expect(runs).toHaveLength(1);
  });

  it('means any key when it has none', async () => {
    const { query, runs } = await opened();
    query.invalidate();
    await pass(25);
    expect(runs).toHaveLength(2);
  });

  it('leads to another computation when it comes during one', async () => {
    const { query, runs, answer } = await opened();
    query.invalidate('busy:cal_1');
    await pass(25);
    query.invalidate('busy:cal_1');
    await answer({ starts: [2] });
    await pass(25);
    expect(runs).toHaveLength(3);
  });

  it('during a computation counts by the keys of its answer, not of the one before', async () => {
    const { query, runs, answer } = await opened({ starts: [1], keys: ['host:h', 'busy:cal_1'] });
    query.invalidate('host:h');
    await pass(25);
    // The host has got a second calendar, read already, and that changes now.
    query.invalidate('busy:cal_2');
    await answer({ starts: [2], keys: ['host:h', 'busy:cal_1', 'busy:cal_2'] });
    await pass(25);
    expect(runs).toHaveLength(3);
    // And the first one, which counts no more.
    query.invalidate('busy:cal_1');
    await answer({ starts: [3], keys: ['host:h', 'busy:cal_2'] });
    await pass(60_000);
    expect(runs).toHaveLength(3);
  });

  it('during the first computation is not lost', async () => {
    const { query, runs, answer } = open();
    const first = query.current();
    query.invalidate('busy:cal_1');
    await answer({ starts: [1] });
    await first;
    await pass(25);
    expect(runs).toHaveLength(2);
  });

  it('during a computation that fails is not lost', async () => {
    const { query, runs, answer, fail } = await opened();
    await pass(2_000);
    const comer = query.current();
    query.invalidate('busy:cal_1');
    await fail();
    await comer;
    const { seen } = follow(query);
    await pass(250);
    expect(runs).toHaveLength(3);
    await answer({ starts: [2] });
    expect(seen).toEqual(['2/1']);
  });
});

describe('a computation of a shared query that fails', () => {
  it('is tried again with growing delays, each with a warning, until one succeeds', async () => {
    const { query, runs, logged, answer, fail } = await opened();
    query.invalidate();
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
    query.invalidate();
    await pass(25);
    await fail();
    await pass(250);
    expect(runs).toHaveLength(done + 2);
  });

  it('is tried again when time alone had started it', async () => {
    const { runs, fail } = await opened({ starts: [1], changesAt: NOW + 1_000 });
    await pass(1_000);
    expect(runs).toHaveLength(2);
    // An unhandled rejection would fail the run.
    await fail();
    await pass(250);
    expect(runs).toHaveLength(3);
  });
});

describe('time in a shared query', () => {
  it('leads to a computation at the instant that the answer names', async () => {
    const { query, runs, answer } = await opened({ starts: [1], changesAt: NOW + 90_000 });
    await pass(89_999 - JOIN_WINDOW);
    expect(runs).toHaveLength(1);
    const { seen } = follow(query);
    await pass(1);
    expect(runs).toHaveLength(2);
    await answer({ starts: [2] });
    expect(seen).toEqual(['2/1']);
    await pass(1_000_000);
    expect(runs).toHaveLength(2);
  });

  it('counts no more for an earlier answer', async () => {
    const { query, runs, answer } = await opened({ starts: [1], changesAt: NOW + 1_000 });
    query.invalidate();
    await pass(25);
    await answer({ starts: [2], changesAt: NOW + 5_000 });
    await pass(4_000);
    expect(runs).toHaveLength(2);
    await pass(1_000);
    expect(runs).toHaveLength(3);
  });

  it('is no busy loop when the instant is further off than a timer can run', async () => {
    const { runs } = await opened({ starts: [1], changesAt: NOW + 40 * 86_400_000 });
    await pass(86_400_000);
    expect(runs).toHaveLength(1);
  });
});

describe('a listener of a shared query', () => {
  it('is called for each answer that is news, and for no other', async () => {
    const { query, answer } = await opened();
    const { seen, leave } = follow(query);
    for (const start of [2, 2, 3]) {
      query.invalidate();
      await pass(BURST_WINDOW);
      await answer({ starts: [start] });
    }
    expect(seen).toEqual(['2/1', '3/1']);
    leave();
    query.invalidate();
    await pass(BURST_WINDOW);
    await answer({ starts: [4] });
    expect(seen).toHaveLength(2);
  });

  it('is called for completeness and issues, though no slot changed', async () => {
    const { query, answer } = await opened();
    const { seen } = follow(query);
    query.invalidate();
    await pass(COALESCE_WINDOW);
    await answer({ starts: [1], complete: false });
    expect(seen).toEqual(['1/1']);
  });
});

describe('a burst of invalidations', () => {
  it('leads to an answer at once when it meets a quiet query', async () => {
    const { query, runs, answer } = await opened();
    query.invalidate('busy:cal_1');
    query.invalidate('busy:cal_1');
    await pass(MESSAGE_WINDOW);
    expect(runs).toHaveLength(2);
    await answer({ starts: [2] });
  });

  it('that changes nothing leads to a computation each 25 ms at most', async () => {
    const { query, runs, answer } = await opened();
    const begun = Date.now();
    const made: number[] = [];
    for (let ms = 0; ms < 100; ms++) {
      query.invalidate('busy:cal_1');
      const before = runs.length;
      await pass(1);
      if (runs.length === before) continue;
      made.push(Date.now() - begun);
      await answer({ starts: [1] });
    }
    expect(made).toEqual([2, 27, 52, 77]);
  });

  it('leads to an answer soon, then to one every tenth of a second', async () => {
    const { query, runs, answer } = await opened();
    const made: number[] = [];
    const begun = Date.now();
    for (let ms = 0; ms < 500; ms += 5) {
      query.invalidate('busy:cal_1');
      const before = runs.length;
      await pass(5);
      if (runs.length === before) continue;
      made.push(Date.now() - begun);
      await answer({ starts: [ms] });
    }
    expect(made).toEqual([5, 105, 205, 305, 405]);
  });

  it('is coalesced less while its changes are no news', async () => {
    const { query, runs, answer } = await opened();
    for (let i = 0; i < 4; i++) {
      query.invalidate('busy:cal_1');
      await pass(COALESCE_WINDOW);
      await answer({ starts: [1] });
    }
    expect(runs).toHaveLength(5);
  });
});

it("a shared query subscribes to every key during a computation, then to its answer's keys", async () => {
  const { query, attended, answer } = await opened({ starts: [1], keys: ['host:h'] });
  expect(attended).toEqual([null, ['host:h']]);
  query.invalidate();
  await pass(COALESCE_WINDOW);
  await answer({ starts: [1], keys: ['host:h', 'busy:c'] });
  expect(attended.slice(2)).toEqual([null, ['host:h', 'busy:c']]);
});

describe('a closed shared query', () => {
  it('ends every wait, and leaves no timer', async () => {
    const { query, first, answer } = await opened({ starts: [1], changesAt: NOW + 1_000 });
    const { seen } = follow(query);
    query.invalidate();
    void query.current();
    await answer({ starts: [1] });
    // It waits for others to come.
    const waiting = query.current();
    await pass(0);
    query.close();
    expect(seen).toEqual(['over']);
    await pass(0);
    await answer({ starts: [1] });
    expect((await waiting).answer.etag).toBe(first.answer.etag);
    expect(timeouts()).toBe(0);
  });

  it('accepts the answer of a running computation without another timer', async () => {
    const { query, runs, answer } = await opened();
    query.invalidate();
    await pass(25);
    query.invalidate();
    query.close();
    await answer({ starts: [2], changesAt: NOW + 1_000 });
    expect(timeouts()).toBe(0);
    expect(runs).toHaveLength(2);
  });

  it('does not try again', async () => {
    const { query, logged, fail } = await opened();
    query.invalidate();
    await pass(25);
    query.close();
    await fail();
    expect(timeouts()).toBe(0);
    expect(logged).toEqual([]);
  });
});

it('a shared query ends with an answer without slots when what it is about is gone', async () => {
  const { query, runs, logged, fail } = await opened();
  const { seen } = follow(query);
  query.invalidate();
  await pass(25);
  await fail(notFound('event type', 'et_1'));
  expect(seen.at(-1)).toBe('over');
  const last = query.latest()?.answer;
  expect([last?.etag, last?.slots.starts.length]).toEqual(['gone', 0]);
  query.invalidate();
  await pass(60_000);
  expect([runs.length, timeouts(), logged]).toEqual([2, 0, []]);
  // A later caller learns why there is nothing.
  const late = query.current();
  await Promise.all([
    expect(late).rejects.toMatchObject({ code: 'NOT_FOUND' }),
    fail(notFound('event type', 'et_1')),
  ]);
});

it('a shared query remembers the slots of its last 32 answers', async () => {
  const { query, kept, answer } = await opened({ starts: [0] });
  for (let start = 1; start <= 32; start++) {
    query.invalidate();
    await pass(BURST_WINDOW);
    await answer({ starts: [start] });
  }
  expect(query.recall('0/1')).toBeUndefined();
  expect([...(query.recall('1/1')?.slots.starts ?? [])]).toEqual([1]);
  expect(query.recall('32/1')).toBeDefined();
  // And hands each to the store of recent slot sets, for other gateways.
  expect(kept).toEqual(Array.from({ length: 33 }, (_, start) => `${start}/1`));
  // One that comes back is young again.
  query.invalidate();
  await pass(BURST_WINDOW);
  await answer({ starts: [1] });
  query.invalidate();
  await pass(BURST_WINDOW);
  await answer({ starts: [99] });
  expect(query.recall('1/1')).toBeDefined();
  expect(query.recall('2/1')).toBeUndefined();
});
