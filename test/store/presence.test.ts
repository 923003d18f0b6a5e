import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { StartError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import { openConnection } from '../../src/store/connection.ts';
import { announcePresence } from '../../src/store/presence.ts';
import { until } from '../harness/eventually.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';

const ALONE = { shared: false };
const SHARED = { shared: true };
let database: FreshDatabase;
let open: (() => Promise<void>)[] = [];

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());
afterEach(async () => {
  await Promise.all(open.map((leave) => leave()));
  open = [];
});

async function announce(options: { shared: boolean }, url = database.url) {
  const leave = await announcePresence(url, { ...options, log: createLog('silent') });
  open.push(leave);
  return leave;
}

it('lets any number with a common Redis run', async () => {
  await announce(SHARED);
  await announce(SHARED);
  await expect(announce(SHARED)).resolves.toBeTypeOf('function');
});

it('lets nobody beside one without Redis, and tells each what to set', async () => {
  await announce(ALONE);
  const second = await announce(ALONE).catch((error: unknown) => error);
  expect(second).toBeInstanceOf(StartError);
  expect(second).toMatchObject({ message: expect.stringContaining('A second one needs REDIS_URL') });
  const third = await announce(SHARED).catch((error: unknown) => error);
  expect(third).toBeInstanceOf(StartError);
  expect(third).toMatchObject({ message: expect.stringContaining('A gateway without REDIS_URL runs') });
});

it('lets none without Redis beside those with', async () => {
  await announce(SHARED);
  await expect(announce(ALONE)).rejects.toBeInstanceOf(StartError);
});

it('gives the place up again, also after a refusal', async () => {
  const leave = await announce(ALONE);
  await expect(announce(SHARED)).rejects.toBeInstanceOf(StartError);
  open = [];
  await leave();
  const shared = await announce(SHARED);
  await expect(announce(ALONE)).rejects.toBeInstanceOf(StartError);
  open = [];
  await shared();
  await expect(announce(ALONE)).resolves.toBeTypeOf('function');
});

it('is announced again after its connection was lost', async () => {
  await announce(ALONE);
  const client = await openConnection(database.url);
  const holders = `from pg_locks join pg_database on pg_database.oid = database
    where locktype = 'advisory' and datname = current_database()`;
  const lost = await client.query(`select pid, pg_terminate_backend(pid) ${holders}`);
  expect(lost.rowCount).toBe(1);
  const [{ pid: before }] = lost.rows;
  await until(async () => {
    const { rows } = await client.query(`select pid ${holders}`);
    return rows.length === 1 && rows[0].pid !== before;
  });
  await client.end();
  await expect(announce(ALONE)).rejects.toBeInstanceOf(StartError);
});

it('is of one database', async () => {
  const other = await freshDatabase();
  await announce(ALONE);
  await expect(announce(ALONE, other.url)).resolves.toBeTypeOf('function');
  await other.drop();
});
