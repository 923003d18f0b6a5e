import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { notFound } from '../../src/errors.ts';
import type { AvailabilityUpdate } from '../../src/live/availability.ts';
import { BURST_WINDOW } from '../../src/live/shared-query.ts';
import type { SlotList } from '../../src/offers/slot-list.ts';
import type { SourceValue } from '../../src/offers/sources.ts';
import { block } from '../offers/world.fixture.ts';
import { deferred, NOW, openStage, type Said } from './stage.fixture.ts';
import { stopTheClock, timeouts } from './timers.fixture.ts';

beforeEach(() => {
  stopTheClock();
});
afterEach(() => {
  vi.useRealTimers();
});

type Viewer = AsyncIterableIterator<AvailabilityUpdate, void>;
type Stage = ReturnType<typeof openStage>;

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** Changes the answer, and publishes the invalidation. */
async function change({ stage, topics }: Stage, said: Said, key = 'busy:cal_1') {
  stage.said = said;
  await topics.publish([{ key, version: 1 }]);
  await pass(BURST_WINDOW);
}

/** Reads that still wait, by their viewers. */
const reads = new WeakMap<Viewer, { event: string }>();

/** The next event in short; `silent` when there is none now: the read goes on waiting then. */
async function next(viewer: Viewer): Promise<string> {
  const read = reads.get(viewer) ?? { event: 'silent' };
  if (!reads.has(viewer)) {
    reads.set(viewer, read);
    void viewer.next().then((result) => {
      read.event = result.done ? 'end' : describeEvent(result.value);
    });
  }
  await pass(0);
  if (read.event !== 'silent') reads.delete(viewer);
  return read.event;
}

function describeEvent(event: AvailabilityUpdate): string {
  if (event.type === 'snapshot') return `= ${event.availability.etag}`;
  const { fromEtag, to, added, removed } = event.delta;
  return `${fromEtag} → ${to.etag}: +${added.starts.join()} -${removed.starts.join()}`;
}

describe('a live viewer', () => {
  it('gets a snapshot, then a delta for each change', async () => {
    const world = openStage({ starts: [1, 2] });
    const viewer = await world.watch();
    expect(await next(viewer)).toBe('= 1,2/1');
    expect(await next(viewer)).toBe('silent');
    await change(world, { starts: [2, 3] });
    expect(await next(viewer)).toBe('1,2/1 → 2,3/1: +3 -1');
    await change(world, { starts: [2] });
    expect(await next(viewer)).toBe('2,3/1 → 2/1: + -3');
  });

  it('gets no event for an answer that is only younger', async () => {
    const world = openStage();
    const viewer = await world.watch();
    await next(viewer);
    expect(await next(viewer)).toBe('silent');
    await change(world, { starts: [1] });
    expect(world.stage.asked).toHaveLength(2);
    expect(await next(viewer)).toBe('silent');
  });

  it('gets an event for completeness and issues though no slot changed', async () => {
    const world = openStage();
    const viewer = await world.watch();
    await next(viewer);
    await change(world, { starts: [1], complete: false });
    expect(await next(viewer)).toBe('1/1 → 1/1: + -');
  });

  it('that stalls through many changes gets one delta to the present', async () => {
    const world = openStage();
    const viewer = await world.watch();
    expect(await next(viewer)).toBe('= 1/1');
    for (const start of [2, 3, 4]) await change(world, { starts: [1, start] });
    expect(await next(viewer)).toBe('1/1 → 1,4/1: +4 -');
    expect(await next(viewer)).toBe('silent');
  });

  it('that stalls before its first event still gets its own snapshot first', async () => {
    const world = openStage();
    const viewer = await world.watch();
    await change(world, { starts: [2] });
    expect(await next(viewer)).toBe('= 1/1');
    expect(await next(viewer)).toBe('1/1 → 2/1: +2 -1');
  });

  it('that stalls while the answer changes back gets no event', async () => {
    const world = openStage();
    const viewer = await world.watch();
    await next(viewer);
    await change(world, { starts: [2] });
    await change(world, { starts: [1] });
    expect(await next(viewer)).toBe('silent');
  });

  it('gets an event for what time alone changes', async () => {
    const world = openStage({ starts: [1, 2], changesAt: NOW + 60_000 });
    const viewer = await world.watch();
    await next(viewer);
    world.stage.said = { starts: [2] };
    await pass(60_000);
    expect(await next(viewer)).toBe('1,2/1 → 2/1: + -1');
  });

  it('of a query that fails is refused, and leaves nothing behind', async () => {
    const world = openStage();
    world.stage.failure = notFound('event type', 'et_1');
    const refused = await Promise.allSettled([world.watch(), world.watch()]);
    for (const outcome of refused) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'NOT_FOUND' } });
    }
    expect(await world.viewers()).toBe(0);
    expect(timeouts()).toBe(0);
    world.stage.failure = null;
    expect(await next(await world.watch())).toBe('= 1/1');
  });
});

describe('viewers of the same query', () => {
  it('share its computations, and each gets a chain of its own', async () => {
    const world = openStage();
    const [early, late] = [await world.watch(), await world.watch()];
    const entering = world.stage.asked.length;
    await next(early);
    await change(world, { starts: [2] });
    expect(world.stage.asked).toHaveLength(entering + 1);
    expect(await next(early)).toBe('1/1 → 2/1: +2 -1');
    await change(world, { starts: [3] });
    expect(await next(late)).toBe('= 1/1');
    expect(await next(late)).toBe('1/1 → 3/1: +3 -1');
    expect(await next(early)).toBe('2/1 → 3/1: +3 -2');
  });

  it('do not share computations with another window or event type', async () => {
    const world = openStage();
    await world.watch();
    await world.watch(null, { to: 200 });
    await world.watch(null, { eventType: 'et_2' });
    expect(world.stage.asked).toHaveLength(3);
  });

  it('keep their query when one leaves', async () => {
    const world = openStage();
    const [one, two] = [await world.watch(), await world.watch()];
    await next(one);
    await next(two);
    await one.return?.();
    expect(await world.viewers()).toBe(1);
    await pass(120_000);
    await change(world, { starts: [2] });
    expect(await next(two)).toBe('1/1 → 2/1: +2 -1');
  });
});

describe('a live viewer that leaves', () => {
  it('ends at once while it waits for an event', async () => {
    const world = openStage();
    const viewer = await world.watch();
    await next(viewer);
    const waiting = viewer.next();
    await pass(0);
    expect(await viewer.return?.()).toEqual({ done: true, value: undefined });
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await world.viewers()).toBe(0);
  });

  it('leaves once, before its first event, between two events or twice', async () => {
    const world = openStage();
    const [unbegun, between] = [await world.watch(), await world.watch()];
    expect(await world.viewers()).toBe(2);
    await unbegun.return?.();
    await unbegun.return?.();
    expect(await next(unbegun)).toBe('end');
    expect(await world.viewers()).toBe(1);
    await next(between);
    await between.return?.();
    await between.return?.();
    expect(await next(between)).toBe('end');
    expect(await world.viewers()).toBe(0);
  });

  it('leaves by an error, too', async () => {
    const world = openStage();
    const [unbegun, waiting] = [await world.watch(), await world.watch()];
    await next(waiting);
    void waiting.next();
    await pass(0);
    await expect(unbegun.throw?.(new Error('gone'))).rejects.toThrow('gone');
    await waiting.throw?.(new Error('gone')).catch(() => undefined);
    expect(await world.viewers()).toBe(0);
  });

  it('leaves by the end of its loop, too', async () => {
    const world = openStage();
    for await (const event of await world.watch()) {
      expect(describeEvent(event)).toBe('= 1/1');
      break;
    }
    expect(await world.viewers()).toBe(0);
  });

  it('keeps the query for half a minute when it was the last', async () => {
    const world = openStage();
    const viewer = await world.watch();
    await next(viewer);
    await viewer.return?.();
    expect(timeouts()).toBe(1);
    await pass(29_000);
    await change(world, { starts: [2] });
    expect(world.stage.asked).toHaveLength(2);
    await pass(1_000);
    await change(world, { starts: [3] });
    await pass(60_000);
    expect(world.stage.asked).toHaveLength(2);
    expect(timeouts()).toBe(0);
  });

  it('leaves the query to one who comes in time', async () => {
    const world = openStage();
    const first = await world.watch();
    await next(first);
    await first.return?.();
    await change(world, { starts: [2] });
    const second = await world.watch('1/1');
    expect(await next(second)).toBe('1/1 → 2/1: +2 -1');
    await pass(60_000);
    await change(world, { starts: [3] });
    expect(await next(second)).toBe('2/1 → 3/1: +3 -2');
  });
});

describe('a live viewer that resumes', () => {
  it('gets nothing until a change when its etag is the present one', async () => {
    const world = openStage();
    await world.watch();
    const viewer = await world.watch('1/1');
    expect(await next(viewer)).toBe('silent');
    await change(world, { starts: [2] });
    expect(await next(viewer)).toBe('1/1 → 2/1: +2 -1');
  });

  it('gets an empty delta when its slots stand and what is said of them changed while it was away', async () => {
    const world = openStage({ starts: [1], complete: false });
    await world.watch();
    await change(world, { starts: [1] });
    expect(await next(await world.watch('1/1'))).toBe('1/1 → 1/1: + -');
    // The query is not followed by any viewer for longer than it lingers.
    const alone = openStage({ starts: [1], complete: false });
    await (await alone.watch()).return?.();
    await pass(60_000);
    alone.stage.said = { starts: [1] };
    expect(await next(await alone.watch('1/1'))).toBe('1/1 → 1/1: + -');
  });

  it('gets nothing when what is said of its slots is what every viewer of them was given, be it a warning', async () => {
    const world = openStage({ starts: [1], complete: false });
    await (await world.watch()).return?.();
    await pass(60_000);
    const viewer = await world.watch('1/1');
    expect(await next(viewer)).toBe('silent');
    await change(world, { starts: [1] });
    expect(await next(viewer)).toBe('1/1 → 1/1: + -');
  });

  it('is warned when its slots stand and no gateway knows what was said of them', async () => {
    const warned = openStage({ starts: [1], complete: false });
    expect(await next(await warned.watch('1/1'))).toBe('1/1 → 1/1: + -');
    const plain = openStage({ starts: [1] });
    expect(await next(await plain.watch('1/1'))).toBe('silent');
  });

  it('hears of another start after its window, and of none that it was given already', async () => {
    const asking = { nextAvailable: true };
    const world = openStage({ starts: [1], nextAvailable: 200 });
    await (await world.watch(null, asking)).return?.();
    await pass(60_000);
    expect(await next(await world.watch('1/1', asking))).toBe('silent');
    await change(world, { starts: [1], nextAvailable: 300 });
    expect(await next(await world.watch('1/1', asking))).toBe('1/1 → 1/1: + -');
  });

  it('gets one delta to what it asks now, when it asked for less or more before', async () => {
    const world = openStage({ starts: [1], nextAvailable: 200 });
    await world.watch(null, { nextAvailable: true });
    await change(world, { starts: [2] });
    expect(await next(await world.watch('1/1'))).toBe('1/1 → 2/1: +2 -1');
    await change(world, { starts: [3], nextAvailable: 200 });
    expect(await next(await world.watch('2/1', { nextAvailable: true }))).toBe('2/1 → 3/1: +3 -2');
  });

  it('gets one delta when its etag is remembered', async () => {
    const world = openStage();
    await world.watch();
    await change(world, { starts: [1, 2] });
    await change(world, { starts: [3] });
    expect(await next(await world.watch('1/1'))).toBe('1/1 → 3/1: +3 -1');
    expect(await next(await world.watch('1,2/1'))).toBe('1,2/1 → 3/1: +3 -1,2');
  });

  it('gets a snapshot when its etag is unknown', async () => {
    const world = openStage();
    await world.watch();
    expect(await next(await world.watch('of-another-day'))).toBe('= 1/1');
  });
});

describe('a first answer with STRICT or maxAge', () => {
  it('is computed for its viewer alone; later answers are shared', async () => {
    const world = openStage();
    const viewer = await world.watch(null, { consistency: 'STRICT' });
    expect(world.stage.asked.map(({ consistency }) => consistency)).toEqual(['STRICT', 'CACHED']);
    expect(await next(viewer)).toBe('= 1/1');
    await change(world, { starts: [2] });
    expect(await next(viewer)).toBe('1/1 → 2/1: +2 -1');
    expect(world.stage.asked.at(-1)).toMatchObject({ consistency: 'CACHED', maxAge: null });
  });

  it('is followed by a delta when the shared query is ahead of it', async () => {
    const world = openStage();
    const { promise, resolve } = deferred<void>();
    world.stage.hold = promise;
    const viewer = world.watch(null, { maxAge: 0 });
    await pass(0);
    world.stage.said = { starts: [2] };
    world.stage.hold = null;
    resolve();
    const watching = await viewer;
    expect(await next(watching)).toBe('= 1/1');
    expect(await next(watching)).toBe('1/1 → 2/1: +2 -1');
  });

  it('leaves nothing behind when it fails', async () => {
    const world = openStage();
    world.stage.failure = new Error('no database');
    await expect(world.watch(null, { consistency: 'STRICT' })).rejects.toThrow('no database');
    expect(await world.viewers()).toBe(0);
    expect(timeouts()).toBe(0);
  });
});

describe('invalidations', () => {
  it('that may have been missed lead to a new computation', async () => {
    const world = openStage();
    const viewer = await world.watch();
    await next(viewer);
    world.stage.said = { starts: [2] };
    world.listening.reconnect();
    await pass(25);
    expect(await next(viewer)).toBe('1/1 → 2/1: +2 -1');
  });

  it('that are missed keep no new viewer from a right answer', async () => {
    const world = openStage();
    await world.watch();
    world.stage.said = { starts: [2] };
    await pass(1_000);
    expect(await next(await world.watch())).toBe('= 2/1');
  });

  it('recompute only the answers that the change affects', async () => {
    const native = (...hours: number[]): SourceValue => ({
      kind: 'native',
      value: hours.map((start) => block(start, start + 1)),
    });
    const [none, outside, inside] = [native(), native(200), native(50)];
    const said = { starts: [1], keys: ['native:h'], madeFrom: { 'native:h': none } };
    const world = openStage(said);
    await world.watch();
    world.stage.under.set('native:h', outside);
    await change(world, said, 'native:h');
    expect(world.stage.asked).toHaveLength(1);
    world.stage.under.set('native:h', inside);
    await change(world, { ...said, starts: [2], madeFrom: { 'native:h': inside } }, 'native:h');
    expect(world.stage.asked).toHaveLength(2);
    // It went back to what it was before the answer at hand.
    world.stage.under.set('native:h', none);
    await change(world, said, 'native:h');
    expect(world.stage.asked).toHaveLength(3);
  });

  it('of other keys recompute nothing', async () => {
    const world = openStage();
    await world.watch();
    await change(world, { starts: [2] }, 'busy:cal_9');
    expect(world.stage.asked).toHaveLength(1);
  });
});

describe('closing live availability', () => {
  it('ends waiting viewers, and leaves no timer, listener or viewer', async () => {
    const world = openStage({ starts: [1], changesAt: NOW + 60_000 });
    const [waiting, between, left] = [
      await world.watch(),
      await world.watch(),
      await world.watch(null, { to: 7 }),
    ];
    await next(waiting);
    await next(between);
    await left.return?.();
    const end = waiting.next();
    await pass(0);
    expect(world.listening.count).toBe(1);
    world.live.close();
    expect(await end).toEqual({ done: true, value: undefined });
    expect(await next(between)).toBe('end');
    expect(await world.viewers()).toBe(0);
    expect(world.listening.count).toBe(0);
    expect(timeouts()).toBe(0);
  });

  it('gives a viewer who comes later one answer, and the end', async () => {
    const world = openStage({ starts: [1], changesAt: NOW + 60_000 });
    world.live.close();
    const viewer = await world.watch();
    expect(await next(viewer)).toBe('= 1/1');
    expect(await next(viewer)).toBe('end');
    expect(timeouts()).toBe(0);
  });
});

describe('the chain of events', () => {
  /** A client that knows nothing but the events that it got. */
  function client() {
    let etag = '';
    let complete = false;
    const held = new Map<number, number>();
    const hold = ({ starts, seats }: SlotList) => {
      for (const [i, start] of starts.entries()) held.set(start, seats[i] ?? 0);
    };
    return {
      take(event: AvailabilityUpdate) {
        if (event.type === 'snapshot') {
          held.clear();
          hold(event.availability.slots);
          ({ etag, complete } = event.availability);
          return;
        }
        const { fromEtag, added, removed, to } = event.delta;
        expect(fromEtag).toBe(etag);
        for (const start of removed.starts) expect(held.delete(start)).toBe(true);
        hold(added);
        ({ etag, complete } = to);
      },
      etag: () => etag,
      complete: () => complete,
      slots: () => [...held].sort(([a], [b]) => a - b),
    };
  }

  const answers = fc.record({
    starts: fc.uniqueArray(fc.nat(9), { maxLength: 6 }).map((list) => list.sort((a, b) => a - b)),
    seats: fc.integer({ min: 1, max: 2 }),
    complete: fc.boolean(),
  });
  /** Something changes; the client reads on; it goes away and comes back with what it clientSlots; time passes. */
  const steps = fc.oneof(
    { weight: 4, arbitrary: answers.map((said) => ({ do: 'change', said }) as const) },
    { weight: 4, arbitrary: fc.constant({ do: 'read' } as const) },
    { weight: 1, arbitrary: fc.constant({ do: 'resume' } as const) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 40_000 }).map((ms) => ({ do: 'pass', ms }) as const) },
  );

  it('leads from what a client holds to the present, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(answers, fc.array(steps, { maxLength: 40 }), async (first, script) => {
        const world = openStage(first);
        const held = client();
        let viewer = await world.watch();
        let reading: { over: boolean } | null = null;
        let fault: unknown = null;
        const begin = () => {
          const own = { over: false };
          reading = own;
          viewer
            .next()
            .then((result) => {
              own.over = true;
              reading = null;
              if (!result.done) held.take(result.value);
            })
            .catch((error: unknown) => {
              fault = error;
            });
          return own;
        };
        /** Takes one event when there is one. A read that waits stays. */
        const read = async () => {
          const own = reading ?? begin();
          await pass(0);
          return own.over;
        };
        for (const step of script) {
          if (step.do === 'change') await change(world, step.said);
          if (step.do === 'pass') await pass(step.ms);
          if (step.do === 'read') await read();
          if (step.do === 'resume') {
            await viewer.return?.();
            await pass(0);
            viewer = await world.watch(held.etag() || null);
          }
        }
        while (await read());
        expect(fault).toBeNull();
        const { starts, seats, complete } = world.stage.said;
        expect(held.complete()).toBe(complete);
        expect(held.slots()).toEqual(starts.map((start) => [start, seats]));
        await viewer.return?.();
        expect(await world.viewers()).toBe(0);
        world.live.close();
        expect(timeouts()).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
