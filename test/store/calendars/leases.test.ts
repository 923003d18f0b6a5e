import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { releaseLease, renewLease, takeLease } from '../../../src/store/calendars/leases.ts';
import { markDirty } from '../../../src/store/calendars/states.ts';
import { closeStore, createStore, type Store } from '../../../src/store/client.ts';
import { type FreshDatabase, freshDatabase } from '../../harness/postgres.ts';
import { addCalendars } from '../parents.fixture.ts';

const T = Date.UTC(2026, 10, 20);
const TTL = 30_000;
let database: FreshDatabase;
let store: Store;
let id: string;
let count = 0;

beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url);
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});
beforeEach(async () => {
  id = `cal_${++count}`;
  await addCalendars(store, 'org', id);
  await store.calendarState.create({
    data: { calendarId: id, organisationId: 'org', version: 1n, cursor: 'c' },
  });
});

const state = () => store.calendarState.findUniqueOrThrow({ where: { calendarId: id } });

test('of many who ask at once, one gets the lease', async () => {
  const taken = await Promise.all(Array.from({ length: 8 }, () => takeLease(store, id, T, TTL)));
  expect(taken.filter(Boolean)).toHaveLength(1);
  expect(taken.find(Boolean)).toMatchObject({
    calendarId: id,
    startedAt: T,
    cursor: 'c',
    dirty: false,
    failures: 0,
  });
  expect(await takeLease(store, 'unknown', T, TTL)).toBeNull();
});

test('a lease that runs out is taken by another, and lost by the first', async () => {
  const first = await takeLease(store, id, T, TTL);
  if (!first) throw new Error('no lease');
  expect(await renewLease(store, first, T + 10_000, TTL)).toBe(true);
  expect(await takeLease(store, id, T + TTL + 1, TTL)).toBeNull();
  const second = await takeLease(store, id, T + 10_001 + TTL, TTL);
  expect(second?.id).not.toBe(first.id);
  expect(await renewLease(store, first, T + 41_000, TTL)).toBe(false);
  await releaseLease(store, first, T);
  expect((await state()).leaseId).toBe(second?.id);
});

test('a lease is not taken when the pull that was seen has ended since, for it may have served', async () => {
  const first = await takeLease(store, id, T, TTL);
  if (!first) throw new Error('no lease');
  await releaseLease(store, first, T);
  expect(await takeLease(store, id, T, TTL, first.id)).toBeNull();
  const second = await takeLease(store, id, T, TTL, null);
  if (!second) throw new Error('no lease');
  // One that ran out has not ended: its worker is gone.
  expect(await takeLease(store, id, T + TTL + 1, TTL, second.id)).not.toBeNull();
});

test('a lease given back leaves the calendar due, for anyone', async () => {
  const first = await takeLease(store, id, T, TTL);
  if (!first) throw new Error('no lease');
  await releaseLease(store, first, T + 7);
  expect(await state()).toMatchObject({ leaseId: null, dueAt: new Date(T + 7) });
  expect(await takeLease(store, id, T, TTL)).not.toBeNull();
});

test('a calendar is dirty since the first thing that its running pull may have missed', async () => {
  await markDirty(store, [id], T);
  await markDirty(store, [id], T + 1);
  expect(await state()).toMatchObject({ dirtySince: new Date(T), dueAt: new Date(T + 5_000) });
  expect((await takeLease(store, id, T + 2, TTL))?.dirty).toBe(true);
  await markDirty(store, [id], T + 3);
  await markDirty(store, [id], T + 4);
  expect((await state()).dirtySince).toEqual(new Date(T + 3));
});

test('a mark made while a pull runs counts as later than its start, whatever the clock of the process that makes it says', async () => {
  await takeLease(store, id, T, TTL);
  await markDirty(store, [id], T - 700);
  const { dirtyPull, startedPull } = await state();
  expect(Number(dirtyPull)).toBeGreaterThan(Number(startedPull));
});

test('a calendar that fails stays put off, however dirty it gets', async () => {
  await store.calendarState.update({
    where: { calendarId: id },
    data: { failures: 3, dueAt: new Date(T + 60_000) },
  });
  await markDirty(store, [id], T);
  expect(await state()).toMatchObject({ dirtySince: new Date(T), dueAt: new Date(T + 60_000) });
});
