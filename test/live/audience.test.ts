import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAudience } from '../../src/live/audience.ts';
import type { AvailabilityUpdate } from '../../src/live/delta.ts';
import type { Availability } from '../../src/offers/query.ts';
import { seed } from '../availability/seed.fixture.ts';
import { fakeQuery, fakeViewer, type Rendered } from './crowd.fixture.ts';
import { answerOf, deferred, type Said, slotsOf } from './stage.fixture.ts';

/** All that is under way, short of renders that the test clientSlots. */
async function settle() {
  for (let i = 0; i < 5; i++) await turn();
}

const toOf = (event: AvailabilityUpdate) => (event.type === 'delta' ? event.delta.to : event.availability);
const fromOf = (event: AvailabilityUpdate) => (event.type === 'delta' ? event.delta.fromEtag : null);

/** An audience whose renders the test counts, and settles if `late` says so. */
function open(late: () => boolean = () => false) {
  const world = fakeQuery();
  const rendered: AvailabilityUpdate[] = [];
  const waiting: (() => void)[] = [];
  let emptied = 0;
  const audience = createAudience<Rendered>(
    world.query,
    (event) => {
      rendered.push(event);
      if (!late()) return { event };
      const { promise, resolve } = deferred<Rendered>();
      waiting.push(() => resolve({ event }));
      return promise;
    },
    () => void emptied++,
  );
  const join = (room?: number) => fakeViewer({ clientSlots: null }, room).subscribe(audience, world.latest());
  return { ...world, audience, rendered, waiting, join, emptied: () => emptied };
}

const NOTHING = { clientSlots: null };

describe('an audience', () => {
  it('renders each event once for all its viewers', async () => {
    const { join, answer, rendered } = open();
    const viewers = Array.from({ length: 500 }, () => join());
    answer({ starts: [1, 2] });
    await settle();
    expect(rendered).toHaveLength(2);
    for (const { events } of viewers) expect(events).toEqual([viewers[0]?.events[0], viewers[0]?.events[1]]);
  });

  it('lets other work have its turn between viewers', async () => {
    const { join, answer } = open();
    const viewers = Array.from({ length: 500 }, () => join());
    answer({ starts: [2] });
    const delivered = () => viewers.filter(({ events }) => events.length > 1).length;
    await turn();
    const early = delivered();
    await settle();
    expect(early).toBeLessThan(500);
    expect(delivered()).toBe(500);
  });

  it('sends a viewer that was not ready a single event once it is', async () => {
    const { join, answer, rendered, latest } = open();
    const [slow, quick] = [join(1), join()];
    for (const start of [2, 3, 4]) {
      answer({ starts: [start] });
      await settle();
    }
    expect([slow.events.length, quick.events.length]).toEqual([1, 4]);
    slow.take();
    expect(slow.events.map((event) => toOf(event).etag)).toEqual(['1/1', '4/1']);
    expect(slow.isAt(latest())).toBe(true);
    expect(rendered).toHaveLength(5);
  });

  it('sends nothing to a viewer that was not ready when the answer has changed back meanwhile', async () => {
    const { join, answer } = open();
    const slow = join(1);
    answer({ starts: [2] });
    answer({ starts: [1] });
    await settle();
    slow.take();
    expect(slow.events).toHaveLength(1);
  });

  it('sends nothing to a viewer that holds the latest slots, then an event for new issues', async () => {
    const { audience, answer, latest } = open();
    const viewer = fakeViewer({ clientSlots: { etag: '1/1', slots: slotsOf([1]) } }).subscribe(
      audience,
      latest(),
    );
    expect(viewer.events).toEqual([]);
    answer({ starts: [1], complete: false });
    await settle();
    expect(viewer.events.map(fromOf)).toEqual(['1/1']);
  });

  it("sends a viewer's own first answer before the latest one", async () => {
    const { audience, answer } = open();
    const own = answerOf({ starts: [7] });
    const viewer = fakeViewer(NOTHING).subscribe(audience, own);
    answer({ starts: [8] });
    await settle();
    expect(viewer.events.map((event) => toOf(event).etag)).toEqual(['7/1', '1/1', '8/1']);
  });

  it('ends after the last answer, even for a viewer that is not ready yet', async () => {
    const { join, answer, query, emptied, listeners } = open();
    const [slow, quick] = [join(1), join()];
    answer({ starts: [] });
    query.close();
    await settle();
    expect([quick.ended, quick.gone, slow.ended]).toEqual([1, 1, 0]);
    slow.take();
    await settle();
    expect([slow.events.length, slow.ended, slow.gone]).toEqual([2, 1, 1]);
    expect([emptied(), listeners()]).toEqual([1, 0]);
  });

  it('unsubscribes each viewer once, and from the query after the last one', async () => {
    const { join, answer, emptied, listeners, rendered } = open();
    const viewers = [join(), join()];
    expect(listeners()).toBe(1);
    for (const viewer of [...viewers, ...viewers]) viewer.leave();
    expect([viewers.map(({ gone }) => gone), emptied(), listeners()]).toEqual([[1, 1], 1, 0]);
    answer({ starts: [2] });
    await settle();
    expect(rendered).toHaveLength(1);
    // And is there for who comes then.
    expect(join().events).toHaveLength(1);
  });

  it('drops an event that is rendered for a viewer who has left meanwhile', async () => {
    const { join, answer, waiting, query } = open(() => true);
    const viewer = join();
    viewer.leave();
    for (const resolve of waiting.splice(0)) resolve();
    answer({ starts: [2] });
    query.close();
    await settle();
    expect([viewer.events.length, viewer.ended]).toEqual([0, 0]);
  });

  it('goes on sending while answers come faster than they are rendered', async () => {
    const { join, answer, waiting, rendered } = open(() => true);
    const viewer = join();
    for (let start = 2; start < 20; start++) {
      answer({ starts: [start] });
      waiting.shift()?.();
      await settle();
    }
    expect(rendered.length).toBeGreaterThan(10);
    expect(viewer.events.length).toBeGreaterThan(5);
  });
});

type Step =
  | { do: 'answer'; said: Said }
  | { do: 'join'; first: number | null; clientSlots: number | null; room: number }
  | { do: 'take' | 'fill' | 'leave' | 'settle'; which: number }
  | { do: 'pass' };

const said = fc.record({
  starts: fc.uniqueArray(fc.nat(3), { maxLength: 3 }).map((starts) => starts.sort()),
  seats: fc.constantFrom(1, 2),
  complete: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: said.map((what): Step => ({ do: 'answer', said: what })) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      first: fc.option(fc.nat(9)),
      clientSlots: fc.option(fc.nat(9)),
      room: fc.constantFrom(0, 1, 2, Number.POSITIVE_INFINITY),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('take', 'settle', 'take', 'settle', 'fill', 'leave'),
      which: fc.nat(20),
    }),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'pass' }) },
);

it('leads every viewer from the slots it holds to the latest answer, in any order of events', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.infiniteStream(fc.boolean()),
      async (steps, lateness) => {
        const late = () => lateness.next().value ?? false;
        const { audience, answer, latest, rendered, waiting } = open(late);
        const answers: Availability[] = [latest()];
        const viewers: ReturnType<typeof fakeViewer>[] = [];
        const stays = new Set<(typeof viewers)[number]>();
        const at = (which: number) => viewers[which % Math.max(1, viewers.length)];
        for (const each of steps) {
          if (each.do === 'answer') answers.push(answer(each.said));
          if (each.do === 'pass') await settle();
          if (each.do === 'join') {
            // Of the last few: older ones would be no different.
            const answerAt = (n: number | null) =>
              n === null ? undefined : answers.at(-1 - (n % answers.length));
            const held = answerAt(each.clientSlots);
            const clientSlots = held ? { etag: held.etag, slots: held.slots } : null;
            const viewer = fakeViewer({ clientSlots }, each.room).subscribe(audience, answerAt(each.first));
            viewers.push(viewer);
            stays.add(viewer);
          }
          if (each.do === 'settle') waiting.splice(each.which % Math.max(1, waiting.length), 1)[0]?.();
          if (each.do === 'take') at(each.which)?.take();
          if (each.do === 'fill') at(each.which)?.fill();
          if (each.do === 'leave') {
            const viewer = at(each.which);
            viewer?.leave();
            if (viewer) stays.delete(viewer);
          }
        }
        for (let i = 0; i < 20; i++) {
          for (const resolve of waiting.splice(0)) resolve();
          for (const viewer of viewers) viewer.take();
          await settle();
        }
        for (const viewer of stays) expect(viewer.isAt(latest())).toBe(true);
        const seen = new Map<Availability, Set<string | null>>();
        for (const event of rendered) {
          const froms = seen.get(toOf(event)) ?? new Set();
          expect(froms.has(fromOf(event)), 'rendered once').toBe(false);
          seen.set(toOf(event), froms.add(fromOf(event)));
        }
      },
    ),
    { seed, numRuns: 1_500 },
  );
});
