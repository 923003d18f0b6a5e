import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ProviderError } from '../../../src/providers/port.ts';
import { createChannelAudit } from '../../../src/sync/channels/audit.ts';
import { type ChannelKeeper, createChannelKeeper } from '../../../src/sync/channels/keeper.ts';
import { createSweep } from '../../../src/sync/sweep.ts';
import { MINUTE } from '../../../src/time/clock.ts';
import { until } from '../../harness/eventually.ts';
import { createWorld, HOUR, NOW, type World } from '../world.fixture.ts';

const ADDRESS = 'http://127.0.0.1:4000/webhooks/google';
let world: World;
let keeper: ChannelKeeper;
let id: string;
let account: string;

beforeAll(async () => {
  world = await createWorld();
  keeper = createChannelKeeper(world.deps);
});
afterAll(() => world.close());
beforeEach(async () => {
  world.clock.at = NOW;
  world.provider.reset();
  ({ id, account } = await world.addCalendar());
});

const channels = () =>
  world.store.watchChannel.findMany({ where: { calendarId: id }, orderBy: { createdAt: 'asc' } });
const statuses = async () => (await channels()).map(({ status }) => status);
const externalId = async () => (await world.store.calendar.findUniqueOrThrow({ where: { id } })).externalId;

describe("the provider's own list", () => {
  const audit = () => createChannelAudit(world.deps).audit(account);
  const listed = (remoteId: string, calendar: string | null = null, address = ADDRESS) => ({
    remoteId,
    address,
    calendar,
  });

  test('shows orphans, which are closed; channels of other addresses are left alone', async () => {
    await keeper.ensure(id);
    const [channel] = await channels();
    world.clock.at += MINUTE;
    world.provider.lists(
      listed(channel?.remoteId ?? ''),
      listed('orphan'),
      listed('elsewhere', null, 'https://other.example/webhooks/google'),
    );
    expect(await audit()).toBe(1);
    expect(world.provider.closed).toEqual(['orphan']);
    expect((await channels())[0]).toEqual(channel);
    const { listDueAt } = await world.store.account.findUniqueOrThrow({ where: { id: account } });
    expect(listDueAt.getTime()).toBeGreaterThan(world.clock.at + 50 * MINUTE);
  });

  test('leaves alone a channel that a process may be opening at this moment', async () => {
    const { watch } = world.provider;
    const open = watch.open;
    let closed = -1;
    watch.open = async (request) => {
      world.provider.lists(listed('fresh', await externalId()), listed('whose'), listed('orphan', 'another'));
      closed = await audit();
      return open(request);
    };
    await keeper.ensure(id);
    expect(closed).toBe(1);
    expect(world.provider.closed).toEqual(['orphan']);
  });

  test('makes an open channel due that it does not name', async () => {
    await keeper.ensure(id);
    world.provider.renewable();
    world.provider.lists();
    world.clock.at += MINUTE;
    await audit();
    expect((await channels())[0]?.dueAt?.getTime()).toBe(world.clock.at);
    world.provider.refuse.renew = new ProviderError('rejected', '404');
    expect(await keeper.ensure(id)).toEqual({ type: 'open' });
    expect(await statuses()).toEqual(['closed', 'open']);
  });

  test('is read when a process starts, hourly, and soon after a channel was lost', async () => {
    world.provider.lists();
    await world.store.account.updateMany({ data: { listDueAt: new Date(NOW + 50 * MINUTE) } });
    const due = async () => {
      await createSweep(world.deps).tick();
      const found = (await world.jobs('audit')).map(({ key }) => key);
      await world.store.$executeRaw`delete from graphile_worker._private_jobs`;
      return found;
    };
    expect(await due()).toContain(`audit:${account}`);
    await audit();
    expect(await due()).not.toContain(`audit:${account}`);
    const sweep = createSweep(world.deps);
    await sweep.tick();
    await world.store.$executeRaw`delete from graphile_worker._private_jobs`;
    world.clock.at += 1.1 * HOUR;
    await sweep.tick();
    expect((await world.jobs('audit')).map(({ key }) => key)).toContain(`audit:${account}`);

    const { watch } = world.provider;
    await audit();
    watch.open = () => new Promise(() => {});
    void keeper.ensure(id);
    await until(async () => (await statuses()).includes('opening'));
    world.clock.at += 2 * MINUTE;
    // Another process: what it opens in the other's place fails, so that the list stays to be read.
    watch.open = async () => {
      throw new ProviderError('transient', '503');
    };
    await createChannelKeeper(world.deps).ensure(id);
    expect(await statuses()).toEqual(['lost', 'failed']);
    const { listDueAt } = await world.store.account.findUniqueOrThrow({ where: { id: account } });
    expect(listDueAt.getTime()).toBe(world.clock.at);
  });
});
