import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { countWorkers } from '../../src/store/workers.ts';
import { announceWorker, type PresenceLoop, watchWorkers } from '../../src/sync/worker-presence.ts';
import { until } from '../harness/eventually.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';

const log = createLog('silent');
const MINUTE = 60_000;
let database: FreshDatabase;
let store: Store;
const loops: PresenceLoop[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url);
});
afterEach(async () => {
  for (const loop of loops.splice(0)) await loop.stop();
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});

it('a worker is seen while it takes jobs, and is forgotten when it stops', async () => {
  expect(await countWorkers(store, MINUTE)).toEqual({ count: 0, age: null });
  const working = announceWorker({ store, log, isRunning: () => true });
  loops.push(announceWorker({ store, log, isRunning: () => false }));
  await until(async () => (await countWorkers(store, MINUTE)).count === 1);
  await working.stop();
  expect(await countWorkers(store, MINUTE)).toEqual({ count: 0, age: null });
});

it('a gateway tells how many workers were seen, and how long ago the last one was', async () => {
  await store.$executeRaw`
    insert into worker_presence (id, seen_at) values
      ('here', clock_timestamp()), ('gone', clock_timestamp() - interval '2 minutes')`;
  const metrics = createMetrics();
  loops.push(watchWorkers({ store, log, metrics }));
  const value = async (gauge: 'workers' | 'workerSeen') => (await metrics[gauge].get()).values[0]?.value;
  await until(async () => (await value('workers')) === 1);
  expect(await value('workerSeen')).toBeLessThan(35);
  await store.$executeRaw`delete from worker_presence where id = 'here'`;
  const later = createMetrics();
  loops.push(watchWorkers({ store, log, metrics: later }));
  await until(async () => ((await later.workerSeen.get()).values[0]?.value ?? 0) >= 120);
  expect((await later.workers.get()).values[0]?.value).toBe(0);
});
