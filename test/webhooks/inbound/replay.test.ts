import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { InboundNotification } from '../../../src/providers/port.ts';
import { createChannelKeeper } from '../../../src/sync/channels/keeper.ts';
import { DAY, MINUTE, SECOND } from '../../../src/time/clock.ts';
import { createReceiver, type Receiver } from '../../../src/webhooks/inbound/receive.ts';
import { createReplay, type Replay } from '../../../src/webhooks/inbound/replay.ts';
import { createWorld, NOW, type World } from '../../sync/world.fixture.ts';

let world: World;
let receiver: Receiver;
let replay: Replay;
let id: string;
let channel: { channelId: string; secret: string };

beforeAll(async () => {
  world = await createWorld();
  receiver = createReceiver(world.deps);
  replay = createReplay(world.deps);
});
afterAll(() => world.close());
beforeEach(async () => {
  world.clock.at = NOW;
  await world.store.delivery.deleteMany();
  ({ id } = await world.addCalendar());
  await createChannelKeeper(world.deps).ensure(id);
  channel = world.provider.opened.at(-1) ?? channel;
  await forget();
});

/** What notifications made due is done. */
async function forget() {
  await world.store.calendarState.update({ where: { calendarId: id }, data: { dirtySince: null } });
  await world.store.$executeRaw`delete from graphile_worker._private_jobs`;
}
async function deliver(more: Partial<InboundNotification> = {}): Promise<string> {
  const notification = {
    ...channel,
    remoteId: `remote-${channel.channelId}`,
    signal: 'changed',
    dedupeKey: 'n1',
    record: '{"kept":true}',
    ...more,
  };
  await receiver.receive('google', {
    method: 'POST',
    path: '',
    query: new URLSearchParams(),
    headers: { 'x-number': '7' },
    body: Buffer.from(JSON.stringify([notification])),
  });
  const last = await world.store.delivery.findFirstOrThrow({ orderBy: { id: 'desc' } });
  return last.id;
}
const jobs = async () => (await world.jobs()).map(({ key }) => key);
const dirtySince = async () =>
  (await world.store.calendarState.findUniqueOrThrow({ where: { calendarId: id } })).dirtySince;

describe('a replayed delivery', () => {
  test('does what it did, and is stored as one of its own', async () => {
    const first = await deliver();
    await forget();
    world.clock.at += MINUTE;
    const { delivery } = await replay.run(first);
    expect(delivery).toMatchObject({
      replayOf: first,
      verdict: 'ACCEPTED',
      calendarId: id,
      receivedAt: new Date(NOW + MINUTE),
      body: '{"kept":true}',
    });
    expect(await jobs()).toEqual([`pull:${id}`]);
    expect(await dirtySince()).toEqual(new Date(NOW + MINUTE));
  });

  test('can be replayed again, and makes no notification that comes later a duplicate', async () => {
    const first = await deliver();
    const again = (await replay.run(first)).delivery.id;
    await forget();
    expect((await replay.run(again)).delivery).toMatchObject({ replayOf: again, verdict: 'ACCEPTED' });
    expect(await jobs()).toEqual([`pull:${id}`]);
    await world.store.delivery.deleteMany({ where: { id: first } });
    const next = await deliver();
    expect(await world.store.delivery.findUnique({ where: { id: next } })).toMatchObject({
      verdict: 'ACCEPTED',
    });
  });

  test.each([
    ['reauthorize', [`watch:`]],
    ['removed', ['pull:', 'watch:']],
    ['missed', ['pull:']],
  ] as const)('of a lifecycle event says %s again', async (signal, expected) => {
    const first = await deliver({ signal });
    await forget();
    // As it was before.
    await world.store.watchChannel.update({ where: { id: channel.channelId }, data: { status: 'open' } });
    await replay.run(first);
    expect(await jobs()).toEqual(expected.map((task) => `${task}${id}`));
  });

  test.each([
    ['a duplicate', { signal: 'changed' }, 'DUPLICATE'],
    ['a greeting', { signal: 'opened', dedupeKey: 'n2' }, 'IGNORED'],
  ] as const)('that was %s is one still, without work', async (_, more, verdict) => {
    await deliver();
    const second = await deliver(more);
    await forget();
    expect((await replay.run(second)).delivery.verdict).toBe(verdict);
    expect(await jobs()).toEqual([]);
  });

  test.each([
    ['channel was closed', () => closeChannel()],
    ['calendar was deselected', () => change({ selected: false })],
    ['calendar is no longer listed', () => change({ removed: true })],
    ['calendar is gone', () => world.store.calendar.delete({ where: { id } })],
  ])('whose %s is ignored, and shown to be in a preview', async (_, end) => {
    const first = await deliver();
    await forget();
    expect((await replay.preview(first)).verdict).toBe('ACCEPTED');
    await end();
    expect((await replay.preview(first)).verdict).toBe('IGNORED');
    expect(await world.store.delivery.count()).toBe(1);
    expect((await replay.run(first)).delivery.verdict).toBe('IGNORED');
    expect(await jobs()).toEqual([]);
  });
  const closeChannel = () =>
    world.store.watchChannel.update({ where: { id: channel.channelId }, data: { status: 'closed' } });
  const change = (data: { selected?: boolean; removed?: boolean }) =>
    world.store.calendar.update({ where: { id }, data });

  test('of another organisation, or of none, is not found', async () => {
    const first = await deliver();
    await expect(replay.run(first, 'another')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(replay.run('dlv_unknown')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await replay.run(first, 'org')).verdict).toBe('ACCEPTED');
  });
});

test('a span holds what providers sent, in the order received, each time the same', async () => {
  const sent: string[] = [];
  for (const dedupeKey of ['a', 'b', 'c']) {
    sent.push(await deliver({ dedupeKey }));
    world.clock.at += SECOND;
  }
  const span = { from: NOW, to: NOW + DAY };
  expect(await replay.within(span)).toEqual(sent);
  for (const one of sent) await replay.run(one);
  expect(await replay.within(span)).toEqual(sent);
  expect(await replay.within({ from: NOW + SECOND, to: NOW + 2 * SECOND })).toEqual([sent[1]]);
  expect(await replay.within({ ...span, provider: 'google', calendar: id })).toEqual(sent);
  expect(await replay.within({ ...span, provider: 'microsoft' })).toEqual([]);
  expect(await replay.within({ ...span, calendar: 'cal_other' })).toEqual([]);
});
