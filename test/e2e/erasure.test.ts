import { afterAll, beforeAll, expect, it } from 'vitest';
import { HOUR } from '../../src/time/clock.ts';
import { makeEventType, makeHost, sql } from '../graphql/world.fixture.ts';
import { until } from '../harness/eventually.ts';
import { type LocalServer, startServer } from '../net/server.fixture.ts';
import { createBooker } from './booker.fixture.ts';
import { mentions } from './mentions.fixture.ts';
import { connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';

const { iso, at } = testDay();

let stack: Stack;
let receiver: LocalServer;
beforeAll(async () => {
  stack = await startStack({ env: { LOG_LEVEL: 'silent' } });
  receiver = await startServer();
  await stack.admin(
    `mutation ($url: URL!) {
      createWebhookEndpoint(input: { url: $url, events: [BOOKING_CREATED, BOOKING_CANCELLED] }) { id }
    }`,
    { url: `http://127.0.0.1:${receiver.port}/` },
  );
});
afterAll(async () => {
  await stack?.close();
  await receiver?.close();
});

/** What webhook endpoints received about these bookings. */
const answered = (booking: string) =>
  receiver.asked
    .map(({ body }) => JSON.parse(body) as { type: string; data: { booking: { id: string } } })
    .flatMap(({ type, data }) => (data.booking.id === booking ? type : []));

/** Jobs that tell of it end by themselves. The audit log keeps ids, which by then name nothing, and nothing else. */
const forgotten = (texts: readonly string[]) =>
  until(async () => {
    const found = [...(await mentions(stack, texts))];
    return found.every(
      ([text, tables]) => !text.includes('@') && tables.every((table) => table === 'public.audit_entry'),
    );
  });

const erase = (id: string) => stack.admin('mutation ($id: ID!) { deleteHost(id: $id) }', { id });
const accountOf = async (id: string) =>
  (
    await stack.admin<{ host: { accounts: { id: string }[] } }>(
      'query ($id: ID!) { host(id: $id) { accounts { id } } }',
      { id },
    )
  ).host.accounts[0]?.id ?? '';

/** A booking alone and one with another host, written calendars, busy time, a feed, an invitation, a block, a hold and a connection that was only begun. */
async function lived(slug: string) {
  const host = await connectHost(stack, 'GOOGLE', slug);
  const booker = createBooker(stack.anyone);
  stack.simulator.world.createEvent(host.remoteCalendar, {
    title: 'Review',
    start: at('15:00'),
    end: at('16:00'),
  });
  const booked = await booker.book(host.eventType, iso('09:00')[0] ?? '');
  await booker.becomes(booked.token, 'WRITTEN');
  await stack.simulator.onIdle();
  const mate = await makeHost(stack.admin, `mate-of-${slug}`);
  const both = await makeEventType(stack.admin, mate, 'both', {
    scheduling: 'COLLECTIVE',
    hosts: [host.id, mate.id],
    hostRules: [{ host: host.id, priority: 1 }],
  });
  const together = await booker.book(both, iso('10:00')[0] ?? '');
  await booker.becomes(together.token, 'WRITTEN');
  await stack.admin(
    `mutation ($id: ID!, $start: DateTime!, $end: DateTime!) {
      createFeed(host: $id) { id }
      startConnect(host: $id, provider: MICROSOFT)
      createBlock(input: { host: $id, start: $start, end: $end }) { id }
    }`,
    { id: host.id, start: iso('13:00')[0], end: iso('14:00')[0] },
  );
  await stack.anyone('mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { __typename } }', {
    input: { eventType: host.eventType, start: iso('11:00')[0] },
  });
  await sql(
    stack,
    `insert into invitation (host_id, uid, organisation_id, calendar, blocks, due_at, updated_at)
     select id, 'talk@example.com', organisation_id, 'BEGIN:VCALENDAR', '{}', now() + interval '1 day', now()
     from host where id = $1`,
    [host.id],
  );
  const ids = [
    host.id,
    host.calendar,
    host.eventType,
    await accountOf(host.id),
    booked.id,
    `${slug}@example.com`,
  ];
  expect([...(await mentions(stack, ids)).keys()].sort()).toEqual([...ids].sort());
  return { host, ids, booking: booked.id, together, mate };
}

it('erases a connected host: the grant is revoked, channels are closed, events of bookings gone, and no row mentions it', async () => {
  const { simulator } = stack;
  const { host, ids, booking, together, mate } = await lived('gina');
  const eventsOf = () =>
    simulator.world
      .events(host.remoteCalendar, at('00:00'), at('00:00') + 24 * HOUR)
      .map(({ event }) => event.start);
  expect(simulator.channels()).toHaveLength(1);
  expect(eventsOf().sort()).toEqual([at('09:00'), at('10:00'), at('15:00')]);
  await erase(host.id);
  expect(eventsOf()).toEqual([at('15:00')]);
  expect(simulator.channels()).toEqual([]);
  for (const id of [booking, together.id])
    expect(answered(id)).toEqual(['booking.created', 'booking.cancelled']);
  expect(await createBooker(stack.anyone).read(together.token)).toMatchObject({
    status: 'CANCELLED',
    hosts: [{ id: mate.id }],
  });
  expect(simulator.requests().filter(({ path }) => path.endsWith('/revoke'))).toHaveLength(1);
  await forgotten(ids);
});

it('erases a connected host while its provider is down', async () => {
  const { simulator } = stack;
  const { host, ids } = await lived('greta');
  simulator.faults.add({ kind: 'answer', path: '.', times: 1_000, status: 503 });
  await erase(host.id);
  await forgotten(ids);
  simulator.faults.clear();
});
