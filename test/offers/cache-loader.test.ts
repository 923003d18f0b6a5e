import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeBusy, encodeBusy } from '../../src/cache/codecs/busy.ts';
import { cacheKey } from '../../src/cache/keys.ts';
import {
  createCacheLoader,
  decodeEventType,
  decodeHost,
  decodeNative,
  encodeEventType,
  encodeHost,
  encodeNative,
  isCurrentFormat,
  withTombstones,
} from '../../src/offers/cache-loader.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { writeHours } from '../../src/store/rules/hosts.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';
import { addCalendars, addOrganisations } from '../store/parents.fixture.ts';
import { at, block, busy, eventType, host, rules, source } from './world.fixture.ts';

let database: FreshDatabase;
let store: Store;

beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 3 });
  await addOrganisations(store, 'org_1');
  const organisationId = 'org_1';
  const { id, name, slug, hours, zoneChanges } = host();
  const row = await store.host.create({
    data: { id, organisationId, name, slug, timeZone: 'UTC', version: 7n },
  });
  await store.nativeState.create({ data: { hostId: id, organisationId, version: 6n } });
  await store.nativeTime.create({
    data: {
      organisationId,
      hostId: id,
      kind: 'block',
      ownerId: 'blk_1',
      startsAt: new Date(at(13)),
      endsAt: new Date(at(14)),
      validFrom: new Date(at(0)),
    },
  });
  await writeHours(store, row, { hours, zoneChanges }, at(0));
  await store.address.create({ data: { slug, organisationId, ownerId: id } });
  await store.eventType.create({
    data: { id: 'et_1', organisationId, ownerId: id, slug: 'intro', version: 8n },
  });
  await store.eventTypeRules.create({
    data: {
      organisationId,
      eventTypeId: 'et_1',
      title: 'Intro',
      hosts: [id],
      rules: rules() as object,
      validFrom: new Date(at(0)),
    },
  });
  await addCalendars(store, organisationId, 'cal_1');
  await store.calendarState.create({
    data: {
      calendarId: 'cal_1',
      organisationId,
      version: 9n,
      basis: 'POLL',
      provenAsOf: new Date(at(8)),
      provenPull: 1,
      coveredFrom: new Date(at(0)),
      coveredTo: new Date(at(0, 0, 9)),
      trouble: 'partial',
    },
  });
  await store.event.create({
    data: {
      organisationId,
      calendarId: 'cal_1',
      externalId: 'e',
      kind: 'BUSY_TENTATIVE',
      startsAt: new Date(at(9)),
      endsAt: new Date(at(10)),
      validFrom: new Date(at(0)),
    },
  });
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});

describe('the truth', () => {
  it('has each kind of value with its version, and leaves out what does not exist', async () => {
    const keys = [
      'host:host_1',
      'host:host_9',
      'native:host_1',
      'native:host_9',
      'type:et_1',
      'type:et_9',
      'busy:cal_1',
      'busy:cal_9',
    ];
    const entries = await createCacheLoader(store, { now: () => at(8) })(keys);
    expect(entries.map(({ key, version }) => `${key} ${version}`).sort()).toEqual([
      'busy:cal_1 9',
      'host:host_1 7',
      'native:host_1 6',
      'type:et_1 8',
    ]);
    const bytes = (key: string) => entries.find((entry) => entry.key === key)?.bytes ?? Buffer.alloc(0);
    expect(decodeHost(bytes('host:host_1'))).toEqual(host('host_1', []));
    expect(decodeNative(bytes('native:host_1'))).toEqual([block(at(13), at(14))]);
    expect(decodeEventType(bytes('type:et_1'))).toEqual(eventType());
    expect(decodeBusy(bytes('busy:cal_1'))).toEqual(
      source({
        provenAsOf: at(8),
        coveredFrom: at(0),
        coveredTo: at(0, 0, 9),
        trouble: 'partial',
        busy: busy([at(9), at(10), 'BUSY_TENTATIVE']),
      }),
    );
    for (const { key, bytes: written } of entries) expect(isCurrentFormat(key, written), key).toBe(true);
  });

  it('tells publishers of what is gone, by a version of its own', async () => {
    const published = withTombstones(store, createCacheLoader(store, { now: () => at(8) }));
    const gone = ['host:host_9', 'native:host_9', 'type:et_9', 'busy:cal_9'];
    const entries = await published(['host:host_1', ...gone]);
    expect(entries.map(({ key }) => key)).toEqual(['host:host_1', ...gone]);
    const [, host, native, type, calendar] = entries.map(({ bytes }) => bytes);
    expect([host, native, type].map((bytes) => bytes && decodeHost(bytes))).toEqual([null, null, null]);
    expect(calendar && decodeBusy(calendar)).toMatchObject({ provenAsOf: null, basis: 'NEVER' });
    for (const { key, bytes } of entries) expect(isCurrentFormat(key, bytes), key).toBe(true);
    const [before, after] = [entries.at(-1), (await published(['type:et_9']))[0]];
    expect(after?.version).toBeGreaterThan(before?.version ?? Number.POSITIVE_INFINITY);
  });

  it('knows its own keys only', async () => {
    await expect(createCacheLoader(store, { now: () => at(8) })(['team:team_1'])).rejects.toThrow(
      'no cache key',
    );
    expect(await createCacheLoader(store, { now: () => at(8) })([])).toEqual([]);
  });
});

describe('what another version of the code has written', () => {
  it('is a miss where this one would not understand it', () => {
    const keys = {
      host: cacheKey.host('h'),
      type: cacheKey.eventType('t'),
      native: cacheKey.native('h'),
      calendar: cacheKey.calendar('c'),
    };
    expect(isCurrentFormat(keys.host, encodeHost(host()))).toBe(true);
    expect(isCurrentFormat(keys.type, encodeEventType(eventType()))).toBe(true);
    expect(isCurrentFormat(keys.native, encodeNative([]))).toBe(true);
    expect(isCurrentFormat(keys.calendar, encodeBusy(source()))).toBe(true);
    for (const key of Object.values(keys)) {
      expect(isCurrentFormat(key, Buffer.from(JSON.stringify(host())))).toBe(false);
      expect(isCurrentFormat(key, Buffer.from(`1${JSON.stringify(host())}`))).toBe(false);
      expect(isCurrentFormat(key, Buffer.alloc(0))).toBe(false);
    }
  });

  it('is not lost on names of any script', () => {
    expect(decodeHost(encodeHost(host('host_1', [], 'Ðorđe 李 🦉')))?.name).toBe('Ðorđe 李 🦉');
  });
});
