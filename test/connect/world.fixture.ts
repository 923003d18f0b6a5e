/** The room on a database of its own, with a provider that answers as instructed. */

import { createMemoryLimiter } from '../../src/cache/memory/limiter.ts';
import { type Connect, createConnect } from '../../src/connect/connect.ts';
import { type AccountAccess, createAccountAccess } from '../../src/connect/tokens/account-access.ts';
import { newId } from '../../src/ids.ts';
import type { JobRequest } from '../../src/jobs/port.ts';
import { createLog } from '../../src/log.ts';
import type {
  CalendarProvider,
  Identity,
  ProviderName,
  Providers,
  RemoteCalendar,
} from '../../src/providers/port.ts';
import { createKeyRing } from '../../src/secrets.ts';
import { closeStore, createStore } from '../../src/store/client.ts';
import { createPublisher } from '../../src/sync/publisher.ts';
import type { Instant } from '../../src/time/clock.ts';
import { freshDatabase } from '../harness/postgres.ts';
import { addOrganisations } from '../store/parents.fixture.ts';
import { startPeer } from './peer.fixture.ts';

export const PUBLIC_URL = 'http://slotwire.example';
export const ORGANISATION = 'org_one';
/** The secret of the browser in which connections are begun and ended. */
export const BROWSER = 'b'.repeat(43);

export const remote = (externalId: string, more: Partial<RemoteCalendar> = {}): RemoteCalendar => ({
  externalId,
  name: externalId,
  timeZone: 'Europe/Berlin',
  primary: false,
  writable: true,
  watchable: true,
  ...more,
});

/** @param offered instead of the provider that answers as instructed */
export async function openRoom(offered?: Providers) {
  const database = await freshDatabase();
  const store = createStore(database.url, { max: 8 });
  await addOrganisations(store, ORGANISATION, 'org_two');
  const peer = await startPeer();
  const time = { now: 1_750_000_000_000 as Instant };
  const clock = { now: () => time.now };
  const remoteSide = {
    identity: { subject: 'subject-1', email: 'ada@calendars.example' } as Identity,
    calendars: [remote('main', { primary: true }), remote('side')] as RemoteCalendar[],
    /** Tokens that the provider was asked with. */
    seen: [] as string[],
  };
  const provider: CalendarProvider = {
    name: 'google',
    oauth: peer.oauth,
    async identify(access) {
      remoteSide.seen.push(await access.token());
      return remoteSide.identity;
    },
    async listCalendars(access) {
      remoteSide.seen.push(await access.token());
      return remoteSide.calendars;
    },
    async *pullChanges() {},
  };
  const providers = offered ?? new Map<ProviderName, CalendarProvider>([['google', provider]]);
  const jobs = { asked: [] as JobRequest[] };
  const queue = {
    async enqueue(_sql: unknown, requests: readonly JobRequest[]) {
      jobs.asked.push(...requests);
    },
  };
  const published: string[] = [];
  const publisher = createPublisher({
    store,
    jobs: queue,
    clock,
    load: async (keys) => keys.map((key) => ({ key, version: 1, bytes: Buffer.alloc(0) })),
    publishEntries: async (entries) => {
      published.push(...entries.map(({ key }) => key));
    },
    log: createLog('silent'),
  });
  const closed: string[] = [];
  const keyRing = createKeyRing([Buffer.alloc(32, 7)]);
  const deps = {
    store,
    providers,
    jobs: queue,
    limiter: createMemoryLimiter({ clock }),
    publisher,
    closeChannels: async (calendar: string) => {
      closed.push(`${calendar} before ${peer.revoked.length} revoked`);
    },
    keyRing,
    clock,
    config: { PUBLIC_URL, ALLOWED_RETURN_ORIGINS: ['https://app.example'], ALLOW_PRIVATE_NETWORK: false },
    log: createLog('silent'),
  };
  /** As another process would have it. */
  const newAccess = (over: Partial<typeof deps> = {}): AccountAccess =>
    createAccountAccess({ ...deps, ...over });
  const connect: Connect = createConnect(deps);

  return {
    url: database.url,
    store,
    peer,
    time,
    remoteSide,
    jobs,
    published,
    closed,
    access: connect.accessFor,
    newAccess,
    connect,
    deps,
    /** Tasks asked for a calendar. */
    tasks: (calendar: string) =>
      jobs.asked.filter(({ key, task }) => key === calendar && task !== 'publish').map(({ task }) => task),
    async addHost(email: string | null = null): Promise<string> {
      const id = newId('Host');
      await store.host.create({
        data: {
          id,
          organisationId: ORGANISATION,
          name: 'Ada',
          slug: id,
          email,
          timeZone: 'Europe/Berlin',
          version: 1,
        },
      });
      return id;
    },
    /** From the link to the consent page. */
    async begin(host: string, returnTo: string | null = null, provider: ProviderName = 'google') {
      const wish = { organisation: ORGANISATION, host, provider, returnTo };
      const link = new URL(await connect.start(wish));
      return connect.redirect(provider, link.searchParams.get('ticket') ?? '', BROWSER);
    },
    disconnect: (account: string, organisation = ORGANISATION) => connect.disconnect(organisation, account),
    /** Back from the consent page, in the same browser. @returns where the browser ends. */
    finish: (back: URL, provider: ProviderName = 'google') => connect.finish(provider, back, BROWSER, null),
    /** All the way. @returns where the browser ends. */
    async connectHost(host: string, returnTo: string | null = null): Promise<string> {
      return this.finish(peer.consent(await this.begin(host, returnTo)));
    },
    async accountOf(host: string) {
      return store.account.findFirstOrThrow({ where: { hostId: host } });
    },
    async calendarOf(host: string, externalId: string) {
      const calendar = await store.calendar.findFirstOrThrow({ where: { hostId: host, externalId } });
      const state = await store.calendarState.findUniqueOrThrow({ where: { calendarId: calendar.id } });
      return { ...calendar, state };
    },
    async close() {
      await closeStore(store);
      await database.drop();
      await peer.close();
    },
  };
}

export type Room = Awaited<ReturnType<typeof openRoom>>;
