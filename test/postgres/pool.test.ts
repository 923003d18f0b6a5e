import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { BoundedClient, SilentConnectionError } from '../../src/postgres/client.ts';
import { CONNECTION_LIMITS, MIGRATION_LIMITS } from '../../src/postgres/limits.ts';
import { BoundedPool } from '../../src/postgres/pool.ts';
import { closeStore, createStore } from '../../src/store/client.ts';
import { until } from '../harness/eventually.ts';
import { gate } from '../harness/gate.ts';
import { type FreshDatabase, freshDatabase, untilLockIsAwaited } from '../harness/postgres.ts';
import { startTcpProxy, type TcpProxy } from '../harness/tcp-proxy.ts';

/** Shorter than in production, and long enough for a busy machine to connect. */
const LIMITS = { ...CONNECTION_LIMITS, connect: 5_000, suspect: 200, probe: 3_000 };

let database: FreshDatabase;
let proxy: TcpProxy;
/** The database's, by way of the proxy. */
let url: string;
/** Connections that the proxy passed on. */
let accepted = 0;
let pool: BoundedPool | undefined;

beforeAll(async () => {
  database = await freshDatabase();
  const target = new URL(database.url);
  const port = Number(target.port);
  proxy = await startTcpProxy(() => {
    accepted += 1;
    return [port];
  });
  target.port = String(proxy.port);
  url = target.href;
});

afterEach(async () => {
  await pool?.end();
  pool = undefined;
  proxy.resume();
  proxy.reset();
});

/** No open connection hears another byte. New ones hear nothing until the proxy resumes. */
function fallSilent() {
  proxy.silence();
  proxy.hold();
}
afterAll(async () => {
  await proxy?.close();
  await database?.drop();
});

const open = (max: number, lost: Error[] = []) => {
  pool = new BoundedPool(url, {
    name: 'test',
    max,
    limits: LIMITS,
    onLost: (error) => lost.push(error),
  });
  return pool;
};

it('a pool whose connections all fall silent fails each query within its limits, and serves again afterwards', async () => {
  const opened = open(3);
  await Promise.all([1, 2, 3].map(() => opened.query('select 1')));
  fallSilent();
  const asked = await Promise.allSettled([1, 2, 3, 4, 5, 6].map(() => opened.query('select 1')));
  expect(asked.map(({ status }) => status)).toEqual(Array(6).fill('rejected'));
  expect(asked[0]).toMatchObject({ reason: expect.any(SilentConnectionError) });
  proxy.resume();
  const after = await Promise.all([1, 2, 3].map(() => opened.query('select 1 as one')));
  expect(after.map(({ rows }) => rows)).toEqual(Array(3).fill([{ one: 1 }]));
});

it('a transaction on a connection that fell silent fails, and its place in the pool is free again', async () => {
  const store = createStore(url, { max: 1, limits: LIMITS });
  const begun = gate();
  const transaction = store.$transaction(
    async (tx) => {
      await tx.$queryRaw`select 1`;
      await begun.step();
      await tx.$queryRaw`select 2`;
    },
    { timeout: 60_000 },
  );
  // A transaction that can't begin never reaches the gate.
  await Promise.race([begun.reached, transaction]);
  fallSilent();
  begun.open();
  await expect(transaction).rejects.toThrow();
  proxy.resume();
  expect(await store.$queryRaw`select 1 as one`).toEqual([{ one: 1 }]);
  await closeStore(store);
});

it('a transaction that gives up its wait for a connection leaves no place of the pool behind', async () => {
  const store = createStore(url, { max: 1, limits: LIMITS });
  fallSilent();
  const begin = () => store.$transaction((tx) => tx.$queryRaw`select 1`, { maxWait: 20 });
  const begun = await Promise.allSettled([begin(), begin(), begin()]);
  expect(begun.map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
  proxy.resume();
  expect(await until(() => store.$queryRaw`select 1 as one`.catch(() => null))).toEqual([{ one: 1 }]);
  await closeStore(store);
});

it('one connection that fell silent is given up while the server answers on others', async () => {
  const lost: Error[] = [];
  const opened = open(1, lost);
  await opened.query('select 1');
  fallSilent();
  const asked = opened.query('select 1');
  asked.catch(() => {});
  proxy.resume();
  await expect(asked).rejects.toThrow('fell silent');
  expect(lost).toEqual([expect.any(SilentConnectionError)]);
  expect((await opened.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});

it('a query that the server works on outlives the time in which silence is suspected', async () => {
  const holder = new BoundedClient(database.url, { name: 'test' });
  await holder.connect();
  await holder.query('create table held ()');
  await holder.query('begin; lock table held');
  const store = createStore(database.url, { max: 1 });
  // With limits as of migrations, whose statements may wait for ever.
  pool = new BoundedPool(url, {
    name: 'test',
    max: 1,
    limits: { ...MIGRATION_LIMITS, suspect: 1, probe: 5_000 },
  });
  const waiting = pool.query('select from held');
  waiting.catch(() => {});
  await untilLockIsAwaited(store);
  // Each look at the server is a connection of its own.
  const looks = accepted;
  await until(() => accepted >= looks + 3);
  await holder.query('rollback');
  expect((await waiting).rows).toEqual([]);
  await holder.end();
  await closeStore(store);
});

it('the server holds the sessions to their limits, and options of the URL take precedence', async () => {
  const settings = `select name, setting from pg_settings
    where name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'tcp_keepalives_idle')
    order by name`;
  const given = new URL(database.url);
  given.searchParams.set('options', '-c lock_timeout=1234');
  pool = new BoundedPool(given.href, { name: 'test', max: 1 });
  expect((await pool.query(settings)).rows).toEqual([
    { name: 'idle_in_transaction_session_timeout', setting: '60000' },
    { name: 'lock_timeout', setting: '1234' },
    { name: 'statement_timeout', setting: '30000' },
    { name: 'tcp_keepalives_idle', setting: '30' },
  ]);
});

it('a pool ends although a query on a silent connection has no answer', async () => {
  const opened = open(2);
  await opened.query('select 1');
  fallSilent();
  const asked = opened.query('select 1').catch((error: unknown) => error);
  await opened.end();
  expect(await asked).toBeInstanceOf(Error);
});

it('a connection that fell silent while it was idle ends when it is asked to', async () => {
  const client = new BoundedClient(url, { name: 'test' });
  await client.connect();
  await client.query('select 1');
  proxy.silence();
  await client.end();
  await expect(client.query('select 1')).rejects.toThrow();
});

it('connections that the server terminates, busy or idle, cost their query alone', async () => {
  const lost: Error[] = [];
  const opened = open(2, lost);
  await Promise.all([opened.query('select 1'), opened.query('select 1')]);
  const killer = new pg.Client({ connectionString: database.url });
  await killer.connect();
  await killer.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test'",
  );
  await killer.end();
  await until(() => lost.length === 2);
  expect((await opened.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});
