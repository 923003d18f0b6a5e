/** Hosts with calendars at both simulators, bookings made by hand, and the writer that brings them there. */

import { type BookingChanges, createBookingChanges } from '../../../src/booking/change.ts';
import { createPlanWrites } from '../../../src/booking/writes/plan.ts';
import { type BookingWriterDeps, createBookingWriter } from '../../../src/booking/writes/write.ts';
import { encodeBusy } from '../../../src/cache/codecs/busy.ts';
import { newId } from '../../../src/ids.ts';
import { createJobQueue, installJobQueue } from '../../../src/jobs/queue.ts';
import { createLog } from '../../../src/log.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { createGoogle } from '../../../src/providers/google/index.ts';
import { createMicrosoft } from '../../../src/providers/microsoft/index.ts';
import {
  ProviderError,
  type ProviderName,
  type Providers,
  type WritePort,
} from '../../../src/providers/port.ts';
import { createSimulator } from '../../../src/simulator/simulator.ts';
import { type Booking, insertBooking } from '../../../src/store/bookings/bookings.ts';
import { lockHosts, takeNativeTime } from '../../../src/store/bookings/native-time.ts';
import { beginSelection, type Calendar, insertCalendar } from '../../../src/store/calendars/calendars.ts';
import { closeStore, createStore } from '../../../src/store/client.ts';
import { type Host, insertHost } from '../../../src/store/rules/hosts.ts';
import { calendarSources } from '../../../src/store/rules/offer-rows.ts';
import { createPublisher } from '../../../src/sync/publisher.ts';
import { createPuller } from '../../../src/sync/pull/pull.ts';
import { DAY, HOUR, MINUTE } from '../../../src/time/clock.ts';
import { freshDatabase } from '../../harness/postgres.ts';
import { accessWith } from '../../providers/unlimited.fixture.ts';

export const NOW = Date.UTC(2026, 10, 20, 12);
/** A day ahead. */
export const at = (hour: number) => NOW + DAY + hour * HOUR;

export type Room = Awaited<ReturnType<typeof createRoom>>;

export interface RoomHost {
  host: Host;
  calendar: Calendar;
  account: string;
  email: string;
}

export async function createRoom() {
  const database = await freshDatabase();
  await installJobQueue(database.url);
  const store = createStore(database.url, { max: 8 });
  const clock = { at: NOW, now: () => clock.at };
  const simulator = await createSimulator({ clock });
  const { world } = simulator;
  const providers: Providers = new Map<ProviderName, ReturnType<typeof createGoogle>>([
    ['google', createGoogle(simulator.google)],
    ['microsoft', createMicrosoft({ ...simulator.microsoft, tenant: 'common' })],
  ]);
  const jobs = createJobQueue();
  const log = createLog('silent');
  const published: string[] = [];
  const publisher = createPublisher({
    store,
    jobs,
    clock,
    load: async (keys) => keys.map((key) => ({ key, version: 1, bytes: Buffer.alloc(0) })),
    publishEntries: async (entries) => void published.push(...entries.map(({ key }) => key)),
    log,
  });
  const planWrites = createPlanWrites({ jobs, providers });
  const received: string[] = [];
  const changes: BookingChanges = createBookingChanges({
    planWrites,
    announce: async (_tx, event) => void received.push(event),
  });
  const emails = new Map<string, string>();
  /** Accounts whose tokens are worth nothing. */
  const revoked = new Set<string>();
  const accessFor = (account: string) =>
    accessWith(async (rejected) => {
      if (rejected && revoked.has(account))
        throw new ProviderError('auth-revoked', 'the grant was withdrawn');
      return revoked.has(account) ? 'nothing' : simulator.grant(emails.get(account) ?? '').accessToken;
    });
  const config = {
    POLL_INTERVAL: 5 * MINUTE,
    POLL_INTERVAL_WATCHED: 5 * MINUTE,
    SYNC_PAST: 7 * DAY,
    SYNC_AHEAD: 180 * DAY,
  };
  const manageUrl = (booking: string) => `https://cal.example/book/b/${booking}.signature`;
  const deps: BookingWriterDeps = {
    ...{ store, providers, jobs, accessFor, publisher, changes, clock, log },
    ...{ manageUrl, invitations: 'provider' },
  };
  const writer = createBookingWriter(deps);
  const puller = createPuller({ ...deps, publisher, encodeBusy, config, metrics: createMetrics() });
  await store.organisation.create({ data: { id: 'org', name: 'Org' } });
  const rows = (booking: Booking) =>
    store.bookingWrite.findMany({ where: { bookingId: booking.id }, orderBy: { id: 'asc' } });

  const room = {
    store,
    clock,
    simulator,
    world,
    deps,
    writer,
    changes,
    planWrites,
    published,
    /** What was announced of bookings. */
    received,
    revoked,
    rows,
    /** A host without an account. */
    async addHost(slug: string, timeZone = 'Europe/Berlin'): Promise<Host> {
      const fields = { name: slug, slug, email: null, timeZone };
      const hours = { timeZone, weekly: [], overrides: [] };
      return insertHost(store, 'org', fields, { hours, zoneChanges: [] }, clock.at);
    },
    /** One with an account, and its primary calendar selected. */
    async connect(provider: 'google' | 'microsoft', slug: string, of?: Host): Promise<RoomHost> {
      const email = `${slug}@example.com`;
      world.addPerson({ email, name: slug, provider, timeZone: 'Europe/Berlin' });
      const host = of ?? (await room.addHost(slug));
      const account = await store.account.create({
        data: {
          ...{ id: newId('Account'), organisationId: 'org', hostId: host.id },
          ...{ provider, subject: slug, email, status: 'CONNECTED' },
        },
      });
      emails.set(account.id, email);
      const calendar = await insertCalendar(store, account, {
        ...{ externalId: world.calendars(email)[0]?.id ?? '', name: slug, timeZone: 'Europe/Berlin' },
        ...{ primary: true, writable: true, watchable: true },
      });
      await beginSelection(store, calendar, clock.at, null);
      return { host, calendar, account: account.id, email };
    },
    /** From the hour to the next, as confirming does it. */
    async book(
      hosts: readonly Host[],
      hour = 1,
      more: Partial<Parameters<typeof insertBooking>[1]> = {},
    ): Promise<Booking> {
      const ids = hosts.map(({ id }) => id);
      const [start, end] = [at(hour), at(hour + 1)];
      return store.$transaction(async (tx) => {
        await lockHosts(tx, ids);
        const now = new Date(clock.at);
        const id = newId('Booking');
        const eventTypeId = newId('EventType');
        const type = { id: eventTypeId, organisationId: 'org', ownerId: '', slug: eventTypeId, version: 0 };
        await tx.eventType.create({ data: type });
        const booking = await insertBooking(
          tx,
          {
            ...{ id, organisationId: 'org', eventTypeId, holdId: newId('Hold'), hosts: ids },
            ...{ startsAt: new Date(start), endsAt: new Date(end), title: 'Intro' },
            ...{ attendeeName: 'Grace Hopper', attendeeEmail: 'grace@example.net' },
            ...{ attendeeTimeZone: 'America/New_York', notes: 'About\ncompilers' },
            ...more,
          },
          now.getTime(),
        );
        const whose = {
          hosts: ids,
          organisation: 'org',
          eventType: eventTypeId,
          owner: id,
          kind: 'booking' as const,
        };
        const time = { start, end, bufferBefore: 0, bufferAfter: 0, expiresAt: null, byHost: false };
        await takeNativeTime(tx, { ...whose, ...time }, now.getTime());
        await planWrites(tx, booking, now.getTime());
        return booking;
      });
    },
    move: (booking: Booking, hour: number, hosts = booking.hosts) =>
      publisher.change(async (tx, now) => {
        await lockHosts(tx, [...new Set([...booking.hosts, ...hosts])]);
        const to = { start: at(hour), end: at(hour + 1), hosts, by: 'attendee' as const };
        const current = await tx.booking.findUniqueOrThrow({ where: { id: booking.id } });
        return { result: undefined, keys: await changes.move(tx, current, to, now) };
      }),
    cancel: (booking: Booking) =>
      publisher.change(async (tx, now) => {
        await lockHosts(tx, booking.hosts);
        const current = await tx.booking.findUniqueOrThrow({ where: { id: booking.id } });
        const why = { reason: null, by: 'attendee' as const };
        return { result: undefined, keys: await changes.cancel(tx, current, why, now) };
      }),
    /** Everything that is due now, until nothing is. */
    async work(): Promise<void> {
      for (let round = 0; round < 10; round++) {
        await writer.sweep(clock.at);
        const due = await store.bookingWrite.findMany({ where: { dueAt: { lte: new Date(clock.at) } } });
        if (due.length === 0) return;
        for (const { id } of due) await writer.write(id);
      }
    },
    /** Reads the calendars, as a notification would have it. */
    async pull(...hosts: RoomHost[]): Promise<void> {
      clock.at += 1;
      for (const { calendar } of hosts) await puller.pull(calendar.id);
      clock.at += 1;
    },
    row: async (booking: Booking) => (await rows(booking))[0] ?? Promise.reject(new Error('no row')),
    booking: (booking: Booking) => store.booking.findUniqueOrThrow({ where: { id: booking.id } }),
    /** As they stand in the host's calendar at the provider. */
    events: ({ calendar }: RoomHost) => world.events(calendar.externalId, NOW, NOW + 400 * DAY),
    /** Bounds of what counts as busy beside native time. */
    async busy({ calendar }: RoomHost): Promise<number[]> {
      const [found] = await calendarSources(store, [calendar.id]);
      return [...(found?.source.busy.bounds ?? [])];
    },
    /** Requests about events made since the last call. */
    asked: () => simulator.requests().filter(({ path }) => /\/events\b|calendarView$/.test(path)),
    /** The writer's own port of a provider, with some of it replaced. */
    withPort(provider: ProviderName, change: (port: WritePort) => Partial<WritePort>) {
      const whole = providers.get(provider);
      if (!whole?.write) throw new Error('no write port');
      const write = { ...whole.write, ...change(whole.write) };
      return createBookingWriter({
        ...deps,
        providers: new Map(providers).set(provider, { ...whole, write }),
      });
    },
    async close() {
      await simulator.close();
      await closeStore(store);
      await database.drop();
    },
  };
  return room;
}
