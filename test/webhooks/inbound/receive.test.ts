import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { InboundNotification } from '../../../src/providers/port.ts';
import { closeStore, createStore } from '../../../src/store/client.ts';
import { createChannelKeeper } from '../../../src/sync/channels/keeper.ts';
import { MINUTE } from '../../../src/time/clock.ts';
import { createReceiver, type Receiver } from '../../../src/webhooks/inbound/receive.ts';
import { until, WAIT_LIMIT } from '../../harness/eventually.ts';
import { createWorld, NOW, type World } from '../../sync/world.fixture.ts';

let world: World;
let receiver: Receiver;
let id: string;
let channel: { channelId: string; secret: string };

beforeAll(async () => {
  world = await createWorld();
  receiver = createReceiver(world.deps);
});
afterAll(() => world.close());
beforeEach(async () => {
  world.clock.at = NOW;
  ({ id } = await world.addCalendar());
  await createChannelKeeper(world.deps).ensure(id);
  channel = world.provider.opened.at(-1) ?? channel;
  await world.store.calendarState.update({ where: { calendarId: id }, data: { dirtySince: null } });
  await world.store.$executeRaw`delete from graphile_worker._private_jobs`;
  world.deps.metrics.notifications.reset();
});

const changed = (more: Partial<InboundNotification> = {}): InboundNotification => ({
  ...channel,
  remoteId: `remote-${channel.channelId}`,
  signal: 'changed',
  dedupeKey: 'n1',
  record: '{"kept":true}',
  ...more,
});
const request = (notifications: InboundNotification[], headers: Record<string, string> = {}) => ({
  method: 'POST',
  path: '',
  query: new URLSearchParams(),
  headers: { 'x-number': '7', 'x-token': channel.secret, ...headers },
  body: Buffer.from(JSON.stringify(notifications)),
});
const send = (notifications: InboundNotification[], headers: Record<string, string> = {}) =>
  receiver.receive('google', request(notifications, headers));
const deliveries = () =>
  world.store.delivery.findMany({
    where: { calendarId: id },
    orderBy: [{ receivedAt: 'asc' }, { id: 'asc' }],
  });
const verdicts = async () => (await deliveries()).map(({ verdict }) => verdict);
const dirtySince = async () =>
  (await world.store.calendarState.findUniqueOrThrow({ where: { calendarId: id } })).dirtySince;
const jobs = async () => (await world.jobs()).map(({ key }) => key);
const counted = async () =>
  Object.fromEntries(
    (await world.deps.metrics.notifications.get()).values.map(({ labels, value }) => [labels.verdict, value]),
  );

describe('a notification', () => {
  test('is stored without its secret, and makes its calendar due', async () => {
    expect(await send([changed()])).toEqual({ status: 202, headers: {}, body: '' });
    const [delivery] = await deliveries();
    expect(delivery).toMatchObject({
      verdict: 'ACCEPTED',
      channelId: channel.channelId,
      body: '{"kept":true}',
    });
    expect(delivery?.headers).toEqual({ 'x-number': '7', ':dedupe': 'n1', ':signal': 'changed' });
    expect(JSON.stringify(delivery)).not.toContain(channel.secret);
    expect(await dirtySince()).toEqual(new Date(NOW));
    expect(await jobs()).toEqual([`pull:${id}`]);
    const row = await world.store.watchChannel.findUniqueOrThrow({ where: { id: channel.channelId } });
    expect(row.lastNotificationAt).toEqual(new Date(NOW));
    expect(await counted()).toEqual({ accepted: 1 });
  });

  test('that proves nothing gets the same answer, no row and no work', async () => {
    const wrong = [
      changed({ secret: 'wrong' }),
      changed({ secret: '' }),
      changed({ channelId: 'chan_unknown' }),
      changed({ remoteId: 'another' }),
    ];
    expect(await send(wrong)).toEqual({ status: 202, headers: {}, body: '' });
    expect(await deliveries()).toEqual([]);
    expect(await jobs()).toEqual([]);
    expect(await dirtySince()).toBeNull();
    expect(await counted()).toEqual({ rejected: 4 });
  });

  test('that comes again is stored again, without work, for ten minutes', async () => {
    await send([changed(), changed()]);
    await world.store.$executeRaw`delete from graphile_worker._private_jobs`;
    world.clock.at += MINUTE;
    await send([changed()]);
    expect((await verdicts()).sort()).toEqual(['ACCEPTED', 'DUPLICATE', 'DUPLICATE']);
    expect(await jobs()).toEqual([]);
    world.clock.at += 11 * MINUTE;
    await send([changed(), changed({ dedupeKey: 'n2' }), changed({ dedupeKey: null })]);
    expect((await verdicts()).slice(3)).toEqual(['ACCEPTED', 'ACCEPTED', 'ACCEPTED']);
    expect(await jobs()).toEqual([`pull:${id}`]);
  });

  test('is known again by a key of any length, and by its channel', async () => {
    const key = 'n'.repeat(9_000);
    await send([changed({ dedupeKey: key })]);
    await send([changed({ dedupeKey: key }), changed({ dedupeKey: `${key}n` })]);
    expect((await verdicts()).sort()).toEqual(['ACCEPTED', 'ACCEPTED', 'DUPLICATE']);
    const first = channel;
    await createChannelKeeper(world.deps).ensure((await world.addCalendar()).id);
    channel = world.provider.opened.at(-1) ?? channel;
    expect(channel).not.toEqual(first);
    await send([changed({ dedupeKey: key })]);
    expect(await counted()).toEqual({ accepted: 3, duplicate: 1 });
  });

  test('with a body that PostgreSQL does not take as it is stored without what it can not hold', async () => {
    await send([changed({ record: 'a\0b\ud800' })]);
    expect((await deliveries()).map(({ body }) => body)).toEqual(['ab\ufffd']);
  });

  test('repeated at the same moment is accepted once', async () => {
    await Promise.all(Array.from({ length: 5 }, () => send([changed()])));
    expect((await verdicts()).sort()).toEqual(['ACCEPTED', ...Array(4).fill('DUPLICATE')]);
  });

  test('that comes to several gateways at the same moment is accepted once', async () => {
    const stores = Array.from({ length: 3 }, () => createStore(world.url, { max: 2 }));
    const receivers = stores.map((store) => createReceiver({ ...world.deps, store }));
    for (let round = 0; round < 5; round++) {
      const notification = changed({ dedupeKey: `n${round}` });
      const replies = await Promise.all(
        [...receivers, ...receivers].map((each) => each.receive('google', request([notification]))),
      );
      expect(replies.map(({ status }) => status)).toEqual(Array(6).fill(202));
    }
    const stored = await verdicts();
    expect(stored.filter((verdict) => verdict === 'ACCEPTED')).toHaveLength(5);
    expect(stored).toHaveLength(30);
    for (const store of stores) await closeStore(store);
  });

  test('is compared with what another gateway stores while it waits for the channel', async () => {
    const sent = await world.store.$transaction(async (tx) => {
      await tx.watchChannel.update({
        where: { id: channel.channelId },
        data: { lastNotificationAt: new Date(NOW) },
      });
      const [{ organisationId } = expect.fail('there is no channel')] = await tx.watchChannel.findMany({
        where: { id: channel.channelId },
      });
      await tx.delivery.create({
        data: {
          ...{ id: 'dlv_other', organisationId, provider: 'google', calendarId: id },
          ...{ channelId: channel.channelId, receivedAt: new Date(NOW), headers: {}, body: '' },
          ...{ verdict: 'ACCEPTED', dedupeKey: 'n1' },
        },
      });
      const sending = send([changed()]);
      await until(async () => {
        const waiting = await world.store.$queryRaw<object[]>`
          select from pg_stat_activity where wait_event_type = 'Lock' and query like '%watch_channel%'`;
        return waiting.length > 0;
      });
      return { sending };
    });
    expect((await sent.sending).status).toBe(202);
    expect((await verdicts()).sort()).toEqual(['ACCEPTED', 'DUPLICATE']);
    expect(await jobs()).toEqual([]);
    expect(await counted()).toEqual({ duplicate: 1 });
  });

  test('that only greets is stored and ignored, while the channel is still opening', async () => {
    await world.store.watchChannel.update({
      where: { id: channel.channelId },
      data: { status: 'opening', remoteId: null },
    });
    await send([changed({ signal: 'opened' })]);
    expect(await verdicts()).toEqual(['IGNORED']);
    expect(await jobs()).toEqual([]);
  });

  test('of a lost channel has it replaced and the calendar read', async () => {
    await send([changed({ signal: 'removed', dedupeKey: null })]);
    expect(await jobs()).toEqual([`pull:${id}`, `watch:${id}`]);
    await createChannelKeeper(world.deps).ensure(id);
    const rows = await world.store.watchChannel.findMany({
      where: { calendarId: id },
      orderBy: { id: 'asc' },
    });
    expect(rows.map(({ status }) => status).sort()).toEqual(['closed', 'open']);
    expect(await dirtySince()).toEqual(new Date(NOW));
  });

  test('that asks for a new authorisation makes the channel due', async () => {
    await send([changed({ signal: 'reauthorize', dedupeKey: null })]);
    expect(await jobs()).toEqual([`watch:${id}`]);
    const row = await world.store.watchChannel.findUniqueOrThrow({ where: { id: channel.channelId } });
    expect(row.dueAt).toEqual(new Date(NOW));
  });
});

test('what is no notification is refused', async () => {
  expect(await send([], { bad: 'yes' })).toMatchObject({ status: 400 });
  expect(await counted()).toEqual({ rejected: 1 });
});

test('a handshake is answered without the store, a notification is not', async () => {
  const gone = createStore('postgresql://nobody@127.0.0.1:1/nothing');
  receiver = createReceiver({ ...world.deps, store: gone });
  expect((await send([])).status).toBe(202);
  expect(await send([changed()])).toMatchObject({
    status: 503,
    headers: { 'retry-after': expect.any(String) },
  });
  expect(await counted()).toEqual({ unavailable: 1 });
  receiver = createReceiver(world.deps);
  await closeStore(gone);
});

test('a store that does not answer in time counts as gone, and what it stores late is no work twice', async () => {
  let release = () => {};
  const locked = new Promise<void>((resolve) => {
    release = resolve;
  });
  let held = () => {};
  const isHeld = new Promise<void>((resolve) => {
    held = resolve;
  });
  const holder = world.store.$transaction(
    async (tx) => {
      await tx.$queryRaw`select 1 from watch_channel where id = ${channel.channelId} for update`;
      held();
      await locked;
    },
    { timeout: WAIT_LIMIT },
  );
  await isHeld;
  expect((await send([changed()])).status).toBe(503);
  release();
  await holder;
  expect((await send([changed()])).status).toBe(202);
  expect((await verdicts()).filter((verdict) => verdict === 'ACCEPTED')).toHaveLength(1);
});
