import { afterEach, describe, expect, it, vi } from 'vitest';
import { SlotwireError } from '../../../src/errors.ts';
import { createLanes, type Lanes, type WaitLimits } from '../../../src/graphql/cost/lanes.ts';
import { gate } from '../../harness/gate.ts';

const MIDDLING = 10_000;
const LARGE = 20_000;
const HUGE = 150_001;
const LIMITS: WaitLimits = { time: 10_000, all: 6, perCaller: 4 };

afterEach(() => {
  vi.useRealTimers();
});

/** Work that is under way until its gate opens, as much as runs at a time. */
async function fill(lanes: Lanes, caller: string, count = 4, cost = LARGE) {
  const gates = Array.from({ length: count }, gate);
  const done = gates.map(({ step }) => lanes.run(cost, caller, step));
  await Promise.all(gates.map(({ reached }) => reached));
  return {
    gates,
    async end() {
      for (const each of gates) each.open();
      await Promise.all(done);
    },
  };
}

const codeOf = (work: void | Promise<void>) =>
  Promise.resolve(work).then(
    () => null,
    (error: unknown) => (error instanceof SlotwireError ? error.code : error),
  );

describe('a large operation', () => {
  it('waits while four are under way, and small ones do not', async () => {
    const lanes = createLanes(LIMITS);
    const running = await fill(lanes, 'a');
    const [waiting, huge, small] = [gate(), gate(), gate()];
    let isDone = false;
    const done = Promise.resolve(lanes.run(LARGE, 'a', waiting.step)).then(() => {
      isDone = true;
    });
    const others = [lanes.run(HUGE, 'a', huge.step), lanes.run(MIDDLING - 1, 'a', small.step)];
    await Promise.all([huge.reached, small.reached]);
    for (const each of [huge, small, waiting]) each.open();
    await Promise.all(others);
    expect(isDone).toBe(false);
    await running.end();
    await done;
  });

  it('that waits too long is refused as RATE_LIMITED, and its place is free again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const lanes = createLanes(LIMITS);
    const running = await fill(lanes, 'a');
    const codes = Promise.all([1, 2, 3, 4].map(() => codeOf(lanes.run(LARGE, 'a', () => {}))));
    await vi.advanceTimersByTimeAsync(LIMITS.time - 1);
    const last = codeOf(lanes.run(LARGE, 'b', () => {}));
    await vi.advanceTimersByTimeAsync(1);
    expect(await codes).toEqual(Array(4).fill('RATE_LIMITED'));
    await running.end();
    expect(await last).toBeNull();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is refused at once when too many of its caller wait, and when too many wait at all', async () => {
    const lanes = createLanes(LIMITS);
    const running = await fill(lanes, 'a');
    const run = (caller: string) => codeOf(lanes.run(LARGE, caller, () => {}));
    const waiting = [run('a'), run('a'), run('a'), run('a')];
    expect(await run('a')).toBe('RATE_LIMITED');
    waiting.push(run('b'), run('c'));
    expect(await run('d')).toBe('RATE_LIMITED');
    await running.end();
    expect(await Promise.all(waiting)).toEqual(Array(6).fill(null));
    expect(await run('a')).toBeNull();
  });

  it('of one caller waits for one of each other caller at most, in the order in which those of a caller came', async () => {
    const lanes = createLanes(LIMITS);
    const running = await fill(lanes, 'a');
    const began: string[] = [];
    const run = (caller: string, name: string) => lanes.run(LARGE, caller, () => void began.push(name));
    const done = [
      run('a', 'a1'),
      run('a', 'a2'),
      run('a', 'a3'),
      run('b', 'b1'),
      run('b', 'b2'),
      run('c', 'c1'),
    ];
    await running.end();
    await Promise.all(done);
    expect(began).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('frees its place when it fails', async () => {
    const lanes = createLanes(LIMITS);
    const fail = () => Promise.reject(new Error('no'));
    for (let i = 0; i < 5; i++) await expect(lanes.run(LARGE, 'a', fail)).rejects.toThrow('no');
    await (await fill(lanes, 'a')).end();
  });

  it.each([
    { kind: 'of 10,000 fields', cost: MIDDLING, most: 8 },
    { kind: 'just under 20,000 fields', cost: LARGE - 1, most: 8 },
    { kind: 'of the most that the public may ask', cost: HUGE - 1, most: 4 },
    { kind: 'that only a key may ask', cost: HUGE, most: 1 },
  ])('$kind is one of $most at a time, and ordinary ones pass', async ({ cost, most }) => {
    const lanes = createLanes(null);
    let [running, highest] = [0, 0];
    const gates = Array.from({ length: 20 }, gate);
    const done = gates.map(({ step }) =>
      lanes.run(cost, 'a', async () => {
        highest = Math.max(highest, ++running);
        await step();
        running -= 1;
      }),
    );
    await Promise.all(gates.slice(0, most).map(({ reached }) => reached));
    expect(running).toBe(most);
    expect(lanes.run(MIDDLING - 1, 'a', () => 'at once')).toBe('at once');
    for (const { open } of gates) open();
    await Promise.all(done);
    expect(highest).toBe(most);
  });
});
