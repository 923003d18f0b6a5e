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
  // Only the look now and then waits for the test; the database has timers of its own.
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
    ring: (calendar: string) => topics.publish([{ key: cacheKey.calendar(calendar), version: 1 }]),
    ringChannels: (calendar: string) => topics.publish([{ key: topicKey.channels(calendar), version: 0 }]),
    reconnect() {
      for (const tell of reconnects) tell();
    },
  };
}

/** What one follower is told, as it comes. */
async function hear(host: string | null = null, organisation = 'org'): Promise<string[]> {
  const told: string[] = [];
  const watch = await health.follow(organisation, host);
  void (async () => {
    for await (const calendar of watch) told.push(calendar);
    told.push('end');
  })();
  return told;
}

const calendarOf = async (host: string) => {
  await addHosts(world.store, 'org', host);
  const { id } = await world.addCalendar();
  await world.store.calendar.update({ where: { id }, data: { hostId: host } });
  return id;
};
const read = async (calendar: string) => {
  world.clock.at += SECOND;
  world.provider.script([{ changes: [], cursor: 'c1' }]);
  expect(await createPuller(world.deps).pull(calendar)).toBe('applied');
};
const told = (names: string[], expected: string[]) =>
  until(() => names.length >= expected.length).then(() => expect(names).toEqual(expected));

/** Once all that was rung before has been looked at, and told: a calendar that is rung last is told of no sooner. */
async function looked() {
  const names = await hear('last');
  const last = await calendarOf('last');
  await line.ring(last);
  await told(names, [last]);
  await turn();
}

describe('whoever follows calendars', () => {
  it('is told of each that was read, by the bell', async () => {
    const [one, two] = [await calendarOf('a'), await calendarOf('b')];
    const [all, ofA, ofOthers] = [await hear(), await hear('a'), await hear(null, 'another')];
    await read(one);
    await line.ring(one);
    await told(all, [one]);
    await read(two);
    await line.ring(two);
    await told(all, [one, two]);
    await read(one);
    await line.ring(one);
    await told(all, [one, two, one]);
    await told(ofA, [one, one]);
    expect(ofOthers).toEqual([]);
  });

  it('is not told of a bell that changed nothing of it', async () => {
    const [one, two] = [await calendarOf('a'), await calendarOf('a')];
    const all = await hear('a');
    await line.ring(one);
    await line.ring('cal_of_nobody');
    await looked();
    await read(two);
    await line.ring(two);
    await told(all, [two]);
  });

  it('is told of a calendar that was not there before, and of its selection', async () => {
    const all = await hear();
    const one = await calendarOf('a');
    await line.ring(one);
    await told(all, [one]);
    await world.store.calendar.update({ where: { id: one }, data: { selected: false } });
    await line.ring(one);
    await told(all, [one, one]);
  });

  it('is told of channels: opened, by a notification, expiring, expired', async () => {
    const one = await calendarOf('a');
    const all = await hear('a');
    await createChannelKeeper(world.deps).ensure(one);
    await line.ringChannels(one);
    await told(all, [one]);
    await world.store.watchChannel.updateMany({
      where: { calendarId: one },
      data: { lastNotificationAt: new Date(NOW), expiresAt: new Date(NOW + 2 * DAY) },
    });
    await line.ringChannels(one);
    await told(all, [one, one]);

    world.clock.at = NOW + DAY;
    vi.advanceTimersByTime(STATUS_POLL_INTERVAL);
    await looked();
    expect(all).toHaveLength(2);
    // Nobody rings for time.
    world.clock.at = NOW + 2 * DAY - MINUTE;
    vi.advanceTimersByTime(STATUS_POLL_INTERVAL);
    await told(all, [one, one, one]);
    world.clock.at = NOW + 2 * DAY;
    vi.advanceTimersByTime(STATUS_POLL_INTERVAL);
    await told(all, [one, one, one, one]);
  });

  it('is told soon of what no bell told, and at once when the line is back', async () => {
    const one = await calendarOf('a');
    const all = await hear('a');
    await read(one);
    await looked();
    expect(all).toEqual([]);
    vi.advanceTimersByTime(STATUS_POLL_INTERVAL);
    await told(all, [one]);
    await read(one);
    line.reconnect();
    await told(all, [one, one]);
  });

  it('is told once of what changed many times while it was not listening', async () => {
    const one = await calendarOf('a');
    const watch = await health.follow('org', 'a');
    for (let i = 0; i < 3; i++) {
      await read(one);
      await line.ring(one);
      await looked();
    }
    expect(await watch.next()).toEqual({ done: false, value: one });
    const next = watch.next();
    await read(one);
    await line.ring(one);
    expect(await next).toEqual({ done: false, value: one });
    await watch.return();
    expect(await watch.next()).toEqual({ done: true, value: undefined });
  });

  it('outlives a store that is away for a while', async () => {
    const one = await calendarOf('a');
    const all = await hear();
    await read(one);
    const away = vi.spyOn(world.store, '$queryRaw').mockRejectedValueOnce(new Error('away'));
    await line.ring(one);
    await until(async () => away.mock.calls.length > 0);
    away.mockRestore();
    expect(all).toEqual([]);
    vi.advanceTimersByTime(STATUS_POLL_INTERVAL);
    await told(all, [one]);
  });

  it('is refused when nothing can be read at first, and may come again', async () => {
    const away = vi.spyOn(world.store, '$queryRaw').mockRejectedValueOnce(new Error('away'));
    await expect(health.follow('org', null)).rejects.toThrow('away');
    away.mockRestore();
    const one = await calendarOf('a');
    const all = await hear();
    await read(one);
    await line.ring(one);
    await told(all, [one]);
  });

  it('hears the end when the process stops, and at once when it comes later', async () => {
    const all = await hear();
    health.close();
    await told(all, ['end']);
    await told(await hear(), ['end']);
  });

  it('counts among the subscriptions for as long as it follows', async () => {
    const count = async () => (await world.deps.metrics.subscriptions.get()).values[0]?.value ?? 0;
    const before = await count();
    const [first, second] = [await health.follow('org', null), await health.follow('org', 'a')];
    expect(await count()).toBe(before + 2);
    await first.return();
    await first.return();
    void second.next();
    await second.return();
    expect(await count()).toBe(before);
  });
});
