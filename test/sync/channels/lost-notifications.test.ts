import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createChannelKeeper } from '../../../src/sync/channels/keeper.ts';
import { createLostNotifications } from '../../../src/sync/channels/lost-notifications.ts';
import { createPuller, type Puller } from '../../../src/sync/pull/pull.ts';
import { MINUTE } from '../../../src/time/clock.ts';
import { createReceiver } from '../../../src/webhooks/inbound/receive.ts';
import { busy } from '../provider.fixture.ts';
import { createWorld, HOUR, NOW, type World } from '../world.fixture.ts';

let world: World;
let id: string;
let puller: Puller;
let settle: () => Promise<void>;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  world.clock.at = NOW;
  world.provider.reset();
  world.deps.metrics.lostNotifications.reset();
  const lostNotifications = createLostNotifications(world.deps);
  settle = lostNotifications.countMissed;
  puller = createPuller({ ...world.deps, lostNotifications });
  ({ id } = await world.addCalendar());
  await createChannelKeeper(world.deps).ensure(id);
  world.clock.at += MINUTE;
  await puller.pull(id);
  world.clock.at += MINUTE;
  world.provider.script([{ changes: [busy('a', NOW + HOUR, NOW + 2 * HOUR)], cursor: 'c1' }]);
});

const counted = async () => {
  world.clock.at += 4 * MINUTE;
  await settle();
  return (await world.deps.metrics.lostNotifications.get()).values.reduce((sum, { value }) => sum + value, 0);
};
const notify = () =>
  createReceiver(world.deps).receive('google', {
    method: 'POST',
    path: '',
    query: new URLSearchParams(),
    headers: {},
    body: Buffer.from(
      JSON.stringify([
        { ...world.provider.opened.at(-1), remoteId: null, signal: 'changed', dedupeKey: null },
      ]),
    ),
  });

test('counts a change that a poll found without a notification', async () => {
  const lostAt = async () => {
    const state = await world.store.calendarState.findUniqueOrThrow({ where: { calendarId: id } });
    return state.notificationLostAt?.getTime() ?? null;
  };
  await puller.pull(id);
  expect(await lostAt()).toBeNull();
  expect(await counted()).toBe(1);
  expect(await lostAt()).toBe(world.clock.at);
});

test('does not count a change whose notification comes within the grace period', async () => {
  await puller.pull(id);
  await settle();
  world.clock.at += MINUTE;
  await notify();
  expect(await counted()).toBe(0);
});

test('does not count a change whose notification came before the poll', async () => {
  await notify();
  await puller.pull(id);
  expect(await counted()).toBe(0);
});

test('does not count a poll that changed nothing', async () => {
  world.provider.script([{ changes: [{ type: 'remove', externalId: 'unknown' }], cursor: 'c1' }]);
  await puller.pull(id);
  expect(await counted()).toBe(0);
});

test('does not count changes that a strict read found', async () => {
  await puller.pull(id, { basis: 'STRICT', after: () => 0 });
  expect(await counted()).toBe(0);
});

test('does not count a full pull', async () => {
  await world.store.calendarState.update({ where: { calendarId: id }, data: { cursor: null } });
  await puller.pull(id);
  expect(await counted()).toBe(0);
});

test('counts nothing where no channel was open', async () => {
  await world.store.watchChannel.updateMany({
    where: { calendarId: id },
    data: { openedAt: new Date(world.clock.at) },
  });
  await puller.pull(id);
  expect(await counted()).toBe(0);
});
