/** A migrated database with the queue's tables, one account with a selected calendar, and all that sync is made with. */

import { encodeBusy } from '../../src/cache/codecs/busy.ts';
import { newId } from '../../src/ids.ts';
import { createJobQueue, installJobQueue } from '../../src/jobs/queue.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import type { ProviderName, Providers } from '../../src/providers/port.ts';
import { beginSelection, insertCalendar } from '../../src/store/calendars/calendars.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { calendarSources } from '../../src/store/rules/offer-rows.ts';
import { createChannelAudit } from '../../src/sync/channels/audit.ts';
import { createPublisher } from '../../src/sync/publisher.ts';
import type { Clock } from '../../src/time/clock.ts';
import { DAY, MINUTE } from '../../src/time/clock.ts';
import { freshDatabase } from '../harness/postgres.ts';
import { accessWith } from '../providers/unlimited.fixture.ts';
import { addHosts } from '../store/parents.fixture.ts';
import { createFakeProvider, type FakeProvider } from './provider.fixture.ts';

export const NOW = Date.UTC(2026, 10, 20, 12);
export const HOUR = 3_600_000;

export interface World {
  url: string;
  store: Store;
  provider: FakeProvider;
  clock: Clock & { at: number };
  /** Keys as they were published. */
  published: string[];
  deps: ReturnType<typeof depsOf>;
  /** A selected calendar of a new account, or of `account`. */
  addCalendar(account?: string): Promise<{ id: string; account: string }>;
  /** Starts and ends of what counts, as the cache would get them. */
  busyOf(calendar: string): Promise<number[]>;
  jobs(task?: string): Promise<{ task: string; key: string; runAt: number }[]>;
  close(): Promise<void>;
}

export async function createWorld(): Promise<World> {
  const database = await freshDatabase();
  await installJobQueue(database.url);
  const store = createStore(database.url, { max: 8 });
  const provider = createFakeProvider();
  const clock = { at: NOW, now: () => clock.at };
  const published: string[] = [];
  const deps = depsOf(store, provider, clock, published);
  await addHosts(store, 'org', 'host');
  let count = 0;
  return {
    url: database.url,
    store,
    provider,
    clock,
    published,
    deps,
    async addCalendar(account) {
      const name = String(++count);
      const owner =
        account === undefined
          ? await store.account.create({
              data: {
                id: newId('Account'),
                organisationId: 'org',
                hostId: 'host',
                provider: 'google',
                subject: name,
                status: 'CONNECTED',
              },
            })
          : await store.account.findUniqueOrThrow({ where: { id: account } });
      const calendar = await insertCalendar(store, owner, {
        externalId: `calendar-${name}`,
        name,
        timeZone: 'Europe/Berlin',
        primary: false,
        writable: true,
        watchable: true,
      });
      await beginSelection(store, calendar, clock.at, null);
      return { id: calendar.id, account: owner.id };
    },
    async busyOf(calendar) {
      const [found] = await calendarSources(store, [calendar]);
      return [...(found?.source.busy.bounds ?? [])];
    },
    async jobs(task) {
      const rows = await store.$queryRaw<{ task: string; key: string; run_at: Date }[]>`
        select task_identifier as task, key, run_at from graphile_worker.jobs order by key`;
      return rows
        .filter((row) => task === undefined || row.task === task)
        .map((row) => ({ task: row.task, key: row.key, runAt: row.run_at.getTime() }));
    },
    async close() {
      await closeStore(store);
      await database.drop();
    },
  };
}

function depsOf(store: Store, provider: FakeProvider, clock: Clock, published: string[]) {
  const jobs = createJobQueue();
  const providers: Providers = new Map<ProviderName, FakeProvider>([['google', provider]]);
  const deps = {
    store,
    providers,
    jobs,
    clock,
    publisher: createPublisher({
      store,
      jobs,
      clock,
      load: async (keys) => keys.map((key) => ({ key, version: 1, bytes: Buffer.alloc(0) })),
      publishEntries: async (entries) => void published.push(...entries.map(({ key }) => key)),
      log: createLog('silent'),
    }),
    encodeBusy,
    accessFor: () => accessWith(async () => 'token'),
    config: {
      PUBLIC_URL: 'http://127.0.0.1:4000',
      POLL_INTERVAL: 5 * MINUTE,
      POLL_INTERVAL_WATCHED: 30 * MINUTE,
      SYNC_PAST: 7 * DAY,
      SYNC_AHEAD: 180 * DAY,
      HISTORY_RETENTION: 30 * DAY,
      DELIVERY_RETENTION: 7 * DAY,
    },
    metrics: createMetrics(),
    log: createLog('silent'),
  };
  return { ...deps, ...createChannelAudit(deps) };
}
