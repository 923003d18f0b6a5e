import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheKey, topicKey } from '../../../src/cache/keys.ts';
import { createMemoryCache } from '../../../src/cache/memory/cache.ts';
import {
  type CalendarStatus,
  createCalendarStatus,
  STATUS_POLL_INTERVAL,
} from '../../../src/live/status/status.ts';
import { createChannelKeeper } from '../../../src/sync/channels/keeper.ts';
import { createPuller } from '../../../src/sync/pull/pull.ts';
import { DAY, MINUTE, SECOND } from '../../../src/time/clock.ts';
import { until } from '../../harness/eventually.ts';
import { addHosts } from '../../store/parents.fixture.ts';
import { createWorld, NOW, type World } from '../../sync/world.fixture.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.close());

let line: ReturnType<typeof openLine>;
let health: CalendarStatus;
beforeEach(() => {
  // Only the poll waits for the test; the database has timers of its own.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  world.clock.at = NOW;
  world.provider.reset();
  line = openLine();
  health = createCalendarStatus({ ...world.deps, topics: line.topics });
});
afterEach(() => {
  health.close();
  vi.useRealTimers();
});

function openLine() {
  const { topics } = createMemoryCache({ clock: world.clock, maxEntries: 1 });
  const reconnects: (() => void)[] = [];
  return {
    topics: {
      ...topics,
      subscribe(listener: Parameters<typeof topics.subscribe>[0]) {
        reconnects.push(() => listener.onReconnect());
        return topics.subscribe(listener);
      },
    },
    invalidate: (calendar: string) => topics.publish([{ key: cacheKey.calendar(calendar), version: 1 }]),
    invalidateChannels: (calendar: string) =>
      topics.publish([{ key: topicKey.channels(calendar), version: 0 }]),
    reconnect() {
      for (const reconnect of reconnects) reconnect();
    },
  };
}

/** What one subscriber gets, as it comes. */
async function listen(host: string | null = null, organisation = 'org'): Promise<string[]> {
  const names: string[] = [];
  const watch = await health.subscribe(organisation, host);
  void (async () => {
    for await (const calendar of watch) names.push(calendar);
    names.push('end');
  })();
  return names;
}

const calendarOf = async (host: string) => {
  await addHosts(world.store, 'org', host);
  const { id } = await world.addCalendar();
  // The name is part of the fingerprint: a poll that found the calendar at its first host finds it changed again.
  await world.store.calendar.update({ where: { id }, data: { hostId: host, name: host } });
  return id;
};
const read = async (calendar: string) => {
  world.clock.at += SECOND;
  world.provider.script([{ changes: [], cursor: 'c1' }]);
  expect(await createPuller(world.deps).pull(calendar)).toBe('applied');
};
const received = (names: string[], expected: string[]) =>
  until(() => names.length >= expected.length).then(() => expect(names).toEqual(expected));

/** Waits until all earlier invalidations are polled and notified, by one more calendar that is invalidated last. */
async function polled() {
  const names = await listen('last');
  const last = await calendarOf('last');
  await line.invalidate(last);
  await received(names, [last]);
  await turn();
}

describe('a subscriber of calendar status', () => {
  it('is notified of each calendar that was read', async () => {
    const [one, two] = [await calendarOf('a'), await calendarOf('b')];
    const [all, ofA, ofOthers] = [await listen(), await listen('a'), await listen(null, 'another')];
    await read(one);
    await line.invalidate(one);
    await received(all, [one]);
    await read(two);
    await line.invalidate(two);
    await received(all, [one, two]);
    await read(one);
    await line.invalidate(one);
    await received(all, [one, two, one]);
    await received(ofA, [one, one]);
    expect(ofOthers).toEqual([]);
  });

  it('is not notified of an invalidation that changed nothing', async () => {
    const [one, two] = [await calendarOf('a'), await calendarOf('a')];
    const all = await listen('a');
    await line.invalidate(one);
    await line.invalidate('cal_of_nobody');
    await polled();
    await read(two);
    await line.invalidate(two);
    await received(all, [two]);
  });

  it('is notified of a new calendar, and of its selection', async () => {
    const all = await listen();
    const one = await calendarOf('a');
    await line.invalidate(one);
    await received(all, [one]);
    await world.store.calendar.update({ where: { id: one }, data: { selected: false } });
    await line.invalidate(one);
    await received(all, [one, one]);
  });

  it('is notified of channels: opened, used, expiring, expired', async () => {
    const one = await calendarOf('a');
    const all = await listen('a');
    await createChannelKeeper(world.deps).ensure(one);
    await line.invalidateChannels(one);
    await received(all, [one]);
    await world.store.watchChannel.updateMany({
      where: { calendarId: one },
      data: { lastNotificationAt: new Date(NOW), expiresAt: new Date(NOW + 2 * DAY) },
    });
    await line.invalidateChannels(one);
    await received(all, [one, one]);

    world.clock.at = NOW + DAY;
    vi.advanceTimersByTime(STATUS_POLL_INTERVAL);
    await polled();
    expect(all).toHaveLength(2);
    // No invalidation comes for what time alone changes.
    world.clock.at = NOW + 2 * DAY - MINUTE;
    vi.advanceTimersByTime(STATUS_POLL_INTERVAL);
    await received(all, [one, one, one]);
    world.clock.at = NOW + 2 * DAY;
    vi.advanceTimersByTime(STATUS_POLL_INTERVAL);
    await received(all, [one, one, one, one]);
  });

  it('is notified by the next poll of what no invalidation said, and at once after a reconnect', async () => {
    const one = await calendarOf('a');
    const all = await listen('a');
    await read(one);
    await polled();
    expect(all).toEqual([]);
    vi.advanceTimersByTime(STATUS_POLL_INTERVAL);
    await received(all, [one]);
    await read(one);
    line.reconnect();
    await received(all, [one, one]);
  });

  it('is notified once of many changes while it was not ready', async () => {
    const one = await calendarOf('a');
    const watch = await health.subscribe('org', 'a');
    for (let i = 0; i < 3; i++) {
      await read(one);
      await line.invalidate(one);
      await polled();
    }
    expect(await watch.next()).toEqual({ done: false, value: one });
    const next = watch.next();
    await read(one);
    await line.invalidate(one);
    expect(await next).toEqual({ done: false, value: one });
    await watch.return();
    expect(await watch.next()).toEqual({ done: true, value: undefined });
  });

  it('survives a store that is away for a while', async () => {
    const one = await calendarOf('a');
    const all = await listen();
    await read(one);
    const away = vi.spyOn(world.store, '$queryRaw').mockRejectedValueOnce(new Error('away'));
    await line.invalidate(one);
    await until(async () => away.mock.calls.length > 0);
    away.mockRestore();
    expect(all).toEqual([]);
    vi.advanceTimersByTime(STATUS_POLL_INTERVAL);
    await received(all, [one]);
  });

  it('is refused when the first poll fails, and may come again', async () => {
    const away = vi.spyOn(world.store, '$queryRaw').mockRejectedValueOnce(new Error('away'));
    await expect(health.subscribe('org', null)).rejects.toThrow('away');
    away.mockRestore();
    const one = await calendarOf('a');
    const all = await listen();
    await read(one);
    await line.invalidate(one);
    await received(all, [one]);
  });

  it('gets the end when the process stops, and at once when it comes later', async () => {
    const all = await listen();
    health.close();
    await received(all, ['end']);
    await received(await listen(), ['end']);
  });

  it('counts among the subscriptions while it is subscribed', async () => {
    const count = async () => (await world.deps.metrics.subscriptions.get()).values[0]?.value ?? 0;
    const before = await count();
    const [first, second] = [await health.subscribe('org', null), await health.subscribe('org', 'a')];
    expect(await count()).toBe(before + 2);
    await first.return();
    await first.return();
    void second.next();
    await second.return();
    expect(await count()).toBe(before);
  });
});
