import ICAL from 'ical.js';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createAnnouncements } from '../../../src/booking/announce.ts';
import { DAY, HOUR } from '../../../src/time/clock.ts';
import { createEndpoints } from '../../../src/webhooks/outbound/endpoints.ts';
import { untilLockIsAwaited } from '../../harness/postgres.ts';
import { addOrganisations } from '../../store/parents.fixture.ts';
import { createOutboundWorld, manageUrl, NOW, type OutboundWorld } from './world.fixture.ts';

let world: OutboundWorld;
beforeAll(async () => {
  world = await createOutboundWorld();
});
afterAll(() => world?.close());
beforeEach(async () => {
  await world.store.webhookEndpoint.deleteMany();
  await world.store.webhookMessage.deleteMany();
  await world.store.$executeRaw`delete from graphile_worker._private_jobs`;
  world.clock.at = NOW;
});

const payloadOf = async (message: string | undefined) =>
  JSON.parse((await world.message(message ?? '')).payload) as {
    type: string;
    timestamp: string;
    data: {
      booking: Record<string, unknown>;
      invitation: { method: string; contentType: string; filename: string; content: string };
    };
  };

function read(text: string) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  const event = calendar.getFirstSubcomponent('vevent');
  return {
    method: calendar.getFirstPropertyValue('method'),
    value: (name: string) => event?.getFirstPropertyValue(name),
    time: (name: string) =>
      (event?.getFirstPropertyValue(name) as ICAL.Time | undefined)?.toJSDate().getTime(),
    attendees: event?.getAllProperties('attendee').map((one) => one.getFirstValue()),
  };
}

test('a booking is announced as it is, with its invitation and the link to look after it', async () => {
  await world.addEndpoint();
  const booking = await world.addBooking();
  const [message] = await world.announce('BOOKING_CREATED', booking);
  const { type, timestamp, data } = await payloadOf(message);
  expect([type, timestamp]).toEqual(['booking.created', '2026-11-20T12:00:00.000Z']);
  expect(data.booking).toEqual({
    id: booking.id,
    status: 'CONFIRMED',
    start: '2026-11-21T12:00:00.000Z',
    end: '2026-11-21T12:30:00.000Z',
    eventType: { id: world.eventType, owner: 'ada', slug: 'intro', title: 'Intro' },
    hosts: [
      { id: world.grace.id, name: 'Grace', slug: 'grace', email: null },
      { id: world.ada.id, name: 'Ada', slug: 'ada', email: 'ada@example.com' },
    ],
    attendee: {
      name: 'Bob "the" Guest',
      email: 'bob@example.org',
      timeZone: 'Europe/Berlin',
      notes: 'Bring\r\ntea; please',
    },
    ...{ placeKind: null, place: null, phone: null, answers: [], guests: [], metadata: [] },
    reason: null,
    cancelledBy: null,
    sequence: 0,
    createdAt: '2026-11-20T12:00:00.000Z',
    manageUrl: manageUrl(booking.id),
  });
  expect(Object.keys(data).sort()).toEqual(['booking', 'invitation']);
  const { content, ...invitation } = data.invitation;
  expect(invitation).toEqual({
    method: 'REQUEST',
    contentType: 'text/calendar; method=REQUEST; charset=utf-8',
    filename: 'invite.ics',
  });
  const calendar = read(content);
  expect(calendar.method).toBe('REQUEST');
  expect(calendar.value('uid')).toBe(`${booking.id}@cal.example`);
  expect(calendar.value('summary')).toBe('Intro, as it was called');
  const link = manageUrl(booking.id);
  expect(calendar.value('description')).toBe(`Bring\ntea; please\n\nMove or cancel: ${link}`);
  expect(calendar.value('url')).toBe(link);
  expect(calendar.value('organizer')).toBe('invalid:nomail');
  expect(calendar.attendees).toEqual(['mailto:bob@example.org', 'mailto:ada@example.com']);
  expect([calendar.time('dtstart'), calendar.time('dtend')]).toEqual([NOW + DAY, NOW + DAY + HOUR / 2]);
  expect([calendar.time('dtstamp'), calendar.value('sequence')]).toEqual([NOW, 0]);
});

test("an organiser without an address of their own is reached at their account's", async () => {
  await world.addEndpoint();
  const account = {
    id: 'acc_grace',
    organisationId: 'org',
    hostId: world.grace.id,
    provider: 'google',
  } as const;
  const { id } = await world.store.account.create({
    data: { ...account, subject: 'grace', email: 'grace@corp.example', status: 'CONNECTED' },
  });
  const organiser = async () => {
    const [message] = await world.announce('BOOKING_CREATED', await world.addBooking());
    const { data } = await payloadOf(message);
    const calendar = read(data.invitation.content);
    return {
      organiser: calendar.value('organizer'),
      hosts: data.booking.hosts,
      attendees: calendar.attendees,
    };
  };
  expect(await organiser()).toMatchObject({
    organiser: 'mailto:grace@corp.example',
    // What the operator gave stays apart from what an account is called.
    hosts: [{ email: null }, { email: 'ada@example.com' }],
    attendees: ['mailto:bob@example.org', 'mailto:grace@corp.example', 'mailto:ada@example.com'],
  });
  const changes = [
    { awaitsConfirmation: true },
    { awaitsConfirmation: false, status: 'DISCONNECTED' },
  ] as const;
  for (const data of changes) {
    await world.store.account.update({ where: { id }, data });
    expect((await organiser()).organiser).toBe('invalid:nomail');
  }
  await world.store.account.delete({ where: { id } });
});

test('a move and an end are announced of the same invitation', async () => {
  await world.addEndpoint();
  const created = await world.addBooking({ hosts: [world.ada.id] });
  world.clock.at += HOUR;
  const moved = {
    ...created,
    sequence: 1,
    startsAt: new Date(NOW + 2 * DAY),
    endsAt: new Date(NOW + 3 * DAY),
  };
  const [second] = await world.announce('BOOKING_RESCHEDULED', moved);
  const rescheduled = await payloadOf(second);
  expect([rescheduled.type, rescheduled.data.invitation.method]).toEqual(['booking.rescheduled', 'REQUEST']);
  expect(rescheduled.data.booking).toMatchObject({ sequence: 1, start: '2026-11-22T12:00:00.000Z' });
  const again = read(rescheduled.data.invitation.content);
  expect([again.value('uid'), again.value('sequence')]).toEqual([`${created.id}@cal.example`, 1]);
  expect([again.time('dtstart'), again.time('dtstamp')]).toEqual([NOW + 2 * DAY, NOW + HOUR]);
  expect(again.value('organizer')).toBe('mailto:ada@example.com');

  const ended = { ...moved, sequence: 2, status: 'CANCELLED', reason: 'Ill', cancelledBy: 'host' } as const;
  const [third] = await world.announce('BOOKING_CANCELLED', ended);
  const cancelled = await payloadOf(third);
  expect(cancelled.type).toBe('booking.cancelled');
  expect(cancelled.data.booking).toMatchObject({
    status: 'CANCELLED',
    reason: 'Ill',
    cancelledBy: 'host',
    sequence: 2,
  });
  expect(cancelled.data.invitation).toMatchObject({
    method: 'CANCEL',
    contentType: 'text/calendar; method=CANCEL; charset=utf-8',
    filename: 'cancel.ics',
  });
  const end = read(cancelled.data.invitation.content);
  expect([end.method, end.value('uid'), end.value('status')]).toEqual([
    'CANCEL',
    `${created.id}@cal.example`,
    'CANCELLED',
  ]);
  expect([end.value('sequence'), end.value('comment')]).toEqual([2, 'Ill']);
});

test('only endpoints of the organisation that want the event get a message, and a job each', async () => {
  const every = await world.addEndpoint();
  const some = await world.addEndpoint({ events: ['BOOKING_CANCELLED'] });
  await addOrganisations(world.store, 'other');
  await world.addEndpoint({ organisation: 'other' });
  const booking = await world.addBooking();
  const created = await world.announce('BOOKING_CREATED', booking);
  const cancelled = await world.announce('BOOKING_CANCELLED', booking);
  const endpointsOf = (ids: string[]) =>
    Promise.all(ids.map(async (id) => (await world.message(id)).endpointId));
  expect(await endpointsOf(created)).toEqual([every.id]);
  expect((await endpointsOf(cancelled)).sort()).toEqual([every.id, some.id].sort());
  expect((await world.jobs()).map(({ message }) => message).sort()).toEqual(
    [...created, ...cancelled].sort(),
  );
  expect(await world.message(created[0] ?? '')).toMatchObject({
    organisationId: 'org',
    event: 'BOOKING_CREATED',
    status: 'PENDING',
    attempts: 0,
    dueAt: new Date(NOW),
    createdAt: new Date(NOW),
    endedAt: null,
  });
});

test('an endpoint that is taken away meanwhile leaves nothing to be sent', async () => {
  const { store, clock, deps, sending } = world;
  const { id } = await world.addEndpoint();
  const booking = await world.addBooking();
  const links = { publicUrl: 'https://cal.example', manageUrl };
  const announce = createAnnouncements({ jobs: deps.jobs, ...links, mails: null });
  const endpoints = createEndpoints({
    store,
    jobs: deps.jobs,
    keyRing: sending.keyRing,
    clock,
    allowPrivate: true,
  });
  let gone: Promise<void> | undefined;
  await store.$transaction(async (tx) => {
    await announce(tx, 'BOOKING_CREATED', booking, NOW);
    gone = endpoints.delete('org', id);
    await untilLockIsAwaited(store);
    expect(await tx.webhookMessage.count()).toBe(1);
  });
  await gone;
  expect(await store.webhookMessage.count()).toBe(0);
});

test('an event type or host that is gone takes nothing of the rest away', async () => {
  await world.addEndpoint();
  const gone = { id: 'et_gone', ownerId: '', slug: '', version: 0, deletedAt: new Date(NOW) };
  await world.store.eventType.create({ data: { ...gone, organisationId: 'org' } });
  const booking = await world.addBooking({ eventTypeId: 'et_gone', hosts: ['host_gone'] });
  const { data } = await payloadOf((await world.announce('BOOKING_CANCELLED', booking))[0]);
  expect(data.booking).toMatchObject({
    eventType: { id: 'et_gone', owner: null, slug: null, title: 'Intro, as it was called' },
    hosts: [],
  });
  expect(read(data.invitation.content).attendees).toEqual(['mailto:bob@example.org']);
});
