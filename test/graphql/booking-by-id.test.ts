/** Bookings by their id: what those who run them do with bookings whose token they don't have. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBooker } from '../e2e/booker.fixture.ts';
import type { Ask } from '../e2e/client.fixture.ts';
import { type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import {
  daily,
  type MadeHost,
  type MadeKey,
  makeEventType,
  makeHost,
  makeKey,
  refusal,
  secondOrganisation,
} from './world.fixture.ts';

const { iso } = testDay();
const start = (time: string) => iso(time)[0] ?? '';

let stack: Stack;
let ada: MadeHost;
let bob: MadeHost;
let cleo: MadeHost;
let solo: string;
let team: string;
let key: MadeKey;
beforeAll(async () => {
  stack = await startStack();
  [ada, bob] = [await makeHost(stack.admin, 'ada'), await makeHost(stack.admin, 'bob')];
  cleo = await makeHost(stack.admin, 'cleo', { workingHours: daily('20:00', '21:00') });
  solo = await makeEventType(stack.admin, ada, 'talk');
  const hosts = [ada.id, bob.id, cleo.id];
  team = await makeEventType(stack.admin, ada, 'any', { scheduling: 'ROUND_ROBIN', hosts });
  key = await makeKey(stack, ['BOOK']);
}, 120_000);
afterAll(() => stack?.close());

interface Changed {
  __typename: string;
  id: string;
  start: string;
  hosts: { id: string }[];
}

const FIELDS = `__typename ... on Booking {
  id token status start hosts { id } manageUrl cancelledBy reason movedBy movedFrom sequence
}`;
const cancel = async (ask: Ask, id: string, reason: string | null = null) =>
  (
    await ask<{ cancelBookingById: Changed }>(
      `mutation ($id: ID!, $reason: String) { cancelBookingById(id: $id, reason: $reason) { ${FIELDS} } }`,
      { id, reason },
    )
  ).cancelBookingById;
const move = async (ask: Ask, id: string, to: string) =>
  (
    await ask<{ moveBooking: Changed }>(
      `mutation ($id: ID!, $start: DateTime!) { moveBooking(id: $id, start: $start) { ${FIELDS} } }`,
      { id, start: to },
    )
  ).moveBooking;
const reassign = async (ask: Ask, id: string, from: string, to: string) =>
  (
    await ask<{ reassignBooking: Changed }>(
      `mutation ($id: ID!, $from: ID!, $to: ID!) { reassignBooking(id: $id, from: $from, to: $to) { ${FIELDS} } }`,
      { id, from, to },
    )
  ).reassignBooking;
const find = async (ask: Ask, id: string) =>
  (
    await ask<{ bookingById: object | null }>(
      `query ($id: ID!) { bookingById(id: $id) { ${FIELDS} attendee { name } } }`,
      { id },
    )
  ).bookingById;
const booker = () => createBooker(stack.anyone);
const seenByVisitor = async (token: string) =>
  (
    await stack.anyone<{ booking: object }>(
      `query ($token: String!) { booking(token: $token) { ${FIELDS} } }`,
      { token },
    )
  ).booking;

describe('a booking by its id', () => {
  it('is cancelled with a reason, and its visitor reads who did it and why', async () => {
    const { id, token } = await booker().book(solo, start('09:00'));
    expect(await cancel(key.ask, id, 'Ada is ill')).toMatchObject({
      ...{ __typename: 'Booking', id, token: null, status: 'CANCELLED', manageUrl: null },
      ...{ cancelledBy: 'OPERATOR', reason: 'Ada is ill', sequence: 1 },
    });
    // Again it stays as it is.
    expect(await cancel(stack.admin, id, 'Another reason')).toMatchObject({ reason: 'Ada is ill' });
    expect(await seenByVisitor(token)).toMatchObject({ cancelledBy: 'OPERATOR', reason: 'Ada is ill' });
    expect((await move(stack.admin, id, start('10:00'))).__typename).toBe('BookingNotFound');
    await booker().book(solo, start('09:00'));
  });

  it('moves to what is offered, and its visitor reads who moved it from where', async () => {
    const { id, token } = await booker().book(solo, start('10:00'));
    const { id: other } = await booker().book(solo, start('10:30'));
    expect((await move(key.ask, id, start('10:30'))).__typename).toBe('SlotTaken');
    expect((await move(key.ask, id, start('08:00'))).__typename).toBe('SlotNotOffered');
    expect(await move(key.ask, id, start('11:00'))).toMatchObject({ id, token: null, start: start('11:00') });
    expect(await seenByVisitor(token)).toMatchObject({
      ...{ token, start: start('11:00'), movedBy: 'OPERATOR', movedFrom: start('10:00') },
      manageUrl: `${stack.url}/book/b/${token}`,
    });
    const again = await booker().reschedule(token, start('11:30'));
    expect(again.start).toBe(start('11:30'));
    expect(await seenByVisitor(token)).toMatchObject({ movedBy: 'VISITOR', movedFrom: start('11:00') });
    await cancel(key.ask, other);
  });

  it('is given to another host of the team who is free then, whatever their hours', async () => {
    const { id, token, hosts } = await booker().book(team, start('14:00'));
    const [from = ''] = hosts.map((host) => host.id);
    const other = from === ada.id ? bob.id : ada.id;
    const { id: blocking } = await booker().book(team, start('14:00'));
    expect((await reassign(key.ask, id, from, other)).__typename).toBe('SlotTaken');
    await cancel(key.ask, blocking);
    expect(await reassign(key.ask, id, from, other)).toMatchObject({ hosts: [{ id: other }] });
    expect(await reassign(stack.admin, id, other, cleo.id)).toMatchObject({ hosts: [{ id: cleo.id }] });
    // Its time stayed, so that nobody moved it.
    expect(await seenByVisitor(token)).toMatchObject({ start: start('14:00'), movedBy: null, sequence: 2 });
    // Both others are free again.
    for (const host of await Promise.all([1, 2].map(() => booker().book(team, start('14:00')))))
      expect([ada.id, bob.id]).toContain(host.hosts[0]?.id);
  });

  it('refuses hosts that have nothing to do with it, naming the argument', async () => {
    const { id, hosts } = await booker().book(team, start('15:00'));
    const [from = ''] = hosts.map((host) => host.id);
    const stranger = await makeHost(stack.admin, 'stranger');
    const wanted = (field: string) => ({ code: 'BAD_USER_INPUT', field });
    expect(await refusal(reassign(key.ask, id, cleo.id, bob.id))).toMatchObject(wanted('from'));
    expect(await refusal(reassign(key.ask, id, from, from))).toMatchObject(wanted('to'));
    expect(await refusal(reassign(key.ask, id, from, stranger.id))).toMatchObject(wanted('to'));
    const type = await makeEventType(stack.admin, ada, 'fixed', {
      scheduling: 'ROUND_ROBIN',
      hosts: [ada.id, bob.id, cleo.id],
      hostRules: [{ host: ada.id, fixed: true }],
    });
    const { id: both } = await booker().book(type, start('16:00'));
    expect(await refusal(reassign(key.ask, both, ada.id, cleo.id))).toMatchObject(wanted('from'));
    expect(await refusal(cancel(key.ask, id, 'x'.repeat(5_001)))).toMatchObject(wanted('reason'));
  });

  it('is found by admins of its organisation, and changed by keys of scope BOOK too', async () => {
    const { id, token } = await booker().book(solo, start('12:00'));
    expect(await find(stack.admin, id)).toMatchObject({
      ...{ id, token: null, manageUrl: `${stack.url}/book/b/${token}` },
      attendee: { name: 'Grace Hopper' },
    });
    expect(await find(stack.admin, 'bkg_none')).toBeNull();
    const other = await secondOrganisation(stack);
    expect(await find(other.ask, id)).toBeNull();
    expect(await refusal(cancel(other.ask, id))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refusal(move(other.ask, id, start('12:30')))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refusal(reassign(other.ask, id, ada.id, bob.id))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refusal(find(key.ask, id))).toMatchObject({ code: 'FORBIDDEN' });
    const reader = await makeKey(stack, ['READ_AVAILABILITY', 'READ_BUSY']);
    expect(await refusal(cancel(reader.ask, id))).toMatchObject({ code: 'FORBIDDEN' });
    expect(await refusal(cancel(stack.anyone, id))).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await find(stack.admin, id)).toMatchObject({ status: 'CONFIRMED' });
  });
});
