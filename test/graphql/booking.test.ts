import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import {
  availability,
  type MadeHost,
  makeEventType,
  makeHost,
  makeKey,
  refusal,
  secondOrganisation,
  startsOf,
} from './world.fixture.ts';

let stack: Stack;
let host: MadeHost;
let eventType: string;
beforeAll(async () => {
  stack = await startStack();
  host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'talk');
});
afterAll(() => stack?.close());

const { window, iso } = testDay();
const start = (time: string) => iso(time)[0] ?? '';

interface Received {
  __typename: string;
  message?: string;
  token: string;
  id: string;
  status: string;
  start: string;
  expiresAt: string;
  slot: { start: string; end: string; seatsLeft: number; hosts: { id: string }[] };
}

const BOOKING = `__typename ... on Booking {
  id token status start end createdAt writeStatus
  hosts { id name slug } eventType { id slug rules { onStale } } attendee { name email timeZone notes }
}`;

const hold = async (at: string, type = eventType, ask = stack.anyone) =>
  (
    await ask<{ holdSlot: Received }>(
      `mutation ($input: HoldSlotInput!) { holdSlot(input: $input) {
        __typename
        ... on SlotHold { token expiresAt slot { start end seatsLeft hosts { id name slug } } }
        ... on SlotTaken { message } ... on SlotNotOffered { message }
      } }`,
      { input: { eventType: type, start: at } },
    )
  ).holdSlot;

const confirm = async (token: string, more: object = {}, ask = stack.anyone) =>
  (
    await ask<{ confirmBooking: Received }>(
      `mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) {
        ${BOOKING} ... on SlotTaken { message } ... on HoldExpired { message }
        ... on SourceStale { message issues { code } }
      } }`,
      {
        input: { hold: token, name: 'Grace', email: 'grace@example.com', timeZone: 'Europe/Berlin', ...more },
      },
    )
  ).confirmBooking;

const book = async (at: string, type = eventType) => confirm((await hold(at, type)).token);

const cancel = async (token: string, reason: string | null = null) =>
  (
    await stack.anyone<{ cancelBooking: Received }>(
      `mutation ($token: String!, $reason: String) { cancelBooking(token: $token, reason: $reason) {
        ${BOOKING} ... on BookingNotFound { message }
      } }`,
      { token, reason },
    )
  ).cancelBooking;

const reschedule = async (token: string, to: string, ask = stack.anyone) =>
  (
    await ask<{ rescheduleBooking: Received }>(
      `mutation ($token: String!, $start: DateTime!) { rescheduleBooking(token: $token, start: $start) {
        ${BOOKING} ... on SlotTaken { message } ... on SlotNotOffered { message }
        ... on SourceStale { message } ... on BookingNotFound { message }
      } }`,
      { token, start: to },
    )
  ).rescheduleBooking;

const byToken = (token: string) =>
  stack.anyone<{ booking: Received | null }>(
    `query ($token: String!) { booking(token: $token) { ${BOOKING} } }`,
    {
      token,
    },
  );

const offered = async (type = eventType) =>
  startsOf(await availability(stack.anyone, { eventType: type, ...window }));

describe('a visitor without a key', () => {
  it('holds a slot, which is gone for everyone in the very next answer', async () => {
    const before = Date.now();
    const held = await hold(start('09:00'));
    expect(held).toMatchObject({
      __typename: 'SlotHold',
      slot: {
        start: start('09:00'),
        end: start('09:30'),
        seatsLeft: 0,
        hosts: [{ id: host.id, name: 'ada', slug: 'ada' }],
      },
    });
    expect(Date.parse(held.expiresAt)).toBeGreaterThanOrEqual(before + 300_000);
    expect(await offered()).not.toContain(start('09:00'));
    expect(await hold(start('09:00'))).toEqual({ __typename: 'SlotTaken', message: expect.any(String) });
    expect(await hold(start('08:00'))).toEqual({ __typename: 'SlotNotOffered', message: expect.any(String) });
  });

  it('gives it back', async () => {
    const { token } = await hold(start('09:30'));
    const release = () =>
      stack.anyone('mutation ($token: String!) { releaseHold(token: $token) }', { token });
    expect(await release()).toEqual({ releaseHold: true });
    expect(await offered()).toContain(start('09:30'));
    expect(await release()).toEqual({ releaseHold: false });
    expect(await confirm(token)).toEqual({ __typename: 'HoldExpired', message: expect.any(String) });
  });

  it('books it, and gets the same answer again', async () => {
    const { token: held } = await hold(start('10:00'));
    const booking = await confirm(held, { notes: 'About the weather' });
    expect(booking).toEqual({
      __typename: 'Booking',
      id: expect.stringMatching(/^bkg_/),
      token: expect.stringMatching(new RegExp(`^${booking.id}\\.[\\w-]{43}$`)),
      status: 'CONFIRMED',
      start: start('10:00'),
      end: start('10:30'),
      createdAt: expect.any(String),
      writeStatus: 'NATIVE',
      hosts: [{ id: host.id, name: 'ada', slug: 'ada' }],
      eventType: { id: eventType, slug: 'talk', rules: null },
      attendee: {
        name: 'Grace',
        email: 'grace@example.com',
        timeZone: 'Europe/Berlin',
        notes: 'About the weather',
      },
    });
    expect(await confirm(held, { name: 'Somebody else' })).toEqual(booking);
    expect((await byToken(booking.token)).booking).toEqual(booking);
    expect(await offered()).not.toContain(start('10:00'));
  });

  it('moves and cancels it with its token', async () => {
    const booking = await book(start('11:00'));
    expect(await reschedule(booking.token, start('11:30'))).toMatchObject({
      __typename: 'Booking',
      id: booking.id,
      token: booking.token,
      start: start('11:30'),
      end: start('12:00'),
    });
    expect(await offered()).toContain(start('11:00'));
    const other = await book(start('11:00'));
    expect((await reschedule(booking.token, start('11:00'))).__typename).toBe('SlotTaken');
    expect((await reschedule(booking.token, start('11:10'))).__typename).toBe('SlotNotOffered');
    expect(await cancel(booking.token, 'Ill')).toMatchObject({ id: booking.id, status: 'CANCELLED' });
    expect(await cancel(booking.token)).toMatchObject({ id: booking.id, status: 'CANCELLED' });
    expect((await byToken(booking.token)).booking).toMatchObject({ status: 'CANCELLED' });
    expect((await reschedule(booking.token, start('12:00'))).__typename).toBe('BookingNotFound');
    expect(await offered()).toContain(start('11:30'));
    await cancel(other.token);
  });

  it('learns nothing by a token that is none', async () => {
    expect(await byToken('nonsense')).toEqual({ booking: null });
    expect(await cancel('nonsense')).toEqual({ __typename: 'BookingNotFound', message: expect.any(String) });
    expect((await reschedule('nonsense', start('12:00'))).__typename).toBe('BookingNotFound');
    expect(await confirm('nonsense')).toMatchObject({ __typename: 'HoldExpired' });
  });

  it('is answered what is wrong with what it sent', async () => {
    const { token } = await hold(start('12:30'));
    for (const [more, field] of [
      [{ name: ' ' }, 'input.name'],
      [{ name: 'x'.repeat(201) }, 'input.name'],
      [{ notes: 'x'.repeat(5_001) }, 'input.notes'],
    ] as const) {
      expect(await refusal(confirm(token, more))).toMatchObject({ code: 'BAD_USER_INPUT', field });
    }
    for (const more of [{ email: 'nobody' }, { timeZone: 'Mars/Base' }]) {
      expect((await refusal(confirm(token, more))).code).toBe('BAD_USER_INPUT');
    }
    expect((await refusal(hold(start('09:00'), 'et_none'))).code).toBe('NOT_FOUND');
    expect((await refusal(cancel(token, 'x'.repeat(5_001)))).code).toBe('BAD_USER_INPUT');
    const notes = 'x'.repeat(5_000);
    expect(await confirm(token, { notes })).toMatchObject({ attendee: { notes } });
  });

  it('sees the seats go one by one', async () => {
    const other = await makeHost(stack.admin, 'seats');
    const type = await makeEventType(stack.admin, other, 'group', { seats: 2 });
    const seats = async () =>
      (await availability(stack.anyone, { eventType: type, ...window })).slots.find(
        (slot) => slot.start === start('09:00'),
      )?.seatsLeft;
    expect(await seats()).toBe(2);
    expect((await hold(start('09:00'), type)).slot.seatsLeft).toBe(1);
    expect(await seats()).toBe(1);
    expect((await hold(start('09:00'), type)).slot.seatsLeft).toBe(0);
    expect(await seats()).toBeUndefined();
  });

  it('of a team is given one of those who could', async () => {
    const [bob, cleo] = [await makeHost(stack.admin, 'bob'), await makeHost(stack.admin, 'cleo')];
    const type = await makeEventType(stack.admin, bob, 'any', {
      scheduling: 'ROUND_ROBIN',
      hosts: [bob.id, cleo.id],
    });
    const first = await book(start('09:00'), type);
    const second = await book(start('09:00'), type);
    expect([first, second]).toMatchObject([{ hosts: [{ id: bob.id }] }, { hosts: [{ id: cleo.id }] }]);
    expect(await offered(type)).not.toContain(start('09:00'));
  });
});

describe('the operator', () => {
  const BOOKINGS =
    'query ($first: Int, $after: String) { bookings(first: $first, after: $after) { edges { cursor node { id token status attendee { name } } } pageInfo { hasNextPage } } }';
  type Listed = {
    bookings: {
      edges: { cursor: string; node: { id: string; token: string | null } }[];
      pageInfo: { hasNextPage: boolean };
    };
  };

  it('lists bookings, without their tokens', async () => {
    const booking = await book(start('13:00'));
    const ids: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { bookings }: Listed = await stack.admin<Listed>(BOOKINGS, { first: 2, after });
      ids.push(...bookings.edges.map(({ node }) => node.id));
      expect(bookings.edges.every(({ node }) => node.token === null)).toBe(true);
      after = bookings.edges.at(-1)?.cursor ?? null;
      more = bookings.pageInfo.hasNextPage;
    }
    expect(ids).toContain(booking.id);
    expect(new Set(ids).size).toBe(ids.length);
    const node = await stack.admin<{ node: Received }>(`query ($id: ID!) { node(id: $id) { ${BOOKING} } }`, {
      id: booking.id,
    });
    expect(node.node).toMatchObject({
      id: booking.id,
      token: null,
      eventType: { rules: { onStale: 'FAIL_CLOSED' } },
    });
  });

  it('is the only one who does', async () => {
    expect((await refusal(stack.anyone(BOOKINGS))).code).toBe('UNAUTHENTICATED');
    const key = await makeKey(stack, ['BOOK', 'READ_BUSY']);
    expect((await refusal(key.ask(BOOKINGS))).code).toBe('FORBIDDEN');
    const { id } = await book(start('13:30'));
    const other = await secondOrganisation(stack);
    expect((await other.ask<Listed>(BOOKINGS)).bookings.edges).toEqual([]);
    const node = 'query ($id: ID!) { node(id: $id) { id } }';
    expect((await refusal(other.ask(node, { id }))).code).toBe('NOT_FOUND');
  });
});
