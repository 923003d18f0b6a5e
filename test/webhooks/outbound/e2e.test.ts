import ICAL from 'ical.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBooker } from '../../e2e/booker.fixture.ts';
import { type Stack, startStack, testDay } from '../../e2e/stack.fixture.ts';
import { makeEventType, makeHost } from '../../graphql/world.fixture.ts';
import { until } from '../../harness/eventually.ts';
import { type Asked, type LocalServer, startServer } from '../../net/server.fixture.ts';
import { verified } from './world.fixture.ts';

let stack: Stack;
let receiver: LocalServer;
beforeAll(async () => {
  [stack, receiver] = await Promise.all([startStack(), startServer()]);
});
afterAll(async () => {
  await receiver?.close();
  await stack?.close();
});

const endpoint = async () =>
  (
    await stack.admin<{ createWebhookEndpoint: { id: string; secret: string } }>(
      `mutation ($url: URL!) { createWebhookEndpoint(input: {
        url: $url, events: [BOOKING_CREATED, BOOKING_RESCHEDULED, BOOKING_CANCELLED] }) { id secret } }`,
      { url: `http://127.0.0.1:${receiver.port}/` },
    )
  ).createWebhookEndpoint;

function received({ body }: Asked) {
  const { type, data } = JSON.parse(body) as {
    type: string;
    data: { booking: Record<string, unknown>; invitation: { method: string; content: string } };
  };
  const event = new ICAL.Component(ICAL.parse(data.invitation.content)).getFirstSubcomponent('vevent');
  const value = (name: string) => String(event?.getFirstPropertyValue(name));
  return {
    type,
    booking: data.booking,
    invitation: [data.invitation.method, value('uid'), Number(value('sequence')), value('dtstart')],
  };
}

test('a booking is announced from its making to its end', async () => {
  const host = await makeHost(stack.admin, 'ada', { email: 'ada@example.com' });
  const eventType = await makeEventType(stack.admin, host, 'talk');
  const { id, secret } = await endpoint();
  const day = testDay();
  const [nine = '', ten = '', half = ''] = day.iso('09:00', '10:00', '10:30');
  const booker = createBooker(stack.anyone);

  const booked = await booker.book(eventType, nine);
  await booker.reschedule(booked.token, ten);
  const { cancelBooking: cancelled } = await stack.anyone<{ cancelBooking: { __typename: string } }>(
    'mutation ($token: String!) { cancelBooking(token: $token, reason: "Ill, sorry") { __typename } }',
    { token: booked.token },
  );
  expect(cancelled).toEqual({ __typename: 'Booking' });

  await until(async () => receiver.asked.length === 3);
  const uid = `${booked.id}@127.0.0.1`;
  const basic = (iso: string) => iso.replace('.000', '');
  const [created, moved, ended] = receiver.asked.map(received);
  expect(created).toMatchObject({
    type: 'booking.created',
    booking: {
      id: booked.id,
      status: 'CONFIRMED',
      start: nine,
      eventType: { id: eventType, owner: 'ada', slug: 'talk', title: 'Talk' },
      hosts: [{ id: host.id, email: 'ada@example.com' }],
      attendee: { name: 'Grace Hopper', email: 'grace@example.net', notes: 'About compilers' },
      sequence: 0,
    },
    invitation: ['REQUEST', uid, 0, basic(nine)],
  });
  expect(moved).toMatchObject({
    type: 'booking.rescheduled',
    booking: { id: booked.id, status: 'CONFIRMED', start: ten, end: half, sequence: 1 },
    invitation: ['REQUEST', uid, 1, basic(ten)],
  });
  expect(ended).toMatchObject({
    type: 'booking.cancelled',
    booking: { status: 'CANCELLED', reason: 'Ill, sorry', cancelledBy: 'attendee', sequence: 2 },
    invitation: ['CANCEL', uid, 2, basic(ten)],
  });
  for (const asked of receiver.asked) {
    expect(verified(asked, secret)).toBe(true);
    expect(JSON.parse(asked.body).data.booking.manageUrl).toBe(`${stack.url}/book/b/${booked.token}`);
  }
  const log = async () =>
    (
      await stack.admin<{ node: { messages: { edges: { node: { status: string } }[] } } }>(
        'query ($id: ID!) { node(id: $id) { ... on WebhookEndpoint { messages { edges { node { event status } } } } } }',
        { id },
      )
    ).node.messages.edges.map(({ node }) => node);
  await until(async () => (await log()).every(({ status }) => status === 'DELIVERED'));
  expect(await log()).toEqual(
    ['CREATED', 'RESCHEDULED', 'CANCELLED'].map((event) => ({
      event: `BOOKING_${event}`,
      status: 'DELIVERED',
    })),
  );
});
