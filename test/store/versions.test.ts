import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cacheKey, parseCacheKey } from '../../src/cache/keys.ts';
import { newId } from '../../src/ids.ts';
import { closeStore, createStore, type Store, type Tx } from '../../src/store/client.ts';
import { bumpVersions, markPublished, unpublishedKeys } from '../../src/store/versions.ts';
import { type FreshDatabase, freshDatabase, untilLockIsAwaited } from '../harness/postgres.ts';
import { addCalendars, addOrganisations } from './parents.fixture.ts';

let database: FreshDatabase;
let store: Store;
/** One row of each kind, unpublished. */
let keys: { host: string; type: string; calendar: string };
const organisationId = 'org_one';

beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 4 });
  await addOrganisations(store, organisationId);
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});
beforeEach(async () => {
  await store.host.deleteMany();
  await store.eventType.deleteMany();
  await store.calendarState.deleteMany();
  keys = { host: await addHost(), type: '', calendar: '' };
  const id = newId('EventType');
  await store.eventType.create({ data: { id, organisationId, ownerId: 'o', slug: id, version: 0n } });
  const calendarId = newId('Calendar');
  await addCalendars(store, organisationId, calendarId);
  await store.calendarState.create({ data: { calendarId, organisationId, version: 0n } });
  keys = { ...keys, type: cacheKey.eventType(id), calendar: cacheKey.calendar(calendarId) };
});

async function addHost(): Promise<string> {
  const id = newId('Host');
  const data = { id, organisationId, name: 'x', slug: id, timeZone: 'UTC', version: 0n };
  await store.host.create({ data });
  return cacheKey.host(id);
}

async function versionOf(key: string): Promise<{ version: number; published: number }> {
  const { kind, id } = parseCacheKey(key);
  const row =
    kind === 'host'
      ? await store.host.findUniqueOrThrow({ where: { id } })
      : kind === 'type'
        ? await store.eventType.findUniqueOrThrow({ where: { id } })
        : await store.calendarState.findUniqueOrThrow({ where: { calendarId: id } });
  return { version: Number(row.version), published: Number(row.publishedVersion) };
}

describe('a version', () => {
  it('grows with every change, of whichever kind', async () => {
    const seen: number[] = [];
    for (const key of [keys.host, keys.type, keys.calendar, keys.host]) {
      await bumpVersions(store, [key]);
      seen.push((await versionOf(key)).version);
    }
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
  });

  it('of rows that do not exist is nobody’s', async () => {
    await expect(bumpVersions(store, ['host:none', keys.host])).resolves.toBeUndefined();
    expect((await versionOf(keys.host)).version).toBeGreaterThan(0);
  });

  it('is higher for the transaction that commits later', async () => {
    const drawn: string[] = [];
    const versions: number[] = [];
    const change = (name: string, meanwhile: (tx: Tx) => Promise<unknown>) =>
      store.$transaction(async (tx) => {
        await bumpVersions(tx, [keys.host]);
        const { version } = await tx.host.findUniqueOrThrow({ where: { id: parseCacheKey(keys.host).id } });
        versions.push(Number(version));
        await meanwhile(tx);
        drawn.push(name);
      });
    let second: Promise<void> = Promise.resolve();
    await change('first', async () => {
      second = change('second', async () => {});
      // It waits for the row meanwhile.
      await untilLockIsAwaited(store);
    });
    await second;
    expect(drawn).toEqual(['first', 'second']);
    expect(versions[1]).toBeGreaterThan(versions[0] ?? Infinity);
  });

  it('is drawn in one order, so that changes of the same keys do not lock each other out', async () => {
    const all = Object.values(keys);
    const bumps = Array.from({ length: 12 }, (_, i) =>
      store.$transaction((tx) => bumpVersions(tx, i % 2 ? all : [...all].reverse())),
    );
    await expect(Promise.all(bumps)).resolves.toHaveLength(12);
  });
});

describe('what was not published', () => {
  it('is found until its very version was', async () => {
    await bumpVersions(store, Object.values(keys));
    expect((await unpublishedKeys(store, 10)).sort()).toEqual(Object.values(keys).sort());
    const known = await versionOf(keys.host);
    await bumpVersions(store, [keys.host]);
    await markPublished(store, [{ key: keys.host, version: known.version }]);
    await markPublished(store, [{ key: keys.type, version: (await versionOf(keys.type)).version }]);
    expect((await unpublishedKeys(store, 10)).sort()).toEqual([keys.calendar, keys.host].sort());
    await markPublished(store, [{ key: keys.host, version: (await versionOf(keys.host)).version }]);
    expect(await unpublishedKeys(store, 10)).toEqual([keys.calendar]);
  });

  it('does not come back with an older note that arrives late', async () => {
    await bumpVersions(store, [keys.host]);
    const old = (await versionOf(keys.host)).version;
    await bumpVersions(store, [keys.host]);
    const { version } = await versionOf(keys.host);
    await markPublished(store, [{ key: keys.host, version }]);
    await markPublished(store, [{ key: keys.host, version: old }]);
    expect((await versionOf(keys.host)).published).toBe(version);
  });

  it('is found a few at a time, of every kind', async () => {
    const hosts = [keys.host, await addHost(), await addHost()];
    await bumpVersions(store, [...hosts, keys.type, keys.calendar]);
    const found = await unpublishedKeys(store, 2);
    expect(found).toHaveLength(4);
    expect(found).toEqual(expect.arrayContaining([keys.type, keys.calendar]));
  });
});
