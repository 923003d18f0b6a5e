import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closeStore, createStore, type Store } from '../../../src/store/client.ts';
import { pageAfter } from '../../../src/store/lists.ts';
import { addressBySlug, slugsOf } from '../../../src/store/rows.ts';
import {
  changeHost,
  type Host,
  hostsByIds,
  hoursOfHosts,
  insertHost,
  listHosts,
  lockHost,
  publicHostsByIds,
  writeHours,
} from '../../../src/store/rules/hosts.ts';
import { type FreshDatabase, freshDatabase } from '../../harness/postgres.ts';
import { addOrganisations } from '../parents.fixture.ts';

const ORG = 'org_one';
const T = Date.UTC(2026, 10, 20);
let database: FreshDatabase;
let store: Store;
let host: Host;
let count = 0;

const hours = (start: number) => ({
  hours: { timeZone: 'UTC', weekly: [{ days: [0], start, end: 1_440 }], overrides: [] },
  zoneChanges: [{ from: '2026-12-01', timeZone: 'Asia/Tokyo' }],
});
const fields = (slug: string) => ({ name: `Host ${slug}`, slug, email: null, timeZone: 'UTC' });
const add = (slug: string, organisation = ORG) =>
  store.$transaction((tx) => insertHost(tx, organisation, fields(slug), hours(0), T));

beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 4 });
  await addOrganisations(store, ORG, 'org_two', 'org_list');
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});
beforeEach(async () => {
  host = await add(`host-${++count}`);
});

describe('hosts', () => {
  it('have an address of their own', async () => {
    expect(await addressBySlug(store, host.slug)).toMatchObject({ ownerId: host.id, organisationId: ORG });
    await expect(add(host.slug, 'org_two')).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('that are renamed leave their old slug to others', async () => {
    const renamed = await store.$transaction((tx) => changeHost(tx, host, fields(`renamed-${count}`), 0));
    expect(renamed).toMatchObject({ id: host.id, slug: `renamed-${count}`, name: `Host renamed-${count}` });
    expect(await slugsOf(store, [host.id])).toEqual(new Map([[host.id, `renamed-${count}`]]));
    expect(await addressBySlug(store, host.slug)).toBeNull();
    await expect(add(host.slug)).resolves.toBeDefined();
  });

  it('that keep their slug do not stand in their own way', async () => {
    const same = { ...fields(host.slug), name: 'Other' };
    expect(await store.$transaction((tx) => changeHost(tx, host, same, 0))).toMatchObject({ name: 'Other' });
  });

  it('are found in their own organisation, and by the public in any', async () => {
    expect(await hostsByIds(store, 'org_two', [host.id])).toEqual([]);
    expect(await hostsByIds(store, ORG, [host.id, 'host_none'])).toMatchObject([{ id: host.id }]);
    expect(await lockHost(store, 'org_two', host.id)).toBeNull();
    expect(await publicHostsByIds(store, [host.id])).toEqual([
      { id: host.id, name: host.name, slug: host.slug },
    ]);
  });

  it('are listed by page, forwards and backwards', async () => {
    const made: string[] = [];
    for (const letter of ['a', 'b', 'c']) made.push((await add(`page-${letter}`, 'org_list')).id);
    const ids = async (...page: Parameters<typeof pageAfter>) =>
      (await listHosts(store, 'org_list').read(pageAfter(...page))).map(({ id }) => id);
    expect(await ids(2)).toEqual(made.slice(0, 2));
    expect(await ids(2, made[1])).toEqual(made.slice(2));
    expect(await ids(2, null, true)).toEqual([made[2], made[1]]);
  });
});

describe('hours', () => {
  it('are read as they were written, the current ones alone', async () => {
    await writeHours(store, host, hours(60), T + 1);
    expect(await hoursOfHosts(store, [host.id, 'host_none'])).toEqual(new Map([[host.id, hours(60)]]));
  });

  it('that were stay as history, without a gap', async () => {
    await writeHours(store, host, hours(60), T + 1);
    await writeHours(store, host, hours(120), T + 2);
    const rows = await store.hostHours.findMany({ where: { hostId: host.id }, orderBy: { id: 'asc' } });
    expect(rows.map(({ validFrom, validTo }) => [validFrom.getTime(), validTo?.getTime() ?? null])).toEqual([
      [T, T + 1],
      [T + 1, T + 2],
      [T + 2, null],
    ]);
  });

  it('are written one after the other under the host’s lock', async () => {
    const write = (start: number) =>
      store.$transaction(async (tx) => {
        const locked = await lockHost(tx, ORG, host.id);
        if (locked) await writeHours(tx, locked, hours(start), T + start);
      });
    await Promise.all([1, 2, 3, 4].map(write));
    expect(await store.hostHours.count({ where: { hostId: host.id } })).toBe(5);
    expect(await store.hostHours.count({ where: { hostId: host.id, validTo: null } })).toBe(1);
  });
});
