import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { JobWorker, TaskHandlers } from '../../src/jobs/port.ts';
import { createJobQueue, DUE_TOPIC, installJobQueue } from '../../src/jobs/queue.ts';
import { startWorker } from '../../src/jobs/worker.ts';
import { createLog } from '../../src/log.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { until } from '../harness/eventually.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';

const HOUR = 3_600_000;
const queue = createJobQueue();
let database: FreshDatabase;
let store: Store;
let worker: JobWorker | undefined;

beforeAll(async () => {
  database = await freshDatabase();
  await installJobQueue(database.url);
  store = createStore(database.url);
});
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
  await store.$executeRaw`delete from graphile_worker._private_jobs`;
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});

const jobs = () =>
  store.$queryRaw<{ key: string; payload: unknown; run_at: Date; attempts: number }[]>`
    select j.key, p.payload, j.run_at, j.attempts
    from graphile_worker.jobs j join graphile_worker._private_jobs p using (id) order by key`;
const pull = (calendar: string, runAt?: number) => ({
  task: 'pull' as const,
  payload: { calendar },
  key: calendar,
  ...(runAt === undefined ? {} : { runAt }),
});

function work(handlers: Partial<TaskHandlers>, concurrency = 2, pollInterval?: number) {
  const none = async () => {};
  return startWorker({
    url: database.url,
    handlers: {
      pull: none,
      watch: none,
      audit: none,
      write: none,
      deliver: none,
      publish: none,
      ...handlers,
    },
    concurrency,
    ...(pollInterval === undefined ? {} : { pollInterval }),
    grace: 50,
    log: createLog('silent'),
  });
}

test('requests of one key are one job, which keeps its time', async () => {
  const soon = Date.now() + HOUR;
  await queue.enqueue(store, [pull('b', soon), pull('a', soon), pull('b', soon + HOUR)]);
  await queue.enqueue(store, [
    pull('a', soon + HOUR),
    { task: 'watch', payload: { calendar: 'a' }, key: 'a' },
  ]);
  const waiting = await jobs();
  expect(waiting.map(({ key }) => key)).toEqual(['pull:a', 'pull:b', 'watch:a']);
  expect(waiting.slice(0, 2).map(({ run_at }) => run_at.getTime())).toEqual([soon, soon]);
  expect(waiting[1]?.payload).toEqual({ calendar: 'b' });
});

test('a job exists exactly when its transaction is committed', async () => {
  const undone = store.$transaction(async (tx) => {
    await queue.enqueue(tx, [pull('a')]);
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  expect(await jobs()).toEqual([]);
});

test('the worker runs jobs as they come, and does not repeat one that fails', async () => {
  const ran: string[] = [];
  worker = await work({
    async pull({ calendar }) {
      ran.push(calendar);
      if (calendar === 'bad') throw new Error('no');
    },
    publish: async ({ key }) => void ran.push(key),
  });
  await queue.enqueue(store, [
    pull('bad'),
    pull('good'),
    { task: 'publish', payload: { key: 'busy:x' }, key: 'busy:x' },
  ]);
  await until(async () => ran.length === 3 && (await jobs()).length === 0);
  expect(ran.sort()).toEqual(['bad', 'busy:x', 'good']);
});

/** A worker may take jobs before its connection listens for those to come. */
async function isListening(): Promise<boolean> {
  const listen = `listen "${DUE_TOPIC}"`;
  const found = await store.$queryRaw<object[]>`
    select 1 from pg_stat_activity where datname = current_database() and query = ${listen} and state = 'idle'`;
  return found.length > 0;
}

test('a paced job is taken when it is due, whenever the worker looks by itself', async () => {
  const ran: string[] = [];
  worker = await work({ pull: async ({ calendar }) => void ran.push(calendar) }, 2, HOUR);
  await until(isListening);
  await queue.enqueue(store, [
    { ...pull('paced', Date.now() + 300), paced: true, replaceRunAt: true },
    { ...pull('also paced', Date.now() + 300), paced: true, replaceRunAt: true },
  ]);
  await until(() => ran.length === 2);
  expect(ran.sort()).toEqual(['also paced', 'paced']);
});

test('a paced job that is wanted again stays as it is, and an earlier one moves it', async () => {
  const paced = (runAt: number) => ({ ...pull('a', runAt), paced: true, replaceRunAt: true });
  const revisions = () => store.$queryRaw`select revision, priority, run_at from graphile_worker.jobs`;
  const at = Date.now() + HOUR;
  await queue.enqueue(store, [paced(at)]);
  for (const later of [0, 1, HOUR]) await queue.enqueue(store, [paced(at + later)]);
  expect(await revisions()).toEqual([{ revision: 0, priority: 1, run_at: new Date(at) }]);
  await queue.enqueue(store, [paced(at - 1)]);
  expect(await revisions()).toEqual([{ revision: 1, priority: 1, run_at: new Date(at - 1) }]);
  // One that isn't paced goes before the others again.
  await queue.enqueue(store, [{ ...pull('a'), replaceRunAt: true }]);
  expect(await revisions()).toEqual([expect.objectContaining({ revision: 2, priority: 0 })]);
});

/** A pull whose first run waits for `release`. */
function heldPull() {
  let [runs, release] = [0, () => {}];
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    runs: () => runs,
    release: () => release(),
    async pull() {
      if (++runs === 1) await held;
    },
  };
}

test('a paced job that is wanted while it runs is run once more', async () => {
  const held = heldPull();
  worker = await work({ pull: held.pull }, 2);
  await queue.enqueue(store, [pull('a')]);
  await until(() => held.runs() === 1);
  await queue.enqueue(store, [{ ...pull('a', Date.now() + 200), paced: true, replaceRunAt: true }]);
  held.release();
  await until(async () => held.runs() === 2 && (await jobs()).length === 0);
});

test('paced jobs that are due wait for all others', async () => {
  const past = Date.now() - HOUR;
  await queue.enqueue(store, [{ ...pull('paced', past), paced: true }]);
  await queue.enqueue(store, [pull('later', past + 1)]);
  const ran: string[] = [];
  worker = await work({ pull: async ({ calendar }) => void ran.push(calendar) }, 1);
  await until(() => ran.length === 2);
  expect(ran).toEqual(['later', 'paced']);
});

test('a job that is requested while it runs is run once more', async () => {
  const held = heldPull();
  worker = await work({ pull: held.pull }, 1);
  await queue.enqueue(store, [pull('a')]);
  await until(() => held.runs() === 1);
  await queue.enqueue(store, [pull('a')]);
  await queue.enqueue(store, [pull('a')]);
  held.release();
  await until(async () => (await jobs()).length === 0);
  expect(held.runs()).toBe(2);
});

test('a worker that stops aborts its jobs and waits for them', async () => {
  let ended = false;
  let started = false;
  worker = await work({
    async pull(_, signal) {
      started = true;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended = true;
    },
  });
  await queue.enqueue(store, [pull('a')]);
  await until(() => started);
  await worker.stop();
  expect(ended).toBe(true);
});
