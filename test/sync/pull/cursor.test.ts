/** What cursor a provider leaves over a round that failed, which one a full round gets, and how often a calendar asks to be read. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ProviderError, type PullRequest } from '../../../src/providers/port.ts';
import { resetCursor } from '../../../src/store/calendars/calendars.ts';
import { effectiveInterval } from '../../../src/sync/pull/due-times.ts';
import { createPuller, type Puller } from '../../../src/sync/pull/pull.ts';
import { DAY, MINUTE } from '../../../src/time/clock.ts';
import { zoneDataInfo } from '../../../src/time/installed-zones.ts';
import { busy } from '../provider.fixture.ts';
import { createWorld, HOUR, NOW, type World } from '../world.fixture.ts';

let world: World;
let puller: Puller;
let id: string;
let asked: Pick<PullRequest, 'cursor' | 'previousCursor'>[];

beforeAll(async () => {
  world = await createWorld();
  const { provider } = world;
  const { pullChanges } = provider;
  provider.pullChanges = (request) => {
    asked.push({
      cursor: request.cursor,
      ...('previousCursor' in request ? { previousCursor: request.previousCursor } : {}),
    });
    return pullChanges(request);
  };
  puller = createPuller(world.deps);
});
afterAll(() => world.close());
beforeEach(async () => {
  asked = [];
  world.clock.at = NOW;
  world.provider.reset();
  ({ id } = await world.addCalendar());
});

const one = busy('one', NOW, NOW + HOUR);
const failing = (cursor?: string) =>
  new ProviderError('transient', 'not now', cursor === undefined ? {} : { cursor });
const state = () => world.store.calendarState.findUniqueOrThrow({ where: { calendarId: id } });

test('a round that failed may leave another cursor, and leaves the stored events as they were', async () => {
  world.provider.script(
    [{ changes: [one], cursor: 'c1' }],
    [failing('c1, and doubts')],
    [failing()],
    [{ changes: [], cursor: 'c2' }],
  );
  for (let round = 0; round < 4; round += 1) await puller.pull(id);
  expect(asked).toEqual([
    { cursor: null },
    { cursor: 'c1' },
    { cursor: 'c1, and doubts' },
    { cursor: 'c1, and doubts' },
  ]);
  expect(await world.busyOf(id)).toEqual([NOW, NOW + HOUR]);
  expect(await state()).toMatchObject({ cursor: 'c2', failures: 0 });
});

test('a full round gets the cursor of the round before, also when no round was ever complete', async () => {
  world.provider.script(
    [failing('doubts')],
    [{ changes: [one], cursor: 'c1' }],
    [{ changes: [], cursor: 'c2' }],
  );
  await puller.pull(id);
  await puller.pull(id);
  // The window that it covers is used up.
  world.clock.at += 3 * DAY;
  await puller.pull(id);
  expect(asked).toEqual([
    { cursor: null },
    { cursor: null, previousCursor: 'doubts' },
    { cursor: null, previousCursor: 'c1' },
  ]);
});

test('a round is not committed when the calendar was reset meanwhile', async () => {
  world.provider.script(
    [{ changes: [one], cursor: 'c1' }],
    [
      async () => {
        await resetCursor(world.store, id, NOW);
      },
      failing('c1, and doubts'),
    ],
  );
  await puller.pull(id);
  await puller.pull(id);
  expect(await state()).toMatchObject({ cursor: null });
});

test('a calendar may ask to be read sooner, down to a minute, and never later', () => {
  expect(effectiveInterval(null, 5 * MINUTE)).toBe(5 * MINUTE);
  expect(effectiveInterval(2 * MINUTE, 5 * MINUTE)).toBe(2 * MINUTE);
  expect(effectiveInterval(1_000, 5 * MINUTE)).toBe(MINUTE);
  expect(effectiveInterval(HOUR, 5 * MINUTE)).toBe(5 * MINUTE);
  expect(effectiveInterval(HOUR, 1_000)).toBe(1_000);
});

test('a calendar is due as soon as it asks to be read', async () => {
  world.provider.script([{ changes: [one], cursor: 'c1', refreshInterval: 2 * MINUTE }]);
  await puller.pull(id);
  const due = (await state()).dueAt?.getTime() ?? 0;
  expect(due).toBeGreaterThan(NOW + MINUTE);
  expect(due).toBeLessThanOrEqual(NOW + 2 * MINUTE);
});

test('a calendar that was read with older zone data is read anew, once, with its cursor to compare', async () => {
  world.provider.script([{ changes: [one], cursor: 'c1' }], [{ changes: [one], cursor: 'c2' }]);
  await puller.pull(id);
  const { version } = zoneDataInfo();
  expect((await state()).zoneData).toBe(version);
  for (const zoneData of ['2020a', null]) {
    await world.store.calendarState.update({ where: { calendarId: id }, data: { zoneData } });
    asked = [];
    const { cursor } = await state();
    expect(await puller.pull(id)).toBe('applied');
    expect(asked).toEqual([{ cursor: null, previousCursor: cursor }]);
    expect((await state()).zoneData).toBe(version);
  }
  // A process with older data than another one had reads on from the cursor.
  await world.store.calendarState.update({ where: { calendarId: id }, data: { zoneData: '2999a' } });
  asked = [];
  await puller.pull(id);
  expect(asked).toEqual([{ cursor: 'c2' }]);
  expect((await state()).zoneData).toBe('2999a');
});
