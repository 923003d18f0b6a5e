/** An organisation with two hosts, bookings made by hand, the mails that tell of them, and a mail server that takes them. */
import PostalMime from 'postal-mime';
import { createPlanMails } from '../../src/booking/mails/plan.ts';
import type { BookingEvent } from '../../src/booking/payload.ts';
import { EMPTY_FORM } from '../../src/form/event-form.ts';
import { newId } from '../../src/ids.ts';
import { createJobQueue, installJobQueue } from '../../src/jobs/queue.ts';
import { createLog } from '../../src/log.ts';
import { createComposeMail } from '../../src/mail/compose.ts';
import { createMailDeliverer, type MailDelivererDeps } from '../../src/mail/deliver.ts';
import { createSendOverSmtp } from '../../src/mail/smtp.ts';
import { readMailTemplates } from '../../src/mail/templates.ts';
import { createMetrics } from '../../src/metrics.ts';
import { parseSmtpUrl } from '../../src/smtp-url.ts';
import type { Booking } from '../../src/store/bookings/bookings.ts';
import { insertCalendar } from '../../src/store/calendars/calendars.ts';
import { closeStore, createStore } from '../../src/store/client.ts';
import type { Prisma } from '../../src/store/generated/client.ts';
import { insertEventType } from '../../src/store/rules/event-types.ts';
import { insertHost } from '../../src/store/rules/hosts.ts';
import { DAY } from '../../src/time/clock.ts';
import { freshDatabase } from '../harness/postgres.ts';
import { startSmtpServer, type TakenMail } from './smtp-server.fixture.ts';

export const NOW = Date.UTC(2026, 10, 20, 12);
export const FROM = { name: 'Example', address: 'bookings@example.com' };
const SIGNAL = new AbortController().signal;

export type MailWorld = Awaited<ReturnType<typeof createMailWorld>>;

export async function createMailWorld() {
  const database = await freshDatabase();
  await installJobQueue(database.url);
  const store = createStore(database.url);
  const clock = { at: NOW, now: () => clock.at };
  const jobs = createJobQueue();
  const answers = { onMail: async (_mail: TakenMail): Promise<Error | null> => null };
  const server = await startSmtpServer({ onMail: (mail) => answers.onMail(mail) });
  const metrics = createMetrics();
  const notifies = (provider: string) => provider === 'google';
  const planOf = (invitations: 'provider' | 'own') => createPlanMails({ jobs, notifies, invitations });
  const templates = await readMailTemplates(undefined);
  const deps: MailDelivererDeps = {
    ...{ store, jobs, clock, metrics, log: createLog('silent') },
    compose: createComposeMail({
      ...{ templates, from: FROM, publicUrl: 'https://cal.example' },
      manageUrl: (booking) => `https://cal.example/book/b/${booking}.signed`,
    }),
    send: createSendOverSmtp({ target: parseSmtpUrl(server.url), name: 'cal.example' }),
  };
  await store.organisation.create({ data: { id: 'org', name: 'Org' } });
  const hours = { hours: { timeZone: 'UTC', weekly: [], overrides: [] }, zoneChanges: [] };
  const person = (name: string, email: string | null, timeZone: string) =>
    insertHost(store, 'org', { name, slug: name.toLowerCase(), email, timeZone }, hours, NOW);
  const ada = await person('Ada', 'ada@example.com', 'Europe/London');
  const grace = await person('Grace', null, 'America/New_York');
  const eventType = await insertEventType(
    store,
    'org',
    { ownerId: ada.id, slug: 'intro' },
    // What the rules say is no business of these tests.
    { title: 'Intro', hosts: [ada.id, grace.id], rules: {} as never, form: EMPTY_FORM },
    NOW,
  );

  return {
    ...{ store, clock, server, answers, metrics, deps, templates, ada, grace, eventType },
    deliverer: createMailDeliverer(deps),
    addBooking: (
      fields: Partial<Omit<Booking, 'answers' | 'metadata'>> & { answers?: Prisma.InputJsonArray } = {},
    ) =>
      store.booking.create({
        data: {
          ...{ id: newId('Booking'), organisationId: 'org', eventTypeId: eventType, holdId: newId('Hold') },
          ...{ status: 'CONFIRMED', hosts: [ada.id], title: 'Intro' },
          startsAt: new Date(NOW + 2 * DAY),
          endsAt: new Date(NOW + 2 * DAY + 1_800_000),
          attendeeName: 'Eve',
          attendeeEmail: 'eve@example.org',
          attendeeTimeZone: 'Europe/Berlin',
          createdAt: new Date(NOW),
          updatedAt: new Date(NOW),
          ...fields,
        },
      }),
    /** An account of the host's, confirmed, with an address. */
    addAccount: (host: string, email: string) =>
      store.account.create({
        data: {
          ...{ id: newId('Account'), organisationId: 'org', hostId: host, provider: 'google', email },
          ...{ status: 'CONNECTED', subject: newId('Account') },
        },
      }),
    /** As a booking that was planned into a calendar of the host would have it. */
    async addWrite(booking: Booking, host: string, of: 'google' | 'caldav') {
      const account = await store.account.create({
        data: {
          ...{ id: newId('Account'), organisationId: 'org', hostId: host, provider: of, status: 'CONNECTED' },
          subject: newId('Account'),
        },
      });
      const { id: calendarId } = await insertCalendar(store, account, {
        ...{ externalId: newId('Calendar'), name: 'Work', timeZone: 'UTC' },
        ...{ primary: true, writable: true, watchable: true },
      });
      const id = newId('BookingWrite');
      await store.bookingWrite.create({
        data: {
          ...{ id, ownId: id, organisationId: 'org', bookingId: booking.id, hostId: host, calendarId },
          ...{ accountId: account.id, provider: of, wanted: 'present', revision: 1, status: 'PENDING' },
        },
      });
    },
    /** In a transaction of its own. @returns the ids of the mails that it left, but for reminders */
    async plan(
      event: BookingEvent,
      booking: Booking,
      { before = null as Booking | null, invitations = 'provider' as 'provider' | 'own' } = {},
    ) {
      const known = (await store.mail.findMany({ select: { id: true } })).map(({ id }) => id);
      const hosts = [ada, grace].filter(({ id }) => booking.hosts.includes(id));
      await store.$transaction((tx) =>
        planOf(invitations).ofBooking(tx, event, booking, hosts, before, clock.at),
      );
      const left = await store.mail.findMany({
        where: { id: { notIn: known }, kind: { not: 'REMINDER' } },
        orderBy: { id: 'asc' },
      });
      return left.map(({ id }) => id);
    },
    verify: (email: string, code: string, expiresAt: number) =>
      store.$transaction((tx) =>
        planOf('provider').ofVerification(
          tx,
          {
            hold: {
              ...{ organisationId: 'org', hosts: [ada.id] },
              ...{ startsAt: new Date(NOW + DAY), endsAt: new Date(NOW + DAY + 1_800_000) },
            },
            type: { id: eventType, owner: 'ada', slug: 'intro', title: 'Intro' },
            attendee: { name: 'Eve', email, timeZone: 'Europe/Berlin', locale: null },
            ...{ code, expiresAt },
          },
          [ada],
          clock.at,
        ),
      ),
    mail: (id: string) => store.mail.findUniqueOrThrow({ where: { id } }),
    mails: () => store.mail.findMany({ orderBy: { id: 'asc' } }),
    /** Keys of the jobs that wait. */
    async jobs() {
      const rows = await store.$queryRaw<{ key: string }[]>`select key from graphile_worker.jobs order by id`;
      return rows.map(({ key }) => key);
    },
    /** Sends what is due now, in whichever order, until nothing is. */
    async work() {
      for (;;) {
        const due = await store.mail.findMany({
          where: { status: 'PENDING', dueAt: { lte: new Date(clock.at) } },
          orderBy: { id: 'desc' },
        });
        const before = server.connections();
        for (const { id } of due) await createMailDeliverer(deps).mail({ mail: id }, SIGNAL);
        if (server.connections() === before) return;
      }
    },
    /** The mails that the server took, parsed. */
    taken: () => Promise.all(server.taken.map(({ raw }) => PostalMime.parse(raw))),
    async empty() {
      await store.mail.deleteMany({});
      await store.bookingWrite.deleteMany({});
      await store.booking.deleteMany({});
      await store.account.deleteMany({});
      await store.$executeRaw`delete from graphile_worker._private_jobs`;
      server.taken.length = 0;
      answers.onMail = async () => null;
      clock.at = NOW;
      metrics.mails.reset();
    },
    async close() {
      await server.close();
      await closeStore(store);
      await database.drop();
    },
  };
}
