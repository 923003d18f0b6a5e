import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteEvent } from '../../../src/providers/port.ts';
import { applyChanges, pruneEvents } from '../../../src/store/calendars/events.ts';
import { closeStore, createStore, type Store } from '../../../src/store/client.ts';
import { type FreshDatabase, freshDatabase } from '../../harness/postgres.ts';
import { addCalendars } from '../parents.fixture.ts';

const T = Date.UTC(2026, 10, 20);
const HOUR = 3_600_000;
const EMPTY = { full: false, events: [], removed: [], series: [], kept: [] };

let database: FreshDatabase;
let store: Store;
let calendar: { id: string; organisationId: string };
let count = 0;

beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url);
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});
beforeEach(() => {
  calendar = { id: `cal_${++count}`, organisationId: 'org' };
});

const event = (externalId: string, more: Partial<RemoteEvent> = {}): RemoteEvent => ({
  externalId,
  seriesId: null,
  kind: 'BUSY',
  start: T,
  end: T + HOUR,
  allDay: false,
  title: 'Dentist',
  ownId: null,
  ...more,
});

const rows = () =>
  store.event.findMany({
    where: { calendarId: calendar.id },
    orderBy: [{ externalId: 'asc' }, { id: 'asc' }],
  });
const current = async () => (await rows()).filter((row) => row.validTo === null).map((row) => row.externalId);

describe('a round', () => {
  test('that is full ends what is not in it, and leaves other calendars alone', async () => {
    const other = { id: `cal_${++count}`, organisationId: 'org' };
    await applyChanges(store, other, { ...EMPTY, full: true, events: [event('b')] }, T);
    await applyChanges(store, calendar, { ...EMPTY, full: true, events: [event('a'), event('b')] }, T);
    await applyChanges(store, calendar, { ...EMPTY, full: true, events: [event('a')] }, T + 1);
    expect(await current()).toEqual(['a']);
    expect((await rows()).find((row) => row.externalId === 'b')?.validTo?.getTime()).toBe(T + 1);
    expect(await store.event.count({ where: { calendarId: other.id, validTo: null } })).toBe(1);
  });

  test('writes history for what is different, and none for what is equal', async () => {
    const whole = event('whole', {
      start: T + 1,
      end: T + HOUR + 999,
      seriesId: 's',
      allDay: true,
      title: null,
    });
    await applyChanges(store, calendar, { ...EMPTY, full: true, events: [event('a'), whole] }, T);
    await applyChanges(store, calendar, { ...EMPTY, full: true, events: [event('a'), whole] }, T + 1);
    expect(await rows()).toHaveLength(2);
    await applyChanges(
      store,
      calendar,
      { ...EMPTY, events: [event('a', { end: T + HOUR + 1 }), whole] },
      T + 2,
    );
    const history = (await rows()).filter((row) => row.externalId === 'a');
    expect(
      history.map((row) => [row.validFrom.getTime(), row.validTo?.getTime(), row.endsAt.getTime()]),
    ).toEqual([
      [T, T + 2, T + HOUR],
      [T + 2, undefined, T + HOUR + 1],
    ]);
    expect(await rows()).toHaveLength(3);
  });

  test('of changes touches only what it names', async () => {
    const events = [
      event('a'),
      event('s1', { seriesId: 's' }),
      event('s2', { seriesId: 's' }),
      event('t1', { seriesId: 't' }),
    ];
    await applyChanges(store, calendar, { ...EMPTY, full: true, events }, T);
    await applyChanges(
      store,
      calendar,
      {
        ...EMPTY,
        events: [event('s2', { seriesId: 's' }), event('s3', { seriesId: 's' })],
        removed: ['x'],
        series: ['s'],
      },
      T + 1,
    );
    expect(await current()).toEqual(['a', 's2', 's3', 't1']);
    await applyChanges(store, calendar, { ...EMPTY, removed: ['a', 's2'], series: ['t'] }, T + 2);
    expect(await current()).toEqual(['s3']);
  });

  test('keeps our own id, and writes history when it comes to be known', async () => {
    const own = event('a', { ownId: 'bk_1' });
    await applyChanges(store, calendar, { ...EMPTY, full: true, events: [event('a'), event('b')] }, T);
    for (const now of [T + 1, T + 2]) await applyChanges(store, calendar, { ...EMPTY, events: [own] }, now);
    expect((await rows()).map(({ ownId, validTo }) => [ownId, validTo?.getTime()])).toEqual([
      [null, T + 1],
      ['bk_1', undefined],
      [null, undefined],
    ]);
  });

  test('survives text that PostgreSQL does not take', async () => {
    const odd = event('a\0', { title: 'half \ud83d pair \0' });
    await applyChanges(store, calendar, { ...EMPTY, full: true, events: [odd] }, T);
    await applyChanges(store, calendar, { ...EMPTY, events: [odd] }, T + 1);
    expect((await rows()).map((row) => row.title)).toEqual(['half \ufffd pair ']);
  });

  test('of ten thousand events takes two statements', async () => {
    const events = Array.from({ length: 10_000 }, (_, n) =>
      event(`e${n}`, { start: T + n, end: T + n + HOUR }),
    );
    await applyChanges(store, calendar, { ...EMPTY, full: true, events }, T);
    const moved = events.map((one) => ({ ...one, end: one.end + 1 }));
    await applyChanges(store, calendar, { ...EMPTY, full: true, events: moved }, T + 1);
    expect(await store.event.count({ where: { calendarId: calendar.id, validTo: null } })).toBe(10_000);
    expect(await store.event.count({ where: { calendarId: calendar.id } })).toBe(20_000);
  });
});

test('history goes when nobody may ask for it any more, some at a time', async () => {
  await addCalendars(store, 'org', calendar.id);
  await store.calendarState.create({ data: { calendarId: calendar.id, organisationId: 'org', version: 1n } });
  const events = ['a', 'b', 'c'].map((id) => event(id));
  await applyChanges(store, calendar, { ...EMPTY, full: true, events }, T);
  await applyChanges(store, calendar, { ...EMPTY, removed: ['a', 'b'] }, T + 1);
  await applyChanges(store, calendar, { ...EMPTY, removed: ['c'] }, T + 9);
  expect(await pruneEvents(store, T + 5, 1)).toBe(1);
  expect(await pruneEvents(store, T + 5, 10)).toBe(1);
  expect((await rows()).map((row) => row.externalId)).toEqual(['c']);
});
