import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostLoads, writeStatuses } from '../../../src/store/bookings/bookings.ts';
import { endNativeTime, takeNativeTime } from '../../../src/store/bookings/native-time.ts';
import { closeStore, createStore, type Store } from '../../../src/store/client.ts';
import { DAY, HOUR } from '../../../src/time/clock.ts';
import { type FreshDatabase, freshDatabase } from '../../harness/postgres.ts';
import { addCalendars } from '../parents.fixture.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url);
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});

describe('what a host was given of an event type', () => {
  let count = 0;
  async function take(
    host: string,
    start: number,
    more: { eventType?: string; expiresAt?: number; at?: number } = {},
  ) {
    const { eventType = 'et', expiresAt = null, at = NOW } = more;
    const owner = `owner-${++count}`;
    const kind = expiresAt === null ? ('booking' as const) : ('hold' as const);
    const what = { owner, kind, eventType, expiresAt, hosts: [host], organisation: 'org' };
    const when = { start, end: start + HOUR, bufferBefore: 0, bufferAfter: 0, byHost: false };
    await takeNativeTime(store, { ...what, ...when }, at);
    return owner;
  }

  it('counts bookings and live holds, recent and to come', async () => {
    await take('ada', NOW - 40 * DAY, { at: NOW - 50 * DAY });
    await take('ada', NOW - 29 * DAY, { at: NOW - 35 * DAY });
    await take('ada', NOW + DAY, { at: NOW - 5 * DAY });
    await take('ada', NOW + 2 * DAY, { eventType: 'other', at: NOW - HOUR });
    await take('bob', NOW + DAY, { expiresAt: NOW + HOUR, at: NOW - 2 * HOUR });
    await take('bob', NOW + 2 * DAY, { expiresAt: NOW, at: NOW - HOUR });
    const ended = await take('bob', NOW + 3 * DAY, { at: NOW - HOUR });
    await endNativeTime(store, ended, NOW);
    await take('cleo', NOW - 100 * DAY, { at: NOW - 120 * DAY });
    const loads = await hostLoads(store, 'et', ['bob', 'ada', 'cleo', 'dan'], NOW, null);
    expect([...loads.values()]).toEqual([
      { host: 'bob', load: 1, lastBookedAt: NOW - 2 * HOUR },
      { host: 'ada', load: 2, lastBookedAt: NOW - 5 * DAY },
      { host: 'cleo', load: 0, lastBookedAt: NOW - 120 * DAY },
      { host: 'dan', load: 0, lastBookedAt: null },
    ]);
  });

  it('leaves out what it is asked for', async () => {
    const own = await take('eve', NOW + DAY);
    const load = async (without: string | null) =>
      (await hostLoads(store, 'et', ['eve'], NOW, without)).get('eve');
    expect(await load(null)).toEqual({ host: 'eve', load: 1, lastBookedAt: NOW });
    expect(await load(own)).toEqual({ host: 'eve', load: 0, lastBookedAt: null });
  });
});

it('of what became of a booking in several calendars the worst is shown', async () => {
  await addCalendars(store, 'org', '1', '2', '3');
  await store.eventType.create({
    data: { id: 'et', organisationId: 'org', ownerId: '', slug: 'et', version: 0 },
  });
  for (const id of ['failed', 'none', 'pending', 'written']) {
    await store.booking.create({
      data: {
        ...{ id, organisationId: 'org', eventTypeId: 'et', holdId: `hold-${id}`, status: 'CONFIRMED' },
        ...{ startsAt: new Date(NOW), endsAt: new Date(NOW + HOUR), hosts: ['h'], title: 'Intro' },
        ...{ attendeeName: 'Vi', attendeeEmail: 'vi@example.com', attendeeTimeZone: 'UTC' },
        ...{ createdAt: new Date(NOW), updatedAt: new Date(NOW) },
      },
    });
  }
  const write = (
    bookingId: string,
    status: 'PENDING' | 'WRITTEN' | 'FAILED',
    calendarId: string,
    hostId = 'h',
    error: string | null = null,
  ) =>
    store.bookingWrite.create({
      data: {
        ...{ id: `${bookingId}-${calendarId}`, ownId: `${bookingId}-${calendarId}`, organisationId: 'org' },
        ...{ bookingId, calendarId, status, hostId, accountId: 'a', provider: 'google' },
        ...{ wanted: 'present', revision: 1, error },
      },
    });
  await write('written', 'WRITTEN', '1');
  await write('written', 'WRITTEN', '2');
  await write('written', 'FAILED', '3', 'one who left', 'gone');
  await write('pending', 'WRITTEN', '1');
  await write('pending', 'PENDING', '2');
  await write('failed', 'PENDING', '1');
  await write('failed', 'FAILED', '2', 'h', 'no such calendar');
  expect(await writeStatuses(store, ['failed', 'none', 'pending', 'written'])).toEqual([
    { id: 'failed', status: 'FAILED', error: 'no such calendar' },
    { id: 'none', status: 'NATIVE', error: null },
    { id: 'pending', status: 'PENDING', error: null },
    { id: 'written', status: 'WRITTEN', error: null },
  ]);
});
