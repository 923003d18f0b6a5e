import { afterAll, beforeAll, expect, it } from 'vitest';
import { installJobQueue } from '../../src/jobs/queue.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { checkReadiness } from '../../src/store/readiness.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url);
});
afterAll(() => closeStore(store));

it('names what is missing: the queue, a migration, the database', async () => {
  expect(await checkReadiness(store)).toContain('queue');
  await installJobQueue(database.url);
  expect(await checkReadiness(store)).toBeNull();
  await store.$executeRaw`update _prisma_migrations set finished_at = null`;
  expect(await checkReadiness(store)).toContain('migration');
  await database.drop();
  expect(await checkReadiness(store)).toContain('does not answer');
});
