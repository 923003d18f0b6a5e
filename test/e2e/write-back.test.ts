import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { HOUR, MINUTE, SECOND } from '../../src/time/clock.ts';
import { makeEventType } from '../graphql/world.fixture.ts';
import { until } from '../harness/eventually.ts';
import { startRedis } from '../harness/redis.ts';
import { createBooker } from './booker.fixture.ts';
import {
  type ConnectedHost,
  connectHost,
  type Stack,
  startBeside,
  startStack,
  testDay,
} from './stack.fixture.ts';

/** May be set ahead, for what would be waited for. */
const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
const { iso, at } = testDay();
const EVENTS = '/events(/[^/]+)?$';

let stack: Stack;
let store: Store;
let booker: ReturnType<typeof createBooker>;
beforeAll(async () => {
  stack = await startStack({ clock, env: { LOG_LEVEL: 'silent' } });
  store = createStore(stack.environment.DATABASE_URL ?? '', { max: 1 });
  booker = createBooker(stack.anyone);
});
afterEach(() => stack.simulator.faults.clear());
afterAll(async () => {
  if (store) await closeStore(store);
  await stack?.close();
});

const one = (...times: string[]) => iso(...times)[0] ?? '';
const eventsOf = ({ remoteCalendar }: ConnectedHost) =>
  stack.simulator.world.events(remoteCalendar, at('00:00'), at('00:00') + 24 * HOUR);
const startsOf = (host: ConnectedHost) => eventsOf(host).map(({ start }) => new Date(start).toISOString());

describe.each(['GOOGLE', 'MICROSOFT'] as const)('a booking of a host at %s', (provider) => {
  let host: ConnectedHost;
  beforeAll(async () => {
    host = await connectHost(stack, provider, `host-${provider.toLowerCase()}`);
  });
  const failing = (fault: object) =>
    stack.simulator.faults.add({ kind: 'answer', path: EVENTS, method: 'POST', ...fault });
  /** So many failures in a row are noted, and when it is tried again. */
  const failed = ({ id }: { id: string }, failures: number) =>
    until(async () => (await store.bookingWrite.count({ where: { bookingId: id, failures } })) > 0);

  it("writes a booking into the host's calendar, moves it and deletes it", async () => {
    const booked = await booker.book(host.eventType, one('09:00'));
    expect(booked.writeStatus).toBe('PENDING');
    await booker.becomes(booked.token, 'WRITTEN');
    expect(eventsOf(host)).toMatchObject([
      { start: at('09:00'), end: at('09:30'), event: { title: 'Intro: Grace Hopper' } },
    ]);
    expect(JSON.stringify(eventsOf(host)[0]?.event.extra)).toContain('grace@example.net');
    await booker.reschedule(booked.token, one('10:00'));
    await until(async () => startsOf(host)[0] === one('10:00'));
    expect(await booker.becomes(booked.token, 'WRITTEN')).toMatchObject({ start: one('10:00') });
    await booker.cancel(booked.token);
    await until(async () => startsOf(host).length === 0);
    expect(await booker.becomes(booked.token, 'WRITTEN')).toMatchObject({ status: 'CANCELLED' });
  });

  it('writes a booking once the provider is up again', async () => {
    failing({ status: 503 });
    const booked = await booker.book(host.eventType, one('11:00'));
    await failed(booked, 1);
    expect(await booker.read(booked.token)).toMatchObject({ status: 'CONFIRMED', writeStatus: 'PENDING' });
    failing({ status: 503 });
    clock.ahead += 15 * SECOND;
    await failed(booked, 2);
    expect(startsOf(host)).toEqual([]);
    clock.ahead += 15 * SECOND;
    await booker.becomes(booked.token, 'WRITTEN');
    expect(startsOf(host)).toEqual([one('11:00')]);
    await booker.cancel(booked.token);
    await until(async () => startsOf(host).length === 0);
  });

  it("writes a booking once although the provider's response was lost", async () => {
    failing({ cut: true, applied: true });
    const booked = await booker.book(host.eventType, one('12:00'));
    await failed(booked, 1);
    clock.ahead += 15 * SECOND;
    await booker.becomes(booked.token, 'WRITTEN');
    expect(startsOf(host)).toEqual([one('12:00')]);
    await booker.cancel(booked.token);
    await until(async () => startsOf(host).length === 0);
  });

  it('delays a write as long as the provider asks', async () => {
    failing({ status: 429, headers: { 'retry-after': '60' } });
    const booked = await booker.book(host.eventType, one('12:30'));
    await failed(booked, 1);
    clock.ahead += MINUTE;
    await booker.becomes(booked.token, 'WRITTEN');
    expect(startsOf(host)).toEqual([one('12:30')]);
    await booker.cancel(booked.token);
    await until(async () => startsOf(host).length === 0);
  });

  it('writes a request once it is accepted, where it was moved to by then, and none that is declined', async () => {
    const asked = await makeEventType(stack.admin, host, 'asked', { approval: true });
    const decide = (mutation: 'acceptBooking' | 'declineBooking', id: string) =>
      stack.admin(`mutation ($id: ID!) { ${mutation}(id: $id) { id } }`, { id });
    const [accepted, declined] = [
      await booker.book(asked, one('14:00')),
      await booker.book(asked, one('15:00')),
    ];
    await booker.reschedule(accepted.token, one('14:30'));
    // What they would have written would stand there before a booking that was made after them.
    const later = await booker.book(host.eventType, one('16:00'));
    await booker.becomes(later.token, 'WRITTEN');
    expect(startsOf(host)).toEqual([one('16:00')]);
    await decide('declineBooking', declined.id);
    await decide('acceptBooking', accepted.id);
    expect(await booker.becomes(accepted.token, 'WRITTEN')).toMatchObject({ status: 'CONFIRMED' });
    expect(startsOf(host).sort()).toEqual([one('14:30'), one('16:00')]);
    expect(await store.bookingWrite.count({ where: { bookingId: declined.id } })).toBe(0);
    await booker.cancel(accepted.token);
    await booker.cancel(later.token);
    await until(async () => startsOf(host).length === 0);
  });

  it('delays a write for a revoked account until it is connected again', async () => {
    failing({ status: 503 });
    const booked = await booker.book(host.eventType, one('13:00'));
    await failed(booked, 1);
    const person = `${host.slug}@example.com`;
    stack.simulator.faults.add({ kind: 'revoke', person });
    clock.ahead += 15 * SECOND;
    await booker.becomes(booked.token, 'FAILED');
    expect(startsOf(host)).toEqual([]);
    const { startConnect } = await stack.admin<{ startConnect: string }>(
      'mutation ($host: ID!, $provider: OAuthProvider!) { startConnect(host: $host, provider: $provider) }',
      { host: host.id, provider },
    );
    const back = await stack.simulator.connect(startConnect, person);
    expect(back).not.toContain('error=');
    await booker.becomes(booked.token, 'WRITTEN');
    expect(startsOf(host)).toEqual([one('13:00')]);
  });
});

it('writes a booking of two hosts into both calendars, and invites once', async () => {
  const ada = await connectHost(stack, 'GOOGLE', 'ada');
  const bob = await connectHost(stack, 'MICROSOFT', 'bob');
  const { createEventType } = await stack.admin<{ createEventType: { id: string } }>(
    'mutation ($input: EventTypeInput!) { createEventType(input: $input) { id } }',
    {
      input: {
        ...{ owner: 'ada', slug: 'both', title: 'Both', length: 'PT30M' },
        ...{ scheduling: 'COLLECTIVE', hosts: [ada.id, bob.id] },
      },
    },
  );
  const booked = await booker.book(createEventType.id, one('09:00'));
  await booker.becomes(booked.token, 'WRITTEN');
  const guests = [ada, bob].map(
    (host) => (eventsOf(host)[0]?.event.extra.attendees as object[] | undefined)?.length,
  );
  expect(guests).toEqual([1, expect.toBeOneOf([0, undefined])]);
  expect([startsOf(ada), startsOf(bob)]).toEqual([[one('09:00')], [one('09:00')]]);
  await booker.cancel(booked.token);
  await until(async () => startsOf(ada).length + startsOf(bob).length === 0);
});

it('writes no event for a booking of a host without calendars', async () => {
  const { createHost } = await stack.admin<{ createHost: { id: string } }>(
    'mutation ($input: CreateHostInput!) { createHost(input: $input) { id } }',
    {
      input: {
        name: 'Nora',
        slug: 'nora',
        timeZone: 'UTC',
        workingHours: {
          timeZone: 'UTC',
          weekly: [{ days: ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], start: '09:00', end: '17:00' }],
        },
      },
    },
  );
  const { createEventType } = await stack.admin<{ createEventType: { id: string } }>(
    'mutation ($input: EventTypeInput!) { createEventType(input: $input) { id } }',
    { input: { owner: 'nora', slug: 'intro', title: 'Intro', length: 'PT30M', hosts: [createHost.id] } },
  );
  const booked = await booker.book(createEventType.id, one('09:00'));
  expect(booked).toMatchObject({ status: 'CONFIRMED', writeStatus: 'NATIVE' });
});

it('writes bookings in a worker that serves no HTTP', async () => {
  const redis = await startRedis();
  const front = await startStack({ redisUrl: redis.url, sync: false, env: { LOG_LEVEL: 'silent' } });
  const worker = await startBeside(front.environment, { http: false });
  try {
    const host = await connectHost(front, 'GOOGLE', 'remote');
    const visitor = createBooker(front.anyone);
    const booked = await visitor.book(host.eventType, one('09:00'));
    await visitor.becomes(booked.token, 'WRITTEN');
    const { world } = front.simulator;
    const [event] = world.events(host.remoteCalendar, at('09:00'), at('09:30'));
    world.deleteEvent(host.remoteCalendar, event?.event.id ?? '');
    await until(async () => (await visitor.read(booked.token)).status === 'CANCELLED');
  } finally {
    await worker.close();
    await front.close();
    await redis.stop();
  }
});
