import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ProviderError } from '../../../src/providers/port.ts';
import { hashSecret } from '../../../src/secrets.ts';
import { recordRemoteIds } from '../../../src/store/calendars/watch-channels.ts';
import { type ChannelKeeper, createChannelKeeper } from '../../../src/sync/channels/keeper.ts';
import { createSweep } from '../../../src/sync/sweep.ts';
import { createWatchCalendar } from '../../../src/sync/sync.ts';
import { MINUTE, SECOND } from '../../../src/time/clock.ts';
import { gate, signal } from '../../harness/gate.ts';
import { createWorld, HOUR, NOW, type World } from '../world.fixture.ts';

let world: World;
let keeper: ChannelKeeper;
let id: string;
const ADDRESS = 'http://127.0.0.1:4000/webhooks/google';

beforeAll(async () => {
  world = await createWorld();
  keeper = createChannelKeeper(world.deps);
});
afterAll(() => world.close());
beforeEach(async () => {
  world.clock.at = NOW;
  world.provider.reset();
  ({ id } = await world.addCalendar());
});

const channels = () =>
  world.store.watchChannel.findMany({ where: { calendarId: id }, orderBy: { createdAt: 'asc' } });
const statuses = async () => (await channels()).map(({ status }) => status);
const externalId = async () => (await world.store.calendar.findUniqueOrThrow({ where: { id } })).externalId;
const deselect = () => world.store.calendar.update({ where: { id }, data: { selected: false } });

describe('the keeper', () => {
  test('opens one channel, however many processes ask and however often', async () => {
    const { watch } = world.provider;
    const [opening, looked] = [gate(), signal()];
    const { open } = watch;
    watch.open = async (request) => {
      await opening.step();
      return open(request);
    };
    // Another process: it asks what time it is when it has seen which channels there are.
    const now = () => {
      looked.give();
      return world.clock.now();
    };
    const other = createChannelKeeper({ ...world.deps, clock: { now } });
    const first = [keeper.ensure(id), keeper.ensure(id)];
    await opening.reached;
    const second = [other.ensure(id), other.ensure(id)];
    await looked.given;
    opening.open();
    const outcomes = await Promise.all([...first, ...second]);
    expect(outcomes).toEqual(Array(4).fill({ type: 'open' }));
    expect(world.provider.opened).toHaveLength(1);
    const [channel] = await channels();
    expect(channel).toMatchObject({
      status: 'open',
      remoteId: `remote-${channel?.id}`,
      resourceId: 'resource',
    });
    expect(channel?.secretHash).toBe(hashSecret(world.provider.opened[0]?.secret ?? ''));
    expect(channel?.expiresAt?.getTime()).toBe(NOW + 2.5 * HOUR);
    expect(channel?.dueAt?.getTime()).toBe(NOW + 100 * MINUTE);
  });

  test('stores the row before the provider may send a greeting, and has the calendar pulled afterwards', async () => {
    const { watch } = world.provider;
    const open = watch.open;
    let greeted: string[] = [];
    watch.open = async (request) => {
      greeted = await statuses();
      return open(request);
    };
    await world.store.calendarState.update({ where: { calendarId: id }, data: { dirtySince: null } });
    await keeper.ensure(id);
    expect(greeted).toEqual(['opening']);
    expect(
      (await world.store.calendarState.findUniqueOrThrow({ where: { calendarId: id } })).dirtySince,
    ).toEqual(new Date(NOW));
    expect(await world.jobs('pull')).toContainEqual(expect.objectContaining({ key: `pull:${id}` }));
  });

  test('replaces a channel that can not be renewed: the new one is open before the old one is closed', async () => {
    await keeper.ensure(id);
    world.clock.at += 100 * MINUTE;
    const { watch } = world.provider;
    const close = watch.close;
    let overlap: string[] = [];
    watch.close = async (request) => {
      overlap = await statuses();
      return close(request);
    };
    expect(await keeper.ensure(id)).toEqual({ type: 'open' });
    expect(overlap).toEqual(['closing', 'open']);
    expect(await statuses()).toEqual(['closed', 'open']);
    expect(world.provider.closed).toEqual([`remote-${world.provider.opened[0]?.channelId}`]);
  });

  test('renews where it can, and opens anew what is gone at the provider', async () => {
    world.provider.renewable();
    await keeper.ensure(id);
    world.clock.at += 100 * MINUTE;
    await keeper.ensure(id);
    expect(world.provider.renewed).toHaveLength(1);
    expect((await channels())[0]?.expiresAt?.getTime()).toBe(world.clock.at + 2.5 * HOUR);
    world.clock.at += 100 * MINUTE;
    world.provider.refuse.renew = new ProviderError('rejected', '404');
    expect(await keeper.ensure(id)).toEqual({ type: 'open' });
    expect(await statuses()).toEqual(['closed', 'open']);
  });

  test('keeps an open channel when renewing fails for now', async () => {
    world.provider.renewable();
    await keeper.ensure(id);
    world.clock.at += 100 * MINUTE;
    world.provider.refuse.renew = new ProviderError('transient', '503');
    expect(await keeper.ensure(id)).toEqual({ type: 'open' });
    const [channel] = await channels();
    expect(channel).toMatchObject({ status: 'open', error: 'transient: 503' });
    expect(channel?.dueAt?.getTime()).toBeGreaterThanOrEqual(world.clock.at + MINUTE);
  });

  test('closes a channel that is not wanted any more, later if the provider is away', async () => {
    await keeper.ensure(id);
    await deselect();
    world.provider.refuse.close = new ProviderError('transient', '503');
    expect(await keeper.ensure(id)).toEqual({ type: 'closed' });
    expect(await statuses()).toEqual(['closing']);
    delete world.provider.refuse.close;
    world.clock.at += 2 * MINUTE;
    await keeper.ensure(id);
    await keeper.ensure(id);
    expect(await statuses()).toEqual(['closed']);
    expect(world.provider.closed).toHaveLength(1);
  });

  test('closes a channel that is no longer wanted by the time it is open', async () => {
    const { watch } = world.provider;
    const open = watch.open;
    watch.open = async (request) => {
      await deselect();
      return open(request);
    };
    expect(await keeper.ensure(id)).toEqual({ type: 'closed' });
    expect(world.provider.closed).toHaveLength(1);
  });

  test('answers that a calendar takes no channel, and asks the provider once only', async () => {
    world.provider.refuse.open = new ProviderError(
      'watch-not-supported',
      'pushNotSupportedForRequestedResource',
    );
    expect(await keeper.ensure(id)).toMatchObject({ type: 'not-supported' });
    expect(await keeper.ensure(id)).toMatchObject({ type: 'not-supported' });
    expect(world.provider.opened).toHaveLength(1);
    expect(await channels()).toEqual([]);
    expect((await world.store.calendar.findUniqueOrThrow({ where: { id } })).watchable).toBe(false);
  });

  test('stores a refusal for operators, answers the public less, and tries again', async () => {
    world.provider.refuse.open = new ProviderError('rejected', 'internal words');
    const refused = await keeper.ensure(id);
    expect(refused).toEqual({ type: 'refused', message: expect.not.stringContaining('internal words') });
    const [failed] = await channels();
    expect(failed).toMatchObject({ status: 'failed', error: 'rejected: internal words' });
    expect(failed?.dueAt?.getTime()).toBeGreaterThanOrEqual(NOW + HOUR);
    delete world.provider.refuse.open;
    expect(await keeper.ensure(id)).toEqual({ type: 'open' });
    expect(await statuses()).toEqual(['open']);
  });

  test('gives up a channel whose process was gone before the provider answered', async () => {
    const data = {
      organisationId: 'org',
      calendarId: id,
      accountId: 'acc',
      provider: 'google',
      secretHash: '',
    } as const;
    const dueAt = new Date(NOW - SECOND);
    await world.store.watchChannel.create({
      data: { ...data, id: `chan_${id}`, status: 'opening', dueAt, createdAt: dueAt },
    });
    expect(await keeper.ensure(id)).toEqual({ type: 'open' });
    expect(await statuses()).toEqual(['lost', 'open']);
    // Its first notification, however late, tells how to close it.
    await recordRemoteIds(world.store, `chan_${id}`, { remoteId: 'late', resourceId: 'r' }, NOW);
    expect(await statuses()).toEqual(['closing', 'open']);
    await keeper.ensure(id);
    expect(await statuses()).toEqual(['closed', 'open']);
    expect(world.provider.closed).toEqual(['late']);
  });

  test('closes a channel that was opened although its answer never came, once a greeting brought its id', async () => {
    const { watch } = world.provider;
    const open = watch.open;
    watch.open = async (request) => {
      await recordRemoteIds(world.store, request.channelId, { remoteId: 'greeted', resourceId: 'r' }, NOW);
      throw new ProviderError('transient', 'no answer');
    };
    expect(await keeper.ensure(id)).toMatchObject({ type: 'refused' });
    watch.open = open;
    expect(await keeper.ensure(id)).toEqual({ type: 'open' });
    expect((await statuses()).sort()).toEqual(['closed', 'open']);
    expect(world.provider.closed).toEqual(['greeted']);
  });

  test('renews a channel that the sweep found due', async () => {
    await keeper.ensure(id);
    world.clock.at += 100 * MINUTE;
    await createSweep(world.deps).tick();
    expect(await world.jobs('watch')).toContainEqual(expect.objectContaining({ key: `watch:${id}` }));
    await keeper.ensure(id);
    expect(await statuses()).toEqual(['closed', 'open']);
  });

  test('closes an orphan that is in the way of a new channel', async () => {
    const { watch } = world.provider;
    const open = watch.open;
    world.provider.lists({ remoteId: 'orphan', address: ADDRESS, calendar: await externalId() });
    watch.open = async (request) => {
      if (!world.provider.closed.includes('orphan')) {
        throw new ProviderError('rejected', 'Conflict', { status: 409 });
      }
      return open(request);
    };
    expect(await keeper.ensure(id)).toEqual({ type: 'open' });
    expect(world.provider.closed).toEqual(['orphan']);
  });

  test('is refused where a channel that is still needed is in the way', async () => {
    const { watch } = world.provider;
    const other = await world.addCalendar();
    await keeper.ensure(other.id);
    const [known] = await world.store.watchChannel.findMany({ where: { calendarId: other.id } });
    world.provider.lists({ remoteId: known?.remoteId ?? '', address: ADDRESS, calendar: await externalId() });
    watch.open = async () => {
      throw new ProviderError('rejected', 'Conflict', { status: 409 });
    };
    expect(await keeper.ensure(id)).toMatchObject({ type: 'refused' });
    expect(world.provider.closed).toEqual([]);
  });
});

describe('an operator', () => {
  test('unwatches and watches again', async () => {
    const watch = createWatchCalendar({ store: world.store, keeper });
    expect(await watch('org', id, true)).toEqual({ type: 'open' });
    expect(await watch('org', id, false)).toEqual({ type: 'closed' });
    expect(world.provider.closed).toHaveLength(1);
    expect(await keeper.ensure(id)).toEqual({ type: 'closed' });
    expect(await watch('org', id, true)).toEqual({ type: 'open' });
  });

  test("can not watch what is not selected, or another organisation's", async () => {
    const watch = createWatchCalendar({ store: world.store, keeper });
    await expect(watch('other', id, true)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await deselect();
    await expect(watch('org', id, true)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
