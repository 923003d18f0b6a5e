import { afterAll, beforeAll, expect, it } from 'vitest';
import { nounOf } from '../../../src/ids.ts';
import {
  type ApiScope,
  apiKeyBySecret,
  insertApiKey,
  listApiKeys,
  liveApiKeys,
  revokeApiKey,
} from '../../../src/store/access/api-keys.ts';
import { closeStore, createStore, type Store } from '../../../src/store/client.ts';
import { pageAfter } from '../../../src/store/lists.ts';
import { type FreshDatabase, freshDatabase } from '../../harness/postgres.ts';
import { addOrganisations } from '../parents.fixture.ts';

let database: FreshDatabase;
let store: Store;

beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 2 });
  await addOrganisations(store, 'org_one', 'org_list');
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});

const NOW = new Date('2026-11-20T08:00:00Z');
const make = (
  wish: { name?: string; scopes?: ApiScope[]; expiresAt?: Date } = {},
  organisation = 'org_one',
) => insertApiKey(store, organisation, { name: 'site', scopes: [], expiresAt: null, ...wish });

it('shows the secret once and stores only its hash', async () => {
  const { id, secret } = await make({ scopes: ['BOOK', 'READ_BUSY'] });
  expect(nounOf(id)).toBe('ApiKey');
  expect(secret).toMatch(/^sw_[\w-]{43}$/);
  const row = await store.apiKey.findUniqueOrThrow({ where: { id } });
  expect(JSON.stringify(row)).not.toContain(secret.slice(3));
  expect(await apiKeyBySecret(store, secret, NOW.getTime())).toMatchObject({
    id,
    organisationId: 'org_one',
    scopes: ['BOOK', 'READ_BUSY'],
  });
});

it('knows no other secret', async () => {
  const { secret } = await make();
  for (const wrong of ['', 'sw_', secret.slice(3), `${secret}x`, secret.toUpperCase()]) {
    expect(await apiKeyBySecret(store, wrong, NOW.getTime())).toBeNull();
  }
});

it('revokes for good, once, and in its own organisation only', async () => {
  const { id, secret } = await make();
  expect(await revokeApiKey(store, 'org_two', id, NOW.getTime())).toBe(false);
  expect(await apiKeyBySecret(store, secret, NOW.getTime())).not.toBeNull();
  expect(await revokeApiKey(store, 'org_one', id, NOW.getTime())).toBe(true);
  expect(await apiKeyBySecret(store, secret, NOW.getTime())).toBeNull();
  expect(await revokeApiKey(store, 'org_one', id, Date.now())).toBe(false);
  expect((await store.apiKey.findUniqueOrThrow({ where: { id } })).revokedAt).toEqual(NOW);
});

it('ends by time, at its instant', async () => {
  const { id, secret } = await make({ expiresAt: NOW });
  const before = new Date(NOW.getTime() - 1);
  expect(await apiKeyBySecret(store, secret, before.getTime())).toMatchObject({ id, expiresAt: NOW });
  expect(await apiKeyBySecret(store, secret, NOW.getTime())).toBeNull();
});

it('tells which of some keys are live', async () => {
  const [lives, revoked, ended] = [await make(), await make(), await make({ expiresAt: NOW })];
  await revokeApiKey(store, 'org_one', revoked.id, NOW.getTime());
  const ids = [lives.id, revoked.id, ended.id, 'key_nothing'];
  expect(await liveApiKeys(store, ids, NOW.getTime())).toEqual(new Set([lives.id]));
});

it('lists an organisation’s own by page', async () => {
  const made: string[] = [];
  for (const name of ['a', 'b', 'c']) made.push((await make({ name }, 'org_list')).id);
  const names = async (after?: string) =>
    (await listApiKeys(store, 'org_list').read(pageAfter(2, after))).map(({ name }) => name);
  expect(await names()).toEqual(['a', 'b']);
  expect(await names(made[1])).toEqual(['c']);
});
