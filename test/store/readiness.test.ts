import { afterAll, beforeAll, expect, it } from 'vitest';
import { installJobs } from '../../src/jobs/install.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { missingFor } from '../../src/store/readiness.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url);
});
afterAll(() => closeStore(store));

it('names what is missing: the queue, a migration, the database', async () => {
  expect(await missingFor(store)).toContain('queue');
  await installJobs(database.url);
  expect(await missingFor(store)).toBeNull();
  await store.$executeRaw`update _prisma_migrations set finished_at = null`;
  expect(await missingFor(store)).toContain('migration');
  await database.drop();
  expect(await missingFor(store)).toContain('does not answer');
});
