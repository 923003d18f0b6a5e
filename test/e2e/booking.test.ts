import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Gateway } from '../../src/main.ts';
import {
  availability,
  makeEventType,
  makeHost,
  makeKey,
  refusal,
  startsOf,
} from '../graphql/world.fixture.ts';
import { until } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { type Ask, asker, follow } from './client.fixture.ts';
import {
  type ConnectedHost,
  connectHost,
  type Stack,
  startBeside,
  startStack,
  testDay,
} from './stack.fixture.ts';

let redis: RedisServer;
let stack: Stack;
let beside: Gateway;
let google: ConnectedHost;
let microsoft: ConnectedHost;
beforeAll(async () => {
  redis = await startRedis();
  stack = await startStack({
    redisUrl: redis.url,
    env: { HOLD_TTL: 'PT4S', STRICT_DEADLINE: 'PT4S', RATE_LIMIT_STRICT: '25/PT10M', LOG_LEVEL: 'error' },
  });
  beside = await startBeside({ ...stack.environment, PORT: String(await freePort()), PUBLIC_URL: stack.url });
  google = await connectHost(stack, 'GOOGLE', 'gina');
  microsoft = await connectHost(stack, 'MICROSOFT', 'mike');
});
afterAll(async () => {
  await beside?.close();
  await stack?.close();
  await redis?.stop();
});

const { window, at, iso } = testDay();
const start = (time: string) => iso(time)[0] ?? '';

interface Received {
  __typename: string;
  token: string;
  start: string;
  hosts: { id: string }[];
  issues: { code: string; calendar: string }[];
}

async function hold(eventType: string, from: string, ask: Ask = stack.anyone): Promise<Received> {
  const { holdSlot } = await ask<{ holdSlot: Received }>(
    'mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { __typename ... on SlotHold { token } } }',
    { input: { eventType, start: from } },
  );
  return holdSlot;
}

async function confirm(token: string, ask: Ask = stack.anyone): Promise<Received> {
  const { confirmBooking } = await ask<{ confirmBooking: Received }>(
    `mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) {
      __typename ... on Booking { token start hosts { id } } ... on SourceStale { issues { code calendar } }
    } }`,
    { input: { hold: token, name: 'Grace', email: 'grace@example.com', timeZone: 'UTC' } },
  );
  return confirmBooking;
}

async function cancel(token: string): Promise<Received> {
  const { cancelBooking } = await stack.anyone<{ cancelBooking: Received }>(
    'mutation ($token: String!) { cancelBooking(token: $token) { __typename } }',
    { token },
  );
  return cancelBooking;
}

async function reschedule(token: string, to: string, ask: Ask = stack.anyone): Promise<Received> {
  const { rescheduleBooking } = await ask<{ rescheduleBooking: Received }>(
    `mutation ($token: String!, $start: DateTime!) { rescheduleBooking(token: $token, start: $start) {
      __typename ... on Booking { token start hosts { id } } ... on SourceStale { issues { code calendar } }
    } }`,
    { token, start: to },
  );
  return rescheduleBooking;
}

/** An event that the gateway hears nothing of. */
function secretly(host: ConnectedHost, from: string, to: string): string {
  stack.simulator.faults.add({ kind: 'notifications', effect: 'drop' });
  return stack.simulator.world.createEvent(host.remoteCalendar, { start: at(from), end: at(to) }).id;
}

describe('a hold at one gateway', () => {
  it('removes a held slot for viewers of another gateway, and returns it when the hold expires', async () => {
    const host = await makeHost(stack.admin, 'hilda');
    const eventType = await makeEventType(stack.admin, host, 'talk');
    const follower = follow(beside.url, { eventType, ...window });
    await follower.next();
    expect(follower.starts()).toContain(start('09:00'));

    expect((await hold(eventType, start('09:00'))).__typename).toBe('SlotHold');
    // No other gateway hands it out, however soon it is asked.
    expect((await hold(eventType, start('09:00'), asker(beside.url))).__typename).toBe('SlotTaken');
    await follower.next();
    expect(follower.starts()).not.toContain(start('09:00'));
    // Nothing happens from here on but time.
    await follower.next();
    expect(follower.starts()).toContain(start('09:00'));
    expect((await hold(eventType, start('09:00'), asker(beside.url))).__typename).toBe('SlotHold');
    await follower.close();
  });

  it('confirms, moves and cancels a hold of one gateway at another, and every viewer sees it', async () => {
    const host = await makeHost(stack.admin, 'hugo');
    const eventType = await makeEventType(stack.admin, host, 'talk');
    const follower = follow(stack.url, { eventType, ...window });
    await follower.next();
    const seen = async (time: string, there: boolean) => {
      while (follower.starts().includes(start(time)) !== there) await follower.next();
    };
    const { token: held } = await hold(eventType, start('10:00'));
    const { token } = await confirm(held, asker(beside.url));
    await seen('10:00', false);
    expect((await reschedule(token, start('11:00'), asker(beside.url))).__typename).toBe('Booking');
    await seen('10:00', true);
    await seen('11:00', false);
    expect((await cancel(token)).__typename).toBe('Booking');
    await seen('11:00', true);
    await follower.close();
  });
});

describe('what happened at the provider between hold and confirm', () => {
  it("refuses a slot that a provider's calendar took without a notification", async () => {
    for (const host of [google, microsoft]) {
      const { token } = await hold(host.eventType, start('09:00'));
      secretly(host, '09:15', '09:30');
      expect((await confirm(token)).__typename).toBe('SlotTaken');
      expect(
        startsOf(await availability(stack.anyone, { eventType: host.eventType, ...window })),
      ).not.toContain(start('09:00'));
      // The next one is free.
      const { token: next } = await hold(host.eventType, start('09:30'));
      expect((await confirm(next)).__typename).toBe('Booking');
    }
  });

  it('assigns another host of the team when the first one became busy', async () => {
    const hosts = [google.id, microsoft.id];
    const owner = { id: google.id, slug: google.slug };
    const eventType = await makeEventType(stack.admin, owner, 'any', {
      scheduling: 'ROUND_ROBIN',
      hosts,
      hostRules: [{ host: google.id, priority: 1 }],
    });
    const { token } = await hold(eventType, start('10:00'));
    secretly(google, '10:00', '10:30');
    expect(await confirm(token)).toMatchObject({ __typename: 'Booking', hosts: [{ id: microsoft.id }] });
    // The first host is busy, so the second one's booking is the last.
    expect((await hold(eventType, start('10:00'))).__typename).toBe('SlotTaken');
  });

  it('refuses to move a booking to a time that became busy at the provider', async () => {
    const { token: held } = await hold(google.eventType, start('11:00'));
    const { token } = await confirm(held);
    secretly(google, '12:00', '12:30');
    expect((await reschedule(token, start('12:00'))).__typename).toBe('SlotTaken');
    expect((await reschedule(token, start('11:30'))).__typename).toBe('Booking');
    // Its own event at the provider is not in its way, nor a second busy time.
    await stack.simulator.onIdle();
    expect((await reschedule(token, start('11:00'))).__typename).toBe('Booking');
  });
});

describe('a provider that does not answer', () => {
  const down = (times: number) =>
    stack.simulator.faults.add({ kind: 'answer', path: '/delta$', method: 'GET', status: 503, times });

  it('keeps the hold for a later attempt when the provider does not answer', async () => {
    const { token } = await hold(microsoft.eventType, start('13:00'));
    down(3);
    const answer = await confirm(token);
    expect(answer).toMatchObject({ __typename: 'SourceStale' });
    expect(answer.issues.map(({ calendar }) => calendar)).toContain(microsoft.calendar);
    expect((await hold(microsoft.eventType, start('13:00'))).__typename).toBe('SlotTaken');
    stack.simulator.faults.clear();
    await until(async () => (await confirm(token)).__typename === 'Booking');
  });

  it('confirms despite a silent provider when the event type only warns of stale calendars', async () => {
    const owner = { id: microsoft.id, slug: microsoft.slug };
    const eventType = await makeEventType(stack.admin, owner, 'warned', { onStale: 'WARN' });
    const { token } = await hold(eventType, start('14:00'));
    down(3);
    expect((await confirm(token)).__typename).toBe('Booking');
    stack.simulator.faults.clear();
  });
});

describe('the public', () => {
  it('limits strict refreshes of anonymous callers, and not those of a booking key', async () => {
    const host = await connectHost(stack, 'GOOGLE', 'lena');
    const { token } = await hold(host.eventType, start('09:00'));
    for (let i = 0; i < 25; i++) {
      await availability(stack.anyone, { eventType: host.eventType, ...window, maxAge: 'PT1H' });
    }
    const again = availability(stack.anyone, { eventType: host.eventType, ...window, maxAge: 'PT1H' });
    expect((await refusal(again)).code).toBe('RATE_LIMITED');
    // Who only reads keeps nobody from booking.
    const booked = await confirm(token);
    expect(booked.__typename).toBe('Booking');
    const moved = async (time: string) => (await reschedule(booked.token, start(time))).__typename;
    for (let i = 0; i < 24; i++) expect(await moved(i % 2 === 0 ? '10:00' : '11:00')).toBe('Booking');
    expect((await refusal(reschedule(booked.token, start('12:00')))).code).toBe('RATE_LIMITED');
    // What was booked is answered without asking a provider.
    expect((await confirm(token)).__typename).toBe('Booking');
    const key = await makeKey(stack, ['BOOK']);
    expect((await reschedule(booked.token, start('12:00'), key.ask)).__typename).toBe('Booking');
    expect((await cancel(booked.token)).__typename).toBe('Booking');
  });
});
