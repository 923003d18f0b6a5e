import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeBusy, encodeBusy } from '../../src/cache/busy-value.ts';
import { cacheKey } from '../../src/cache/port.ts';
import {
  createTruth,
  decodeEventType,
  decodeHost,
  encodeEventType,
  encodeHost,
  fits,
} from '../../src/offers/truth.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { writeHours } from '../../src/store/hosts.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';
import { at, busy, eventType, host, rules, source } from './world.ts';

let database: FreshDatabase;
let store: Store;

beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 3 });
  const organisationId = 'org_1';
  const { id, name, slug, hours, zoneChanges } = host();
  const row = await store.host.create({
    data: { id, organisationId, name, slug, timeZone: 'UTC', version: 7n },
  });
  await writeHours(store, row, { hours, zoneChanges }, new Date(at(0)));
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
      rules: { ...rules() },
      validFrom: new Date(at(0)),
    },
  });
  await store.calendarState.create({
    data: {
      calendarId: 'cal_1',
      organisationId,
      version: 9n,
      basis: 'POLL',
      provenAsOf: new Date(at(8)),
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
    const keys = ['host:host_1', 'host:host_9', 'type:et_1', 'type:et_9', 'busy:cal_1', 'busy:cal_9'];
    const entries = await createTruth(store)(keys);
    expect(entries.map(({ key, version }) => `${key} ${version}`).sort()).toEqual([
      'busy:cal_1 9',
      'host:host_1 7',
      'type:et_1 8',
    ]);
    const bytes = (key: string) => entries.find((entry) => entry.key === key)?.bytes ?? Buffer.alloc(0);
    expect(decodeHost(bytes('host:host_1'))).toEqual(host('host_1', []));
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
    for (const { key, bytes: written } of entries) expect(fits(key, written), key).toBe(true);
  });

  it('knows its own keys only', async () => {
    await expect(createTruth(store)(['team:team_1'])).rejects.toThrow('no cache key');
    expect(await createTruth(store)([])).toEqual([]);
  });
});

describe('what another version of the code has written', () => {
  it('is a miss where this one would not understand it', () => {
    const keys = {
      host: cacheKey.host('h'),
      type: cacheKey.eventType('t'),
      calendar: cacheKey.calendar('c'),
    };
    expect(fits(keys.host, encodeHost(host()))).toBe(true);
    expect(fits(keys.type, encodeEventType(eventType()))).toBe(true);
    expect(fits(keys.calendar, encodeBusy(source()))).toBe(true);
    for (const key of Object.values(keys)) {
      expect(fits(key, Buffer.from(JSON.stringify(host())))).toBe(false);
      expect(fits(key, Buffer.from(`2${JSON.stringify(host())}`))).toBe(false);
      expect(fits(key, Buffer.alloc(0))).toBe(false);
    }
  });

  it('is not lost on names of any script', () => {
    expect(decodeHost(encodeHost(host('host_1', [], 'Ðorđe 李 🦉'))).name).toBe('Ðorđe 李 🦉');
  });
});
