import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { installJobQueue } from '../../src/jobs/queue.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics, type Metrics } from '../../src/metrics.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { recordWorker } from '../../src/store/workers.ts';
import { createFleetMetrics } from '../../src/sync/fleet-metrics.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';

const log = createLog('silent');
const LATE = 660_000;

let database: FreshDatabase;
let store: Store;
/** By the steady clock of all processes of a test. */
let now = 0;

beforeAll(async () => {
  database = await freshDatabase();
  await installJobQueue(database.url);
  store = createStore(database.url);
  await seed();
});
beforeEach(() => store.$executeRaw`delete from worker_presence`);
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});

/** Calendars of each state, due work, a hold, and events that no calendar has. */
async function seed() {
  await store.$executeRaw`insert into organisation (id, name, created_at) values ('org_1', 'One', now())
    on conflict do nothing`;
  await store.$executeRaw`
    insert into hold (id, organisation_id, event_type_id, token_hash, starts_at, ends_at, hosts, expires_at, created_at)
    values ('live', 'org_1', 'type', 'a', now(), now(), '{}', now() + interval '5 minutes', now()),
      ('over', 'org_1', 'type', 'b', now(), now(), '{}', now() - interval '5 minutes', now())`;
  await store.$executeRaw`
    insert into mail (id, organisation_id, kind, status, due_at, expires_at, created_at)
    select 'mail_' || n, id, 'REMINDER', 'PENDING', clock_timestamp() + make_interval(secs => 60 * n), now(), now()
    from organisation, unnest(array[-3, -2, -1, 1, 2]) n where id = 'org_1'`;
}

/** A worker of its own process, with its own metrics. */
function worker(id: string) {
  const metrics = createMetrics();
  const fleet = createFleetMetrics({ store, log, metrics, late: LATE, steady: { now: () => now } });
  return {
    async turn() {
      await recordWorker(store, id, 35_000);
      fleet.refresh(id, now);
      await fleet.settled();
    },
    figures: () => figuresOf(metrics),
  };
}

/** The figures of the installation: name and labels to value. */
async function figuresOf({ registry }: Metrics): Promise<Record<string, number>> {
  const text = await registry.metrics();
  const lines = text.split('\n').filter((line) => FLEET.test(line));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

const FLEET = /^slotwire_(calendars|calendar_oldest|calendars_proven|due|jobs|holds|events_not_written)/;

it('counts what stands in the database', async () => {
  const only = worker('wkr_a');
  await only.turn();
  const figures = await only.figures();
  expect(figures.slotwire_holds).toBe(1);
  expect(figures['slotwire_due{work="mail"}']).toBe(3);
  expect(figures['slotwire_due_oldest_seconds{work="mail"}']).toBeGreaterThanOrEqual(180);
  expect(figures['slotwire_due{work="pull"}']).toBe(0);
  expect(figures['slotwire_jobs{state="ready"}']).toBe(0);
  expect(figures['slotwire_events_not_written{status="failed"}']).toBe(0);
});

it('are those of one worker alone, the one that has run the longest', async () => {
  const [first, second] = [worker('wkr_a'), worker('wkr_b')];
  await first.turn();
  await second.turn();
  expect(Object.keys(await first.figures()).length).toBeGreaterThan(10);
  expect(await second.figures()).toEqual({});
});

it('pass on to another worker once the first is gone, which has none any more by then', async () => {
  const [first, second] = [worker('wkr_a'), worker('wkr_b')];
  await first.turn();
  await second.turn();
  // The first hangs: its presence is not renewed.
  now += 31_000;
  await store.$executeRaw`
    update worker_presence set seen_at = seen_at - interval '36 seconds' where id = 'wkr_a'`;
  expect(await first.figures()).toEqual({});
  await second.turn();
  expect((await second.figures()).slotwire_holds).toBe(1);
  await first.turn();
  const both = [await first.figures(), await second.figures()];
  expect(both.filter((figures) => Object.keys(figures).length > 0)).toHaveLength(1);
});
