/** A real database with hosts, event types and calendars, and a booking room over it whose clock stands still. */

import { createKeyedMutex } from '../../src/async/keyed-mutex.ts';
import type { EventTypeRules } from '../../src/availability/rules.ts';
import { createBlockRules } from '../../src/booking/block-rules.ts';
import { createBookings } from '../../src/booking/bookings.ts';
import { createChallengeGate } from '../../src/booking/challenge/gate.ts';
import { createMeetsPressure } from '../../src/booking/challenge/pressure.ts';
import { createPuzzles } from '../../src/booking/challenge/puzzle.ts';
import { createBookingChanges } from '../../src/booking/change.ts';
import type { Attendee } from '../../src/booking/confirm.ts';
import { createCountConfirmation } from '../../src/booking/confirmation-limits.ts';
import type { BookingsDeps, Caller } from '../../src/booking/deps.ts';
import { createHoldQuota } from '../../src/booking/hold-quota.ts';
import { createWithHostLocks } from '../../src/booking/host-locks.ts';
import type { VerificationRequest } from '../../src/booking/payload.ts';
import { createBookingTokens } from '../../src/booking/tokens.ts';
import { createVerifyAttendee } from '../../src/booking/verification.ts';
import { createMemoryCache } from '../../src/cache/memory/cache.ts';
import type { Limiter } from '../../src/cache/port.ts';
import type { Config } from '../../src/config.ts';
import { EMPTY_FORM } from '../../src/form/event-form.ts';
import { newId } from '../../src/ids.ts';
import { createJobQueue, installJobQueue } from '../../src/jobs/queue.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createReadSlotOffer } from '../../src/offers/offer-at.ts';
import { createRulebook } from '../../src/offers/rulebook.ts';
import { createKeyRing, createSigner, type KeyRing } from '../../src/secrets.ts';
import type { Booking } from '../../src/store/bookings/bookings.ts';
import { nativeTimes } from '../../src/store/bookings/native-time.ts';
import { beginSelection, insertCalendar } from '../../src/store/calendars/calendars.ts';
import { drawPullNumber } from '../../src/store/calendars/leases.ts';
import { closeStore, createStore } from '../../src/store/client.ts';
import { createPublisher } from '../../src/sync/publisher.ts';
import { DAY, HOUR, MINUTE } from '../../src/time/clock.ts';
import { freshDatabase } from '../harness/postgres.ts';

/** A Monday, midnight. */
export const DAY_ZERO = Date.UTC(2026, 10, 23);
export const NOW = DAY_ZERO + 8 * HOUR;
export const at = (hour: number, minute = 0, day = 0) => DAY_ZERO + day * DAY + hour * HOUR + minute * MINUTE;
export const HOLD_TTL = 5 * MINUTE;
export const STRICT_DEADLINE = 8_000;
export const ATTENDEE: Attendee = {
  name: 'Grace',
  email: 'grace@example.com',
  timeZone: 'Europe/Berlin',
  locale: null,
  notes: null,
  code: null,
};
/** One of the public. */
export const VISITOR: Caller = { address: '192.0.2.1', booksFor: null, admitRefresh: async () => {} };

/** With the one length that they name. */
const withRules = (rules: Partial<EventTypeRules>): EventTypeRules => ({
  ...RULES,
  lengths: [rules.length ?? RULES.length],
  ...rules,
});

const RULES: EventTypeRules = {
  length: HOUR,
  lengths: [HOUR],
  interval: HOUR,
  scheduling: 'SINGLE',
  quorum: null,
  hostRules: [],
  seats: 1,
  maxPerDay: null,
  maxPerWeek: null,
  bufferBefore: 0,
  bufferAfter: 0,
  minimumNotice: 0,
  horizon: null,
  tentativeBlocks: true,
  onStale: 'FAIL_CLOSED',
  staleAfter: null,
  maxPerAttendee: null,
  changeNotice: null,
  requireEmailVerification: false,
  approval: false,
  active: true,
  listed: true,
  reminders: [],
};

export type World = Awaited<ReturnType<typeof createWorld>>;

/** @param limits as configured; so high by default that no test meets them by chance */
export async function createWorld({
  holdsPerAddress = 1_000,
  bookingsPerAddress = 1_000,
  bookingsPerEmail = 1_000,
  challenge = 'off',
}: {
  holdsPerAddress?: number;
  bookingsPerAddress?: number;
  bookingsPerEmail?: number;
  challenge?: Config['CHALLENGE'];
} = {}) {
  const database = await freshDatabase();
  await installJobQueue(database.url);
  const store = createStore(database.url, { max: 8 });
  const clock = { at: NOW, now: () => clock.at };
  const jobs = createJobQueue();
  /** Cache keys as they were published, and what was written and announced. */
  const published: string[] = [];
  const planned: Booking[] = [];
  const announced: string[] = [];
  const publisher = createPublisher({
    store,
    jobs,
    clock,
    load: async (keys) => keys.map((key) => ({ key, version: 1, bytes: Buffer.alloc(0) })),
    publishEntries: async (entries) => void published.push(...entries.map(({ key }) => key)),
    log: createLog('silent'),
  });
  const rulebook = createRulebook({ publisher, jobs, moveTimes: async () => [] });
  await store.organisation.create({ data: { id: 'org', name: 'Org' } });

  /** What happens when calendars are read again; those that it returns are proven. */
  const provider = { asked: [] as string[][], answers: async (calendars: readonly string[]) => calendars };
  const announce: BookingsDeps['announce'] = async (_tx, event) => void announced.push(event);
  const planWrites: BookingsDeps['planWrites'] = async (_tx, booking) => {
    planned.push(booking);
    return booking;
  };
  const metrics = createMetrics();
  const withHostLocks = createWithHostLocks({ publisher, mutex: createKeyedMutex() });
  /** Codes that were to be sent, and whether somebody hears of them. */
  const requested: VerificationRequest[] = [];
  const canVerify = { now: true };
  const { topics, limiter: inMemory } = createMemoryCache({ clock, maxEntries: 1 });
  const blockRules = createBlockRules({ store, topics, clock, log: createLog('silent') });
  const keyRing = createKeyRing([Buffer.alloc(32, 1)]);
  const tallies = new Map<string, number>();
  const limiter: Limiter = {
    ...inMemory,
    // Its window ends with the test, however slow the machine.
    async tally(key, { window }, points) {
      const taken = (tallies.get(key) ?? 0) + points;
      tallies.set(key, taken);
      return { taken, endsIn: window };
    },
  };
  /** The starts that event types are said to have open in the next 30 days, and how often they were counted. */
  const openStarts = { count: 0, asked: 0 };
  const countOpenStarts = async () => {
    openStarts.asked += 1;
    return openStarts.count;
  };
  /** The gate of a gateway: gateways on one Redis share the limiter. @param keys of the gateway, the current one first */
  const challengesOf = (
    mode: Config['CHALLENGE'],
    { keys = keyRing, shared = limiter }: { keys?: KeyRing; shared?: Limiter } = {},
  ) =>
    createChallengeGate({
      ...{ mode, metrics, limiter: shared },
      maker: createPuzzles({ keyRing: keys, clock }),
      meetsPressure: createMeetsPressure({ limiter: shared, countOpenStarts, clock }),
    });
  const deps: BookingsDeps = {
    store,
    withHostLocks,
    readSlotOffer: createReadSlotOffer({ defaultStaleAfter: 15 * MINUTE }),
    refresh: {
      deadline: STRICT_DEADLINE,
      arrive: async () => ({ at: clock.at, number: await drawPullNumber(store) }),
      async calendars(calendars) {
        provider.asked.push([...calendars]);
        await prove(await provider.answers(calendars));
      },
    },
    changes: createBookingChanges({ planWrites, announce }),
    planWrites,
    announce,
    tokens: createBookingTokens(createSigner([Buffer.alloc(32, 1)])),
    blockRules,
    verifyAttendee: createVerifyAttendee({
      ...{ store, keyRing, metrics, limiter, clock, log: createLog('silent') },
      withHostLocks,
      announce: async (_tx, request) => {
        requested.push(request);
        return canVerify.now;
      },
    }),
    countConfirmation: createCountConfirmation({
      ...{ keyRing, metrics, limiter },
      perAddress: { count: bookingsPerAddress, window: HOUR },
      perMailbox: { count: bookingsPerEmail, window: DAY },
    }),
    holdQuota: createHoldQuota({ keyRing, metrics, limit: holdsPerAddress }),
    challenges: challengesOf(challenge),
    clock,
    holdTtl: HOLD_TTL,
  };

  const prove = async (calendars: readonly string[]) =>
    store.calendarState.updateMany({
      where: { calendarId: { in: [...calendars] } },
      data: {
        provenAsOf: new Date(clock.at),
        provenPull: await drawPullNumber(store),
        basis: 'STRICT',
        coveredFrom: new Date(NOW - 7 * DAY),
        coveredTo: new Date(NOW + 60 * DAY),
      },
    });

  let count = 0;
  const bookings = createBookings(deps);
  return {
    store,
    clock,
    topics,
    requested,
    canVerify,
    blockRules,
    deps,
    openStarts,
    challengesOf,
    bookings,
    provider,
    published,
    planned,
    announced,
    prove,
    /** Works from nine to five, every day, UTC. */
    async addHost(): Promise<string> {
      const slug = `host-${++count}`;
      const weekly = [{ days: [0, 1, 2, 3, 4, 5, 6], start: 9 * 60, end: 17 * 60 }];
      const workingHours = { timeZone: 'UTC', weekly, overrides: [] };
      const fields = { name: slug, slug, email: null, timeZone: 'UTC', workingHours, zoneChanges: null };
      return (await rulebook.createHost('org', fields)).id;
    },
    /** An hour each, unless stated otherwise. */
    async addType(hosts: string[], rules: Partial<EventTypeRules> = {}): Promise<string> {
      const owner = (await store.host.findUniqueOrThrow({ where: { id: hosts[0] ?? '' } })).slug;
      const fields = { owner, slug: `type-${++count}`, title: 'Talk', hosts, form: EMPTY_FORM };
      return rulebook.createEventType('org', { ...fields, rules: withRules(rules) });
    },
    changeType: async (id: string, hosts: string[], rules: Partial<EventTypeRules> = {}) => {
      const owner = (await store.host.findUniqueOrThrow({ where: { id: hosts[0] ?? '' } })).slug;
      const fields = { owner, slug: `type-${++count}`, title: 'Talk', hosts, form: EMPTY_FORM };
      await rulebook.updateEventType('org', id, { ...fields, rules: withRules(rules) });
    },
    /** A selected calendar that was just read. */
    async addCalendar(host: string): Promise<string> {
      const account = await store.account.create({
        data: {
          id: newId('Account'),
          organisationId: 'org',
          hostId: host,
          provider: 'google',
          subject: String(++count),
          status: 'CONNECTED',
        },
      });
      const calendar = await insertCalendar(store, account, {
        externalId: `calendar-${count}`,
        name: 'Work',
        timeZone: 'UTC',
        primary: true,
        writable: true,
        watchable: true,
      });
      await beginSelection(store, calendar, clock.at, null);
      await prove([calendar.id]);
      return calendar.id;
    },
    /** As a pull would have left it. */
    async addEvent(calendar: string, start: number, end: number): Promise<void> {
      await store.$executeRaw`
        insert into event (organisation_id, calendar_id, external_id, kind, starts_at, ends_at, all_day, valid_from)
        values ('org', ${calendar}, ${`event-${++count}`}, 'BUSY', ${new Date(start)}, ${new Date(end)}, false,
          ${new Date(clock.at)})`;
    },
    /** Owners of live native time with what they take, by host. */
    async takenOf(host: string) {
      const times = (await nativeTimes(store, [host], clock.at)).get(host) ?? [];
      return times
        .filter(({ expiresAt }) => expiresAt === null || expiresAt > clock.at)
        .map(({ kind, start }) => ({ kind, start }));
    },
    async hold(eventType: string, start: number, caller = VISITOR) {
      const result = await bookings.hold(eventType, start, caller);
      if (result.is !== 'SlotHold') throw new Error(`not held: ${result.is}`);
      return result;
    },
    async book(eventType: string, start: number) {
      const { token } = await this.hold(eventType, start);
      return this.booked(await bookings.confirm(token, ATTENDEE, VISITOR));
    },
    booked(result: { is: string }) {
      if (!('booking' in result)) throw new Error(`not booked: ${JSON.stringify(result)}`);
      return result.booking as Booking & { token: string };
    },
    async close() {
      await closeStore(store);
      await database.drop();
    },
  };
}
