/** Event types whose bookings wait until they are accepted: what is taken meanwhile, who decides, and what is announced. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBooker } from '../e2e/booker.fixture.ts';
import type { Ask } from '../e2e/client.fixture.ts';
import { type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import { until } from '../harness/eventually.ts';
import {
  daily,
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
let database: pg.Client;
let key: MadeKey;
beforeAll(async () => {
  stack = await startStack();
  database = new pg.Client({ connectionString: stack.environment.DATABASE_URL });
  await database.connect();
  key = await makeKey(stack, ['BOOK']);
  await stack.admin(
    `mutation ($url: URL!, $events: [WebhookEvent!]!) {
      createWebhookEndpoint(input: { url: $url, events: $events }) { id }
    }`,
    {
      url: `${stack.url}/hooks`,
      events: [
        ...['BOOKING_REQUESTED', 'BOOKING_DECLINED', 'BOOKING_CREATED'],
        ...['BOOKING_RESCHEDULED', 'BOOKING_CANCELLED'],
      ],
    },
  );
}, 120_000);
afterAll(async () => {
  await database?.end();
  await stack?.close();
});

const FIELDS = 'id status start cancelledBy reason sequence';
const accept = (ask: Ask, id: string) =>
  ask<{ acceptBooking: object }>(`mutation ($id: ID!) { acceptBooking(id: $id) { ${FIELDS} } }`, { id });
const decline = (ask: Ask, id: string, reason: string | null = null) =>
  ask<{ declineBooking: object }>(
    `mutation ($id: ID!, $reason: String) { declineBooking(id: $id, reason: $reason) { ${FIELDS} } }`,
    { id, reason },
  );
const booker = () => createBooker(stack.anyone);
let made = 0;
async function makeType(more: object = {}) {
  made += 1;
  const host = await makeHost(stack.admin, `host-${made}`, { workingHours: daily('08:00', '20:00') });
  return makeEventType(stack.admin, host, 'talk', { approval: true, ...more });
}
const eventsOf = async (id: string) =>
  (
    await database.query<{ event: string }>(
      'select event::text from webhook_message where booking_id = $1 order by id',
      [id],
    )
  ).rows.map(({ event }) => event);
const writesOf = async (id: string) =>
  (await database.query('select id from booking_write where booking_id = $1', [id])).rowCount;

describe('a booking that waits to be accepted', () => {
  it('is PENDING, and its time is taken', async () => {
    const type = await makeType();
    const booking = await booker().book(type, start('09:00'));
    expect(booking).toMatchObject({ status: 'PENDING', writeStatus: 'NATIVE' });
    await expect(booker().book(type, start('09:00'))).rejects.toThrow('SlotTaken');
    expect(await eventsOf(booking.id)).toEqual(['BOOKING_REQUESTED']);
    expect(await writesOf(booking.id)).toBe(0);
  });

  it("counts for the limits of a host's day and of an attendee", async () => {
    const daily = await makeType({ maxPerDay: 1 });
    await booker().book(daily, start('09:00'));
    await expect(booker().book(daily, start('12:00'))).rejects.toThrow('SlotTaken');
    const one = await makeType({ maxPerAttendee: 1 });
    await booker().book(one, start('09:00'));
    await expect(booker().book(one, start('12:00'))).rejects.toThrow('AttendeeLimit');
  });

  it('becomes a booking when a key of scope BOOK accepts it, once', async () => {
    const { id, token } = await booker().book(await makeType(), start('09:00'));
    const accepted = { acceptBooking: { id, status: 'CONFIRMED', sequence: 1 } };
    expect(await accept(key.ask, id)).toMatchObject(accepted);
    expect(await accept(stack.admin, id)).toMatchObject(accepted);
    expect(await booker().read(token)).toMatchObject({ status: 'CONFIRMED' });
    expect(await eventsOf(id)).toEqual(['BOOKING_REQUESTED', 'BOOKING_CREATED']);
    expect(await refusal(decline(key.ask, id))).toMatchObject({ code: 'CONFLICT' });
  });

  it('is declined with a reason, and its time is free again', async () => {
    const type = await makeType();
    const { id } = await booker().book(type, start('09:00'));
    const declined = {
      declineBooking: { status: 'DECLINED', cancelledBy: 'OPERATOR', reason: 'Not that day' },
    };
    expect(await decline(key.ask, id, 'Not that day')).toMatchObject(declined);
    expect(await decline(key.ask, id, 'Again')).toMatchObject(declined);
    expect(await eventsOf(id)).toEqual(['BOOKING_REQUESTED', 'BOOKING_DECLINED']);
    expect(await refusal(accept(key.ask, id))).toMatchObject({ code: 'CONFLICT' });
    expect(await booker().book(type, start('09:00'))).toMatchObject({ status: 'PENDING' });
  });

  it('stays PENDING when its visitor moves it, and can be cancelled', async () => {
    const { id, token } = await booker().book(await makeType(), start('09:00'));
    expect(await booker().reschedule(token, start('10:00'))).toMatchObject({ status: 'PENDING' });
    expect(await booker().cancel(token)).toMatchObject({ status: 'CANCELLED' });
    expect(await eventsOf(id)).toEqual(['BOOKING_REQUESTED', 'BOOKING_RESCHEDULED', 'BOOKING_CANCELLED']);
  });

  it('is declined by the gateway when its time comes undecided', async () => {
    const { id, token } = await booker().book(await makeType(), start('09:00'));
    await database.query('update booking set decide_by = now() where id = $1', [id]);
    await until(async () => (await booker().read(token)).status === 'DECLINED');
    expect(await decline(key.ask, id)).toMatchObject({
      declineBooking: { cancelledBy: 'SYSTEM', reason: null },
    });
    expect(await eventsOf(id)).toEqual(['BOOKING_REQUESTED', 'BOOKING_DECLINED']);
  });

  it("is not another organisation's to decide, nor the public's", async () => {
    const { id } = await booker().book(await makeType(), start('09:00'));
    const other = await secondOrganisation(stack);
    expect(await refusal(accept(other.ask, id))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refusal(decline(other.ask, id))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refusal(accept(stack.anyone, id))).not.toBeNull();
  });
});
