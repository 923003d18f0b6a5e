import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BusyKind } from '../../../src/availability/period.ts';
import { closeStore, createStore, type Store } from '../../../src/store/client.ts';
import { insertHost } from '../../../src/store/rules/hosts.ts';
import { calendarSources, hostOffers, isOwnEvent } from '../../../src/store/rules/offer-rows.ts';
import { type FreshDatabase, freshDatabase } from '../../harness/postgres.ts';
import { at, busy } from '../../offers/world.fixture.ts';
import { addCalendars } from '../parents.fixture.ts';

const organisationId = 'org_one';
const hours = {
  hours: { timeZone: 'UTC', weekly: [], overrides: [{ date: '2026-12-24', ranges: [] }] },
  zoneChanges: [],
};
let database: FreshDatabase;
let store: Store;

beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 3 });
  await addCalendars(store, organisationId, 'cal_busy', 'cal_new', 'cal_far');
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});

const addHost = (slug: string) =>
  store.$transaction((tx) =>
    insertHost(tx, organisationId, { name: slug, slug, email: 'a@b.example', timeZone: 'UTC' }, hours, at(0)),
  );

const addCalendar = (id: string, hostId: string, selected: boolean) =>
  store.calendar.create({
    data: {
      id,
      organisationId,
      hostId,
      accountId: 'acc-of-org_one',
      provider: 'google',
      externalId: id,
      name: id,
      primary: false,
      writable: true,
      watchable: true,
      selected,
    },
  });

let events = 0;
const addEvent = (
  calendarId: string,
  start: number,
  end: number,
  kind: BusyKind = 'BUSY',
  validTo?: number,
) =>
  store.event.create({
    data: {
      organisationId,
      calendarId,
      externalId: String(++events),
      kind,
      title: 'private',
      startsAt: new Date(start),
      endsAt: new Date(end),
      validFrom: new Date(at(0)),
      validTo: validTo === undefined ? null : new Date(validTo),
    },
  });

describe('hosts as offers see them', () => {
  it('have their hours and the calendars that count, in one order', async () => {
    const host = await addHost('ada');
    const other = await addHost('bob');
    for (const id of ['cal_c', 'cal_a']) await addCalendar(id, host.id, true);
    await addCalendar('cal_b', host.id, false);
    await addCalendar('cal_d', other.id, true);
    const found = await hostOffers(store, [host.id, other.id, 'host_none']);
    const byId = new Map(found.map((one) => [one.host.id, one]));
    expect(byId.get(host.id)).toEqual({
      version: 0,
      host: {
        id: host.id,
        organisation: organisationId,
        name: 'ada',
        slug: 'ada',
        timeZone: 'UTC',
        ...hours,
        calendars: ['cal_a', 'cal_c'],
      },
    });
    expect(byId.get(other.id)?.host.calendars).toEqual(['cal_d']);
    expect(found).toHaveLength(2);
  });
});

describe('calendars as offers see them', () => {
  it('have their current busy time merged, to the millisecond, and nothing of its titles', async () => {
    const calendarId = 'cal_busy';
    await store.calendarState.create({
      data: {
        calendarId,
        organisationId,
        version: 9_007_199_254_740_991n,
        basis: 'NOTIFICATION',
        provenAsOf: new Date(at(8) + 1),
        coveredFrom: new Date(at(0) + 2),
        coveredTo: new Date(at(0, 0, 90) + 3),
        trouble: 'unreachable',
      },
    });
    await addEvent(calendarId, at(9) + 1, at(10) + 999);
    await addEvent(calendarId, at(10), at(11), 'BUSY_TENTATIVE');
    await addEvent(calendarId, at(12), at(12));
    await addEvent(calendarId, at(13), at(14), 'BUSY', at(1));
    await addEvent('cal_other', at(15), at(16));
    const found = await calendarSources(store, [calendarId, 'cal_none']);
    expect(found).toEqual([
      {
        id: calendarId,
        version: Number.MAX_SAFE_INTEGER,
        source: {
          provenAsOf: at(8) + 1,
          provenPull: null,
          basis: 'NOTIFICATION',
          coveredFrom: at(0) + 2,
          coveredTo: at(0, 0, 90) + 3,
          trouble: 'unreachable',
          busy: busy([at(9) + 1, at(10) + 999], [at(10) + 999, at(11), 'BUSY_TENTATIVE']),
        },
      },
    ]);
    expect(JSON.stringify(found)).not.toContain('private');
  });

  it('that were never read know nothing', async () => {
    await store.calendarState.create({ data: { calendarId: 'cal_new', organisationId, version: 1n } });
    const [found] = await calendarSources(store, ['cal_new']);
    expect(found?.source).toEqual({
      provenAsOf: null,
      provenPull: null,
      basis: 'NEVER',
      coveredFrom: null,
      coveredTo: null,
      trouble: null,
      busy: busy(),
    });
  });

  it('keep instants of any year, whatever the zone of the machine', async () => {
    const calendarId = 'cal_far';
    await store.calendarState.create({ data: { calendarId, organisationId, version: 1n } });
    const [start, end] = [Date.UTC(1969, 11, 31, 23), Date.UTC(2200, 0, 1, 0, 0, 0, 1)];
    await addEvent(calendarId, start, end);
    const [found] = await calendarSources(store, [calendarId]);
    expect([...(found?.source.busy.bounds ?? [])]).toEqual([start, end]);
  });
});

it('what a statement asks of events that it has just begun is what the view of busy events asks', async () => {
  const [asked, shown] = await store.$transaction(async (tx) => {
    await tx.$executeRaw`create temp view asked as select e.id from event e where not ${isOwnEvent}`;
    const definitions = ['asked', 'busy_event'].map(async (view) => {
      const [found] = await tx.$queryRaw<{ definition: string }[]>`
        select pg_get_viewdef(${view}::regclass) as definition`;
      return found?.definition.replace(/^.*?WHERE/s, '');
    });
    return Promise.all(definitions);
  });
  expect(asked).toContain('booking_write');
  expect(asked).toBe(shown);
});
