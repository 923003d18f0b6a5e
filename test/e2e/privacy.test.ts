/** What is held of people: exported, and erased when they ask. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COLUMNS, columnsOf } from '../../src/store/privacy/columns.ts';
import { makeKey, refusal, secondOrganisation, sql } from '../graphql/world.fixture.ts';
import { until } from '../harness/eventually.ts';
import { createFeed } from '../http/routes/feeds-world.fixture.ts';
import { type LocalServer, startServer } from '../net/server.fixture.ts';
import { createBooker } from './booker.fixture.ts';
import { mentions } from './mentions.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';

const { iso, at } = testDay();
const one = (time: string) => iso(time)[0] ?? '';

let stack: Stack;
let receiver: LocalServer;
let host: ConnectedHost;
beforeAll(async () => {
  stack = await startStack({ env: { LOG_LEVEL: 'silent' } });
  receiver = await startServer();
  host = await connectHost(stack, 'GOOGLE', 'ada');
});
afterAll(async () => {
  await stack?.close();
  await receiver?.close();
});

const ATTENDEE = {
  name: 'Grace Brewster Hopper',
  email: 'Grace.Hopper@Navy.example',
  timeZone: 'America/New_York',
  notes: 'about the nanosecond wire',
};
/** What no row may mention once she is erased, in the cases in which it is stored. */
const TRACES = [ATTENDEE.name, ATTENDEE.email, ATTENDEE.email.toLowerCase(), ATTENDEE.notes, 'Compiler talk'];

async function book(start: string, attendee: object = ATTENDEE): Promise<{ id: string; token: string }> {
  const { holdSlot } = await stack.anyone<{ holdSlot: { token: string } }>(
    'mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { ... on SlotHold { token } } }',
    { input: { eventType: host.eventType, start } },
  );
  const { confirmBooking } = await stack.anyone<{ confirmBooking: { id: string; token: string } }>(
    'mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) { ... on Booking { id token } } }',
    { input: { hold: holdSlot.token, ...attendee } },
  );
  return confirmBooking;
}
const attendeeOf = async (token: string) =>
  (
    await stack.anyone<{ booking: { attendee: object } }>(
      'query ($token: String!) { booking(token: $token) { attendee { name email timeZone notes } } }',
      { token },
    )
  ).booking.attendee;
const erase = async (email: string, ask = stack.admin) =>
  (
    await ask<{ eraseAttendee: number }>(
      'mutation ($email: EmailAddress!) { eraseAttendee(email: $email) }',
      { email },
    )
  ).eraseAttendee;
const exported = async (email: string, ask = stack.admin) =>
  JSON.parse(
    (
      await ask<{ exportAttendee: string }>(
        'query ($email: EmailAddress!) { exportAttendee(email: $email) }',
        { email },
      )
    ).exportAttendee,
  ) as Record<string, Record<string, unknown>[]>;

describe('a person who booked', () => {
  it('is exported and erased, wherever the gateway holds something, while the host’s own calendar keeps the event', async () => {
    const { world } = stack.simulator;
    const booker = createBooker(stack.anyone);
    await createFeed(stack, host.id, true);
    for (const path of ['taken', 'refused'])
      await stack.admin(
        'mutation ($url: URL!) { createWebhookEndpoint(input: { url: $url, events: [BOOKING_CREATED, BOOKING_CANCELLED] }) { id } }',
        // Nothing listens at the second one: its messages stay pending.
        { url: path === 'taken' ? `http://127.0.0.1:${receiver.port}/` : 'http://127.0.0.1:18098/' },
      );
    const booked = await book(one('09:00'));
    const other = await book(one('10:00'), {
      ...ATTENDEE,
      name: 'Alan',
      email: 'alan@example.com',
      notes: null,
    });
    for (const { token } of [booked, other]) await booker.becomes(token, 'WRITTEN');
    const events = () =>
      world.events(host.remoteCalendar, at('00:00'), at('23:00')).map(({ event }) => event);
    const before = events();
    await sql(stack, `update booking_write set error = 'rejected: ' || $2 where booking_id = $1`, [
      booked.id,
      ATTENDEE.email,
    ]);
    await sql(
      stack,
      `insert into invitation (host_id, uid, organisation_id, organizer, calendar, blocks, due_at, updated_at)
       select id, 'talk', organisation_id, $2, $3, '{"single": {"id": "blk_one", "title": "Compiler talk"}}',
         now() + interval '1 day', now() from host where id = $1`,
      [
        host.id,
        ATTENDEE.email.toLowerCase(),
        'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:talk\r\nSUMMARY:Compiler talk\r\n about the\r\n\tnanosecond wire\r\nSEQUENCE:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n',
      ],
    );
    await sql(
      stack,
      `insert into native_time (organisation_id, host_id, kind, owner_id, starts_at, ends_at, title, valid_from)
       select organisation_id, id, 'block', 'blk_one', now(), now() + interval '1 hour', 'Compiler talk', now()
       from host where id = $1`,
      [host.id],
    );
    // A code for her has nothing to say without her.
    await sql(
      stack,
      `insert into webhook_message (id, organisation_id, endpoint_id, event, payload, status, due_at, created_at)
       select 'msg_one', organisation_id, id, 'VERIFICATION_REQUESTED', $1, 'PENDING', now() + interval '1 day', now()
       from webhook_endpoint limit 1`,
      [JSON.stringify({ data: { code: '123456', attendee: { email: ATTENDEE.email } } })],
    );
    // The event comes back from the provider with its title, in which she is named.
    await until(async () =>
      (await mentions(stack, [ATTENDEE.name])).get(ATTENDEE.name)?.includes('public.event'),
    );
    await until(() => receiver.asked.length === 2);

    await stack.admin(
      'mutation { createBlockRule(kind: EMAIL, value: "grace.hopper@navy.example", note: "no shows") { id } }',
    );
    const data = await exported(ATTENDEE.email.toUpperCase());
    expect(data.blockRules).toEqual([
      expect.objectContaining({ value: 'grace.hopper@navy.example', note: 'no shows' }),
    ]);
    expect(data.bookings).toEqual([
      expect.objectContaining({ id: booked.id, attendeeEmail: ATTENDEE.email, notes: ATTENDEE.notes }),
    ]);
    expect(data.holds).toHaveLength(1);
    expect(data.writes).toHaveLength(1);
    expect(data.messages).toHaveLength(3);
    expect(data.events?.length).toBeGreaterThan(0);
    expect(data.times?.length).toBeGreaterThan(0);
    expect(data.invitations).toEqual([expect.objectContaining({ uid: 'talk' })]);
    expect(JSON.stringify(data)).not.toContain('alan@example.com');

    expect(await erase('grace.hopper@NAVY.example')).toBeGreaterThanOrEqual(7);
    // What an administrator blocks stays blocked.
    expect([...(await mentions(stack, TRACES))]).toEqual([
      [ATTENDEE.email.toLowerCase(), ['public.block_rule']],
    ]);
    expect(await erase(ATTENDEE.email)).toBe(0);
    expect((await exported(ATTENDEE.email)).bookings).toEqual([]);
    expect(await attendeeOf(other.token)).toMatchObject({ name: 'Alan' });
    expect(await attendeeOf(booked.token)).toEqual({ name: '', email: '', timeZone: 'UTC', notes: null });
    expect(events()).toEqual(before);

    // The booking lives on: it can still be cancelled, and its message names nobody.
    expect(await booker.cancel(booked.token)).toMatchObject({ status: 'CANCELLED' });
    await until(() => events().length === 1);
    const messages = () =>
      receiver.asked.map(({ body }) => JSON.parse(body)).filter(({ type }) => type === 'booking.cancelled');
    await until(() => messages().length === 1);
    expect(messages()[0].data.booking).toMatchObject({ id: booked.id, attendee: { name: '', email: '' } });
  });

  it('is the business of administrators of the organisation that was booked, and of no other', async () => {
    await book(one('13:00'), { ...ATTENDEE, email: 'visitor@example.com' });
    const second = await secondOrganisation(stack);
    expect(await erase('visitor@example.com', second.ask)).toBe(0);
    expect((await exported('visitor@example.com', second.ask)).bookings).toEqual([]);
    expect(await refusal(erase('visitor@example.com', stack.anyone))).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    const key = await makeKey(stack, ['BOOK', 'READ_BUSY']);
    expect(await refusal(exported('visitor@example.com', key.ask))).toMatchObject({ code: 'FORBIDDEN' });
    expect((await exported('visitor@example.com')).bookings).toHaveLength(1);
  });

  it('is erased before the event was written: the provider gets it without the person', async () => {
    const { simulator } = stack;
    simulator.faults.add({ kind: 'answer', method: 'POST', path: '/events', times: 1_000, status: 503 });
    const refused = () =>
      simulator.requests().filter(({ method, path }) => method === 'POST' && path.includes('/events')).length;
    const before = refused();
    const booked = await book(one('15:00'), { ...ATTENDEE, email: 'early@example.com' });
    await until(() => refused() > before);
    await erase('early@example.com');
    simulator.faults.clear();
    await sql(stack, 'update booking_write set due_at = now() where booking_id = $1', [booked.id]);
    await createBooker(stack.anyone).becomes(booked.token, 'WRITTEN');
    const [written] = simulator.world
      .events(host.remoteCalendar, at('15:00'), at('15:30'))
      .map(({ event }) => event);
    expect(written).toMatchObject({ title: 'Intro' });
    expect(JSON.stringify(written)).not.toContain('early@example.com');
  });
});

describe('a host', () => {
  it('is exported with all that is held, without a secret', async () => {
    const { exportHost } = await stack.admin<{ exportHost: string }>(
      'query ($id: ID!) { exportHost(id: $id) }',
      { id: host.id },
    );
    const data = JSON.parse(exportHost) as Record<string, Record<string, unknown>[]>;
    expect(data.host).toEqual([expect.objectContaining({ id: host.id, slug: 'ada' })]);
    for (const kind of [
      'hours',
      'accounts',
      'calendars',
      'events',
      'feeds',
      'bookings',
      'writes',
      'messages',
    ])
      expect(data[kind]?.length, kind).toBeGreaterThan(0);
    expect(data.accounts?.[0]).toMatchObject({ email: 'ada@example.com' });
    const keys = new Set(Object.values(data).flatMap((rows) => rows.flatMap((row) => Object.keys(row))));
    for (const table of ['account', 'feed', 'hold', 'watch_channel', 'delivery', 'calendar_state'] as const) {
      expect(COLUMNS[table].secret.length).toBeGreaterThan(0);
      for (const column of columnsOf(table, ['secret']))
        expect(keys).not.toContain(column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
    }
    const second = await secondOrganisation(stack);
    expect(
      await refusal(second.ask('query ($id: ID!) { exportHost(id: $id) }', { id: host.id })),
    ).toMatchObject({ code: 'NOT_FOUND' });
  });
});
