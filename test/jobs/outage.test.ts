/** A worker whose database goes away and comes back. Vitest fails for a promise that is rejected and not awaited. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JobWorker } from '../../src/jobs/port.ts';
import { createJobQueue, installJobQueue } from '../../src/jobs/queue.ts';
import { startWorker } from '../../src/jobs/worker.ts';
import { createLog } from '../../src/log.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { until } from '../harness/eventually.ts';
import { gate } from '../harness/gate.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';
import { startTcpProxy, type TcpProxy } from '../harness/tcp-proxy.ts';

const queue = createJobQueue();
let database: FreshDatabase;
/** Beside the proxy, so that the test sees the queue during an outage. */
let store: Store;
let proxy: TcpProxy;
/** The way to the database is open. */
let reachable: boolean;
let worker: JobWorker | undefined;
let restarts: number;

beforeEach(async () => {
  database = await freshDatabase();
  await installJobQueue(database.url);
  store = createStore(database.url);
  reachable = true;
  restarts = 0;
  const port = Number(new URL(database.url).port);
  proxy = await startTcpProxy(() => (reachable ? [port] : []));
});
afterEach(async () => {
  reachable = true;
  await worker?.stop();
  worker = undefined;
  await proxy.close();
  await closeStore(store);
  await database.drop();
});

const pull = (calendar: string) => ({ task: 'pull' as const, payload: { calendar }, key: calendar });
const jobsLeft = async () => {
  const [found] = await store.$queryRaw<{ n: number }[]>`
    select count(*)::int as n from graphile_worker._private_jobs`;
  return found?.n;
};

async function work(run: (calendar: string) => Promise<void>): Promise<JobWorker> {
  const url = new URL(database.url);
  url.port = String(proxy.port);
  worker = await startWorker({
    url: url.href,
    handlers: { pull: ({ calendar }) => run(calendar) },
    concurrency: 2,
    grace: 50,
    log: createLog('silent'),
    onRestart: () => {
      restarts += 1;
    },
  });
  return worker;
}

it('a worker whose database can not be reached as a job ends is started again, and its jobs run', async () => {
  const ran: string[] = [];
  const inJob = gate();
  const started = await work(async (calendar) => {
    ran.push(calendar);
    if (calendar === 'before' && ran.length === 1) await inJob.step();
  });
  await queue.enqueue(store, [pull('before')]);
  await inJob.reached;
  reachable = false;
  proxy.reset();
  inJob.open();
  await until(() => restarts === 1);
  expect(started.isRunning()).toBe(false);
  // The row is due still, so the sweep asks for the job again: the locked one does not stand in its way.
  await queue.enqueue(store, [pull('before'), pull('after')]);
  reachable = true;
  await until(() => ran.filter((calendar) => calendar === 'after').length === 1);
  // The job that ended during the outage was given back and is done too.
  await until(async () => (await jobsLeft()) === 0);
  expect(started.isRunning()).toBe(true);
});

it('connections of a worker that the server terminates while jobs end lose no job', async () => {
  const done = new Set<string>();
  const jobs = Array.from({ length: 12 }, (_, i) => `calendar-${i}`);
  await work(async (calendar) => {
    await store.$queryRaw`
      select pg_terminate_backend(pid)::text from pg_stat_activity
      where datname = current_database() and application_name = 'slotwire worker'`;
    done.add(calendar);
  });
  await queue.enqueue(store, jobs.slice(0, 3).map(pull));
  await until(async () => done.size === 3 && (await jobsLeft()) === 0);
});

it('a worker stops within its limits while the database is silent', async () => {
  const inJob = gate();
  const started = await work(() => inJob.step());
  await queue.enqueue(store, [pull('a')]);
  await inJob.reached;
  proxy.silence();
  proxy.hold();
  await started.stop();
  inJob.open();
});
