import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeStore, createStore, type Store } from '../../../src/store/client.ts';
import { pageAfter } from '../../../src/store/lists.ts';
import { claimSlug } from '../../../src/store/rows.ts';
import { insertTeam, listTeams, teamMembers, teamsByIds } from '../../../src/store/rules/teams.ts';
import { type FreshDatabase, freshDatabase } from '../../harness/postgres.ts';
import { addHosts, addOrganisations } from '../parents.fixture.ts';

let database: FreshDatabase;
let store: Store;

beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 2 });
  await addOrganisations(store, 'org_two', 'org_list');
  await addHosts(store, 'org_one', 'host_1', 'host_2', 'host_3');
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});

const add = (slug: string, members: string[] = [], organisation = 'org_one') =>
  store.$transaction((tx) => insertTeam(tx, organisation, { name: slug, slug }, members));

it('keeps its members in their order', async () => {
  const team = await add('crew', ['host_3', 'host_1', 'host_2']);
  expect(await teamMembers(store, team.id)).toEqual(['host_3', 'host_1', 'host_2']);
  expect(await teamMembers(store, (await add('empty')).id)).toEqual([]);
});

it('shares its slugs with hosts, and a refusal leaves nothing behind', async () => {
  await claimSlug(store, 'org_two', 'ada', 'host_1');
  await expect(add('ada', ['host_1'])).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await store.team.count({ where: { slug: 'ada' } })).toBe(0);
});

it('is found and listed in its own organisation', async () => {
  const [a, b] = [await add('a', [], 'org_list'), await add('b', [], 'org_list')];
  expect(await teamsByIds(store, 'org_one', [a.id])).toEqual([]);
  expect(await teamsByIds(store, 'org_list', [b.id])).toMatchObject([{ slug: 'b' }]);
  const slugs = async (after?: string) =>
    (await listTeams(store, 'org_list').read(pageAfter(1, after))).map(({ slug }) => slug);
  expect([await slugs(), await slugs(a.id), await slugs(b.id)]).toEqual([['a'], ['b'], []]);
});
