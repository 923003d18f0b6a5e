/** Sync over a real database and both simulators, with time, jobs and the network between held in the test's hands. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BusyList, clipBusy, mergeBusy } from '../../src/availability/period.ts';
import { encodeBusy } from '../../src/cache/codecs/busy.ts';
import { newId } from '../../src/ids.ts';
import type { JobQueue, JobRequest } from '../../src/jobs/port.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import type { CalendarProvider, ChangePage, InboundRequest, ProviderName } from '../../src/providers/port.ts';
import { busyKind } from '../../src/simulator/event.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { beginSelection, insertCalendar } from '../../src/store/calendars/calendars.ts';
import { drawPullNumber } from '../../src/store/calendars/leases.ts';
import { closeStore, createStore } from '../../src/store/client.ts';
import { calendarSources } from '../../src/store/rules/offer-rows.ts';
import { createPublisher } from '../../src/sync/publisher.ts';
import { createSync } from '../../src/sync/sync.ts';
import { DAY, MINUTE } from '../../src/time/clock.ts';
import { startDatabaseClock } from '../../src/time/database-clock.ts';
import { instantOfLocalText, localDateTime } from '../../src/time/local-time.ts';
import { createReceiver } from '../../src/webhooks/inbound/receive.ts';
import { simulatedProviders } from '../connect/simulated-providers.fixture.ts';
import { freshDatabase } from '../harness/postgres.ts';
import { accessWith } from '../providers/unlimited.fixture.ts';
import { addHosts } from '../store/parents.fixture.ts';

export const START = Date.UTC(2026, 9, 20, 10);

/** A notification on its way: what becomes of it is the test's to say. */
interface Mail {
  provider: ProviderName;
  request: InboundRequest;
}

export type House = Awaited<ReturnType<typeof createHouse>>;

export async function createHouse() {
  const database = await freshDatabase();
  const store = createStore(database.url, { max: 8 });
  const clock = { at: START, now: () => clock.at };
  const simulator = await createSimulator({ clock, backoff: { first: 1, attempts: 2 } });
  const providers = simulatedProviders(simulator);
  const gate = createGate();
  /** How far the clock of the machine is ahead, on which all of this runs; the database's is right. */
  const machine = { ahead: 0 };
  const shared = await startDatabaseClock({
    askDatabase: async () => clock.at,
    wall: { now: () => clock.at + machine.ahead },
    monotonic: clock,
    log: createLog('silent'),
  });
  const gated = new Map([...providers].map(([name, provider]) => [name, gate.guard(provider)]));

  const waiting = new Map<string, JobRequest>();
  const jobs: JobQueue = {
    async enqueue(_sql, requests) {
      for (const request of requests) waiting.set(`${request.task}:${request.key}`, request);
    },
  };
  const publisher = createPublisher({
    store,
    jobs,
    clock: shared,
    load: async () => [],
    publishEntries: async () => {},
    log: createLog('silent'),
  });
  const mails: Mail[] = [];
  const inbox = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://inbox');
    const [, , provider = '', ...rest] = url.pathname.split('/');
    const inbound: InboundRequest = {
      method: request.method ?? 'POST',
      path: rest.length ? `/${rest.join('/')}` : '',
      query: url.searchParams,
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: Buffer.concat(chunks),
    };
    const validate = url.searchParams.has('validationToken');
    if (!validate) mails.push({ provider: provider as ProviderName, request: inbound });
    const reply = validate
      ? await receiver.receive(provider as ProviderName, inbound)
      : { status: provider === 'google' ? 200 : 202, headers: {}, body: '' };
    response.writeHead(reply.status, reply.headers).end(reply.body);
  });
  await new Promise<void>((resolve) => inbox.listen(0, '127.0.0.1', resolve));

  const tokens = new Map<string, string>();
  const deps = {
    store,
    providers: gated,
    jobs,
    publisher,
    encodeBusy,
    accessFor: (account: string) => accessWith(async () => tokens.get(account) ?? ''),
    clock: shared,
    config: {
      PUBLIC_URL: `http://127.0.0.1:${(inbox.address() as AddressInfo).port}`,
      POLL_INTERVAL: 5 * MINUTE,
      POLL_INTERVAL_WATCHED: 30 * MINUTE,
      SYNC_PAST: 7 * DAY,
      SYNC_AHEAD: 90 * DAY,
      HISTORY_RETENTION: 30 * DAY,
      DELIVERY_RETENTION: 7 * DAY,
    },
    metrics: createMetrics(),
    log: createLog('silent'),
    onChannelsChanged() {},
  };
  const sync = createSync(deps);
  const sweep = sync.sweep([]);
  const receiver = createReceiver(deps);
  await addHosts(store, 'org', 'host');
  let people = 0;

  return {
    clock,
    machine,
    shared,
    world: simulator.world,
    faults: simulator.faults,
    sync,
    sweep,
    gate,

    /** A selected calendar of a new person. */
    async calendar(provider: 'google' | 'microsoft', timeZone: string) {
      // The clock is set back for each life: calendars of those before were all due again.
      await store.calendar.deleteMany();
      const email = `person${++people}@example.com`;
      simulator.world.addPerson({ email, name: email, provider, timeZone });
      const account = await store.account.create({
        data: {
          id: newId('Account'),
          organisationId: 'org',
          hostId: 'host',
          provider,
          subject: email,
          status: 'CONNECTED',
        },
      });
      tokens.set(account.id, simulator.grant(email).accessToken);
      const remote = simulator.world.calendars(email)[0];
      if (!remote) throw new Error('a person without a calendar');
      const row = await insertCalendar(store, account, {
        externalId: remote.id,
        name: remote.name,
        timeZone,
        primary: true,
        writable: true,
        watchable: true,
      });
      await beginSelection(store, row, clock.at, null);
      return { id: row.id, remote: remote.id, account: account.id };
    },

    /** Access tokens live an hour of the clock; this one is new. */
    renewToken(account: { account: string; remote: string }) {
      const { owner } = simulator.world.calendar(account.remote);
      tokens.set(account.account, simulator.grant(owner).accessToken);
    },

    /** Runs every job whose time has come, and those they leave. */
    async work() {
      const due = () => [...waiting].find(([, { runAt }]) => (runAt ?? 0) <= clock.at);
      for (let job = due(); job; job = due()) {
        const [name, request] = job;
        waiting.delete(name);
        // Time passes: a change noticed during a pull lies after its start.
        clock.at += 2;
        const handlers = new Map(Object.entries(sync.handlers));
        const handler = handlers.get(request.task) as (
          payload: unknown,
          signal: AbortSignal,
        ) => Promise<void>;
        await handler(request.payload, new AbortController().signal);
      }
    },

    drawNumber: () => drawPullNumber(store),

    /** The notifications under way, once all were sent. */
    async mail(): Promise<Mail[]> {
      await simulator.onIdle();
      return mails;
    },
    deliver: ({ provider, request }: Mail) => receiver.receive(provider, request),

    /** What the gateway holds of a calendar. */
    async held(calendar: string) {
      const [found] = await calendarSources(store, [calendar]);
      if (!found) throw new Error('a calendar without state');
      return found.source;
    },

    /** What the provider holds, merged, as far as its words can tell it. */
    truth(remote: string, from: number, to: number): BusyList {
      const { owner, timeZone } = simulator.world.calendar(remote);
      const byWallClock = simulator.world.person(owner).provider === 'microsoft';
      const periods = simulator.world.events(remote, from, to).flatMap((instance) => {
        const kind = busyKind(instance);
        const { start, end } = byWallClock ? asWritten(instance, timeZone) : instance;
        return kind && end > start ? [{ start, end, kind }] : [];
      });
      return clipBusy(mergeBusy(periods), from, to);
    },

    async close() {
      gate.open();
      await shared.close();
      await new Promise((resolve) => inbox.close(resolve));
      await simulator.close();
      await closeStore(store);
      await database.drop();
    },
  };
}

/** Graph writes times without their offset: of an hour that a clock change repeats, the event takes all that it may. */
function asWritten({ start, end }: { start: number; end: number }, zone: string) {
  const read = (at: number, reading: 'start' | 'end') =>
    instantOfLocalText(zone, localDateTime(zone, at), reading) ?? at;
  return { start: read(start, 'start'), end: read(end, 'end') };
}

/** Holds a pull back before its next page: a worker that was killed never comes back, one that was only slow comes too late. */
function createGate() {
  let next: { opened: Promise<void>; reach(): void } | null = null;
  const held: (() => void)[] = [];
  return {
    /** The next pull that reads a page gets no further than that. @returns when it got there. */
    hold(): Promise<void> {
      return new Promise((reach) => {
        const opened = new Promise<void>((resolve) => held.push(resolve));
        next = { opened, reach };
      });
    },
    /** No pull that begins from now on is held. */
    withdraw() {
      next = null;
    },
    /** Those held back go on. They must find that they are too late. */
    open() {
      next = null;
      for (const release of held.splice(0)) release();
    },
    guard(provider: CalendarProvider): CalendarProvider {
      return {
        ...provider,
        async *pullChanges(request): AsyncIterable<ChangePage> {
          const mine = next;
          next = null;
          for await (const page of provider.pullChanges(request)) {
            mine?.reach();
            await mine?.opened;
            yield page;
          }
        },
      };
    },
  };
}
