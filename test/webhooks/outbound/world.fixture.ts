/** An organisation with two hosts and an event type, bookings put into the database by hand, and a server that receives. */

import { createHmac } from 'node:crypto';
import { createAnnouncements } from '../../../src/booking/announce.ts';
import type { BookingEvent } from '../../../src/booking/payload.ts';
import { EMPTY_FORM } from '../../../src/form/event-form.ts';
import { newId } from '../../../src/ids.ts';
import { createJobQueue, installJobQueue } from '../../../src/jobs/queue.ts';
import { createLog } from '../../../src/log.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { createGuardedClient } from '../../../src/net/client.ts';
import { createKeyRing } from '../../../src/secrets.ts';
import type { Booking } from '../../../src/store/bookings/bookings.ts';
import { closeStore, createStore, type Store } from '../../../src/store/client.ts';
import type { Prisma } from '../../../src/store/generated/client.ts';
import type { WebhookEvent } from '../../../src/store/outbound/webhook-endpoints.ts';
import { insertEventType } from '../../../src/store/rules/event-types.ts';
import { type Host, insertHost } from '../../../src/store/rules/hosts.ts';
import { DAY } from '../../../src/time/clock.ts';
import {
  createDeliverer,
  type Deliverer,
  type DelivererDeps,
} from '../../../src/webhooks/outbound/deliver.ts';
import { createEndpoints } from '../../../src/webhooks/outbound/endpoints.ts';
import { createSendMessage, type SendDeps } from '../../../src/webhooks/outbound/send.ts';
import { freshDatabase } from '../../harness/postgres.ts';
import { type Asked, type LocalServer, startServer } from '../../net/server.fixture.ts';

export const NOW = Date.UTC(2026, 10, 20, 12);
const PUBLIC_URL = 'https://cal.example:8443/base';
/** Where a booking of these tests is looked after. */
export const manageUrl = (booking: string) => `${PUBLIC_URL}/book/b/${booking}.signature`;

export const ALL: BookingEvent[] = [
  'BOOKING_REQUESTED',
  'BOOKING_DECLINED',
  'BOOKING_CREATED',
  'BOOKING_RESCHEDULED',
  'BOOKING_CANCELLED',
  'BOOKING_UPDATED',
];

export interface OutboundWorld {
  url: string;
  store: Store;
  clock: { at: number; now(): number };
  receiver: LocalServer;
  sending: SendDeps;
  deps: DelivererDeps;
  deliverer: Deliverer;
  ada: Host;
  grace: Host;
  eventType: string;
  /** Of the receiving server, unless stated otherwise. */
  addEndpoint(options?: {
    url?: string;
    events?: WebhookEvent[];
    organisation?: string;
  }): Promise<{ id: string; secret: string }>;
  addBooking(
    fields?: Partial<Omit<Booking, 'answers' | 'metadata'>> & {
      answers?: Prisma.InputJsonArray;
      metadata?: Prisma.InputJsonArray;
    },
  ): Promise<Booking>;
  /** In a transaction of its own. @returns the messages that it left, in their order. */
  announce(event: BookingEvent, booking: Booking): Promise<string[]>;
  message(id: string): ReturnType<Store['webhookMessage']['findUniqueOrThrow']>;
  /** Its tries, the first one first. */
  log(message: string): ReturnType<Store['webhookAttempt']['findMany']>;
  /** Runs the jobs that wait, at the times when their messages are due, until none is left or `most` ran. */
  work(most?: number): Promise<void>;
  /** Those that wait, and when their messages are due. */
  jobs(): Promise<{ message: string; dueAt: number | null }[]>;
  close(): Promise<void>;
}

const SIGNAL = new AbortController().signal;

export async function createOutboundWorld(): Promise<OutboundWorld> {
  const database = await freshDatabase();
  await installJobQueue(database.url);
  const store = createStore(database.url);
  const receiver = await startServer();
  const clock = { at: NOW, now: () => clock.at };
  const jobs = createJobQueue();
  const keyRing = createKeyRing([Buffer.alloc(32, 1)]);
  const sending = {
    keyRing,
    clock,
    fetch: createGuardedClient({ allowPrivate: true }),
    log: createLog('silent'),
  };
  const deps: DelivererDeps = {
    ...{ store, jobs, clock, metrics: createMetrics(), log: sending.log },
    send: createSendMessage(sending),
    retention: 7 * DAY,
  };
  const deliverer = createDeliverer(deps);
  const endpoints = createEndpoints({ store, jobs, keyRing, clock, allowPrivate: true });
  const announce = createAnnouncements({ jobs, publicUrl: PUBLIC_URL, manageUrl, mails: null });
  await store.organisation.create({ data: { id: 'org', name: 'Org' } });
  const hours = { hours: { timeZone: 'UTC', weekly: [], overrides: [] }, zoneChanges: [] };
  const now = new Date(NOW);
  const ada = await insertHost(
    store,
    'org',
    { name: 'Ada', slug: 'ada', email: 'ada@example.com', timeZone: 'UTC' },
    hours,
    now.getTime(),
  );
  const grace = await insertHost(
    store,
    'org',
    { name: 'Grace', slug: 'grace', email: null, timeZone: 'UTC' },
    hours,
    now.getTime(),
  );
  const eventType = await insertEventType(
    store,
    'org',
    { ownerId: ada.id, slug: 'intro' },
    // What the rules say is no business of these tests.
    { title: 'Intro', hosts: [ada.id, grace.id], rules: {} as never, form: EMPTY_FORM },
    now.getTime(),
  );

  const hook = `http://127.0.0.1:${receiver.port}/hook`;
  const world: OutboundWorld = {
    ...{ url: database.url, store, clock, receiver, sending, deps, deliverer, ada, grace, eventType },
    addEndpoint(options = {}) {
      const { url = hook, events = ALL, organisation = 'org' } = options;
      return endpoints.create(organisation, { url, events });
    },
    addBooking: (fields = {}) =>
      store.booking.create({
        data: {
          id: newId('Booking'),
          organisationId: 'org',
          eventTypeId: eventType,
          holdId: newId('Hold'),
          status: 'CONFIRMED',
          startsAt: new Date(NOW + DAY),
          endsAt: new Date(NOW + DAY + 1_800_000),
          hosts: [grace.id, ada.id],
          title: 'Intro, as it was called',
          attendeeName: 'Bob "the" Guest',
          attendeeEmail: 'bob@example.org',
          attendeeTimeZone: 'Europe/Berlin',
          notes: 'Bring\r\ntea; please',
          createdAt: now,
          updatedAt: now,
          ...fields,
        },
      }),
    announce: (event, booking) =>
      store.$transaction(async (tx) => {
        const before = new Set(
          (await tx.webhookMessage.findMany({ select: { id: true } })).map(({ id }) => id),
        );
        await announce(tx, event, booking, clock.at);
        const after = await tx.webhookMessage.findMany({ select: { id: true }, orderBy: { id: 'asc' } });
        return after.map(({ id }) => id).filter((id) => !before.has(id));
      }),
    message: (id) => store.webhookMessage.findUniqueOrThrow({ where: { id } }),
    log: (messageId) => store.webhookAttempt.findMany({ where: { messageId }, orderBy: { id: 'asc' } }),
    async jobs() {
      const rows = await store.$queryRaw<{ message: string; due_at: Date | null }[]>`
        select m.id as message, m.due_at
        from graphile_worker.jobs j join webhook_message m on 'deliver:' || m.id = j.key
        order by m.due_at nulls first, j.id`;
      return rows.map((row) => ({ message: row.message, dueAt: row.due_at?.getTime() ?? null }));
    },
    async work(most = 100) {
      for (let ran = 0; ran < most; ran++) {
        const [next] = await world.jobs();
        if (!next) return;
        await store.$executeRaw`
          delete from graphile_worker._private_jobs where key = ${`deliver:${next.message}`}`;
        clock.at = Math.max(clock.at, next.dueAt ?? 0);
        await deliverer.deliver({ message: next.message }, SIGNAL);
      }
    },
    async close() {
      await receiver.close();
      await closeStore(store);
      await database.drop();
    },
  };
  return world;
}

/** As a receiver would, from what it was given alone. */
export function verified({ headers, body }: Asked, secret: string): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const wanted = createHmac('sha256', key).update(text).digest('base64');
  return String(headers['webhook-signature']).split(' ').includes(`v1,${wanted}`);
}
