import { afterAll, beforeAll, expect, it } from 'vitest';
import { nounOf } from '../../../src/ids.ts';
import {
  defaultOrganisation,
  organisationExists,
  renameOrganisation,
} from '../../../src/store/access/organisations.ts';
import { closeStore, createStore, type Store } from '../../../src/store/client.ts';
import { type FreshDatabase, freshDatabase } from '../../harness/postgres.ts';

let database: FreshDatabase;
let stores: Store[];

beforeAll(async () => {
  database = await freshDatabase();
  stores = [1, 2].map(() => createStore(database.url, { max: 4 }));
});
afterAll(async () => {
  await Promise.all(stores.map(closeStore));
  await database.drop();
});

it('is made once, though many ask at once, and is the same ever after', async () => {
  const asked = await Promise.all([...stores, ...stores, ...stores].map(defaultOrganisation));
  expect(new Set(asked).size).toBe(1);
  const [store = stores[0], id = ''] = [stores[0], asked[0]];
  if (!store) throw new Error('no store');
  expect(nounOf(id)).toBe('Organisation');
  expect(await store.organisation.count()).toBe(1);
  expect(await organisationExists(store, id)).toBe(true);
  expect(await organisationExists(store, 'org_none')).toBe(false);
  // A later one of that name does not take its place.
  await store.organisation.create({ data: { id: 'org_zz', name: 'default' } });
  expect(await defaultOrganisation(store)).toBe(id);
  // Neither does one of that name once it has another name itself.
  await renameOrganisation(store, id, 'Company');
  expect(await defaultOrganisation(store)).toBe(id);
});
