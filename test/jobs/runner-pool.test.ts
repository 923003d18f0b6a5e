import { afterEach, beforeEach, expect, it } from 'vitest';
import { RunnerPool } from '../../src/jobs/runner-pool.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';

let database: FreshDatabase;
let pool: RunnerPool;

beforeEach(async () => {
  database = await freshDatabase();
  pool = new RunnerPool(database.url, { name: 'slotwire worker', max: 1 });
}, 60_000);
afterEach(async () => {
  await pool.end();
  await database.drop();
});

it('a connection that is given back twice is given back once', async () => {
  const release = await new Promise<(() => void) | undefined>((resolve, reject) => {
    pool.connect((error, _, giveBack) => (error ? reject(error) : resolve(giveBack)));
  });
  release?.();
  const next = await pool.connect();
  // It is another one's now.
  release?.();
  expect(pool.idleCount).toBe(0);
  expect((await next.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  next.release();
  expect(pool.idleCount).toBe(1);
});

it('a pool that has ended gives no connection, and nothing to give back', async () => {
  await pool.end();
  const given = await new Promise((resolve) => {
    pool.connect((error, client, release) => resolve({ error, client, release }));
  });
  expect(given).toEqual({ error: expect.any(Error), client: undefined, release: undefined });
});
