import { afterAll, beforeAll, expect, it } from 'vitest';
import { nounOf } from '../../src/ids.ts';
import { apiKeyBySecret, insertApiKey, listApiKeys, revokeApiKey } from '../../src/store/api-keys.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { pageAfter } from '../../src/store/rows.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';

let database: FreshDatabase;
let store: Store;

beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 2 });
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});

it('shows the secret once and stores only its hash', async () => {
  const { id, secret } = await insertApiKey(store, 'org_one', 'site', ['BOOK', 'READ_BUSY']);
  expect(nounOf(id)).toBe('ApiKey');
  expect(secret).toMatch(/^sw_[\w-]{43}$/);
  const row = await store.apiKey.findUniqueOrThrow({ where: { id } });
  expect(JSON.stringify(row)).not.toContain(secret.slice(3));
  expect(await apiKeyBySecret(store, secret)).toMatchObject({
    id,
    organisationId: 'org_one',
    scopes: ['BOOK', 'READ_BUSY'],
  });
});

it('knows no other secret', async () => {
  const { secret } = await insertApiKey(store, 'org_one', 'site', []);
  for (const wrong of ['', 'sw_', secret.slice(3), `${secret}x`, secret.toUpperCase()]) {
    expect(await apiKeyBySecret(store, wrong)).toBeNull();
  }
});

it('revokes for good, once, and in its own organisation only', async () => {
  const { id, secret } = await insertApiKey(store, 'org_one', 'site', []);
  const now = new Date('2026-11-20T08:00:00Z');
  expect(await revokeApiKey(store, 'org_two', id, now)).toBe(false);
  expect(await apiKeyBySecret(store, secret)).not.toBeNull();
  expect(await revokeApiKey(store, 'org_one', id, now)).toBe(true);
  expect(await apiKeyBySecret(store, secret)).toBeNull();
  expect(await revokeApiKey(store, 'org_one', id, new Date())).toBe(false);
  expect((await store.apiKey.findUniqueOrThrow({ where: { id } })).revokedAt).toEqual(now);
});

it('lists an organisation’s own by page', async () => {
  const made: string[] = [];
  for (const name of ['a', 'b', 'c']) made.push((await insertApiKey(store, 'org_list', name, [])).id);
  const names = async (after?: string) =>
    (await listApiKeys(store, 'org_list', pageAfter(2, after))).map(({ name }) => name);
  expect(await names()).toEqual(['a', 'b']);
  expect(await names(made[1])).toEqual(['c']);
});
