/** What a provider could not read whole, and a round that tells everything though it was asked for less. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ProviderError } from '../../../src/providers/port.ts';
import { freshnessAt } from '../../../src/store/calendars/freshness-history.ts';
import { createPuller, type Puller } from '../../../src/sync/pull/pull.ts';
import { SECOND } from '../../../src/time/clock.ts';
import { busy } from '../provider.fixture.ts';
import { createWorld, HOUR, NOW, type World } from '../world.fixture.ts';

let world: World;
let puller: Puller;
let id: string;

beforeAll(async () => {
  world = await createWorld();
  puller = createPuller(world.deps);
});
afterAll(() => world.close());
beforeEach(async () => {
  world.clock.at = NOW;
  world.provider.reset();
  ({ id } = await world.addCalendar());
});

const troubleOf = async () =>
  (await world.store.calendarState.findUniqueOrThrow({ where: { calendarId: id } })).trouble;
const one = busy('one', NOW, NOW + HOUR);
const two = busy('two', NOW + 2 * HOUR, NOW + 3 * HOUR);

test('a partial round counts, and the calendar is partial until a complete one', async () => {
  world.provider.script(
    [{ changes: [one] }, { changes: [], cursor: 'c1', partial: true }],
    [{ changes: [two], cursor: 'c2', partial: true }],
    [{ changes: [], cursor: 'c3' }],
  );
  expect(await puller.pull(id)).toBe('applied');
  expect(await troubleOf()).toBe('partial');
  await puller.pull(id);
  expect(await troubleOf()).toBe('partial');
  expect(await world.busyOf(id)).toEqual([NOW, NOW + HOUR, NOW + 2 * HOUR, NOW + 3 * HOUR]);
  const historyNow = await world.store.calendarStanding.findMany({ where: { calendarId: id } });
  expect(historyNow.map(({ trouble }) => trouble)).toEqual(['partial']);
  await puller.pull(id);
  expect(await troubleOf()).toBeNull();
});

test('a round that holds all time in doubt is reported, and stays proven from pull to pull', async () => {
  world.provider.script(
    [{ changes: [one], cursor: 'c1', partial: true, held: true }],
    [{ changes: [], cursor: 'c2', partial: true, held: true }],
    [{ changes: [], cursor: 'c3', partial: true }],
  );
  await puller.pull(id);
  expect(await troubleOf()).toBe('approximate');
  world.clock.at = NOW + 2 * SECOND;
  await puller.pull(id);
  expect((await freshnessAt(world.store, [id], NOW + SECOND)).get(id)).toMatchObject({
    provenAsOf: NOW + SECOND,
    trouble: 'approximate',
  });
  await puller.pull(id);
  expect(await troubleOf()).toBe('partial');
});

test('a full round removes events that it does not name, whatever the cursor', async () => {
  world.provider.script(
    [{ changes: [one, two], cursor: 'c1' }],
    [
      { changes: [two], full: true },
      { changes: [], cursor: 'c2' },
    ],
    [{ changes: [], cursor: 'c3' }],
  );
  await puller.pull(id);
  await puller.pull(id);
  expect(await world.busyOf(id)).toEqual([NOW + 2 * HOUR, NOW + 3 * HOUR]);
  await puller.pull(id);
  expect(await world.busyOf(id)).toEqual([NOW + 2 * HOUR, NOW + 3 * HOUR]);
  expect(world.provider.pulls.map(({ cursor }) => cursor)).toEqual([null, 'c1', 'c2']);
});

test('a full round keeps what is stored of an event or a series that could not be read', async () => {
  const instance = busy('s#1', NOW + 4 * HOUR, NOW + 5 * HOUR, { seriesId: 's' });
  world.provider.script(
    [{ changes: [one, two, instance], cursor: 'c1' }],
    [
      {
        changes: [
          { type: 'keep', id: 'one' },
          { type: 'keep', id: 's' },
        ],
        full: true,
      },
      { changes: [], cursor: 'c2', partial: true },
    ],
    [{ changes: [one, { type: 'keep', id: 's' }], full: true, cursor: 'c3' }],
    [{ changes: [one], full: true, cursor: 'c4' }],
  );
  await puller.pull(id);
  await puller.pull(id);
  const both = [NOW, NOW + HOUR, NOW + 4 * HOUR, NOW + 5 * HOUR];
  expect(await world.busyOf(id)).toEqual(both);
  await puller.pull(id);
  expect(await world.busyOf(id)).toEqual(both);
  await puller.pull(id);
  expect(await world.busyOf(id)).toEqual([NOW, NOW + HOUR]);
});

test("a provider gets the zone of the calendar's host", async () => {
  await world.store.host.updateMany({ data: { timeZone: 'Asia/Tokyo' } });
  await puller.pull(id);
  expect(world.provider.pulls[0]?.calendar).toMatchObject({ hostZone: 'Asia/Tokyo' });
  await world.store.host.updateMany({ data: { timeZone: 'UTC' } });
});

test("a provider gets the mail addresses of the calendar's host and of its account", async () => {
  await world.store.host.updateMany({ data: { email: 'Ada@example.com' } });
  await world.store.account.updateMany({ data: { email: 'ada@work.example' } });
  await puller.pull(id);
  const ownerAddresses = ['ada@example.com', 'ada@work.example'];
  expect(world.provider.pulls[0]?.calendar).toMatchObject({ ownerAddresses });
});

test('a partial calendar that can’t be reached is partial still', async () => {
  world.provider.script(
    [{ changes: [one], cursor: 'c1', partial: true }],
    [new ProviderError('transient', 'away')],
    [{ changes: [], cursor: 'c2' }],
  );
  await puller.pull(id);
  expect(await puller.pull(id)).toBe('failed');
  expect(await troubleOf()).toBe('partial');
  await puller.pull(id);
  expect(await troubleOf()).toBeNull();
});
