import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '../../../src/ids.ts';
import { accountsByIds, accountsOfHosts } from '../../../src/store/access/accounts.ts';
import {
  calendarsByIds,
  calendarsOfAccounts,
  calendarsOfHosts,
  changeCalendar,
  insertCalendar,
  listStoredCalendars,
} from '../../../src/store/calendars/calendars.ts';
import { closeStore, createStore, type Store } from '../../../src/store/client.ts';
import { pageAfter } from '../../../src/store/lists.ts';
import { type FreshDatabase, freshDatabase } from '../../harness/postgres.ts';
import { addHosts } from '../parents.fixture.ts';

let database: FreshDatabase;
let store: Store;
let calendars: string[];
const OWNER = { organisationId: 'org_one', hostId: 'host_one', provider: 'google', subject: 's' } as const;
const account = newId('Account');

beforeAll(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 3 });
  await addHosts(store, OWNER.organisationId, OWNER.hostId);
  const row = await store.account.create({ data: { id: account, ...OWNER, status: 'CONNECTED' } });
  const remote = { name: 'x', timeZone: null, primary: false, writable: true, watchable: true };
  calendars = [];
  for (const externalId of ['a', 'b', 'c', 'gone']) {
    calendars.push((await insertCalendar(store, row, { ...remote, externalId })).id);
  }
  await changeCalendar(store, calendars[3] ?? '', { removed: true });
});
afterAll(async () => {
  await closeStore(store);
  await database.drop();
});

const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);

it('lists by page, in the order of ids, without those that left', async () => {
  const first = await listStoredCalendars(store, 'org_one').read(pageAfter(2));
  expect(ids(first)).toEqual(calendars.slice(0, 2));
  const ofHost = (host: string) => listStoredCalendars(store, 'org_one', { host });
  expect(ids(await ofHost('host_one').read(pageAfter(2, calendars[1])))).toEqual([calendars[2]]);
  expect(await ofHost('host_two').read(pageAfter(2))).toEqual([]);
  expect(await listStoredCalendars(store, 'org_two').read(pageAfter(2))).toEqual([]);
  expect([await ofHost('host_one').count(), await ofHost('host_two').count()]).toEqual([3, 0]);
});

it('finds those of hosts and accounts', async () => {
  expect(ids(await calendarsOfHosts(store, ['host_one', 'host_two']))).toEqual(calendars.slice(0, 3));
  expect(ids(await calendarsOfAccounts(store, [account]))).toEqual(calendars.slice(0, 3));
  expect(ids(await accountsOfHosts(store, ['host_one']))).toEqual([account]);
});

it('finds by id what its organisation owns, and nothing else', async () => {
  expect(ids(await calendarsByIds(store, 'org_one', calendars))).toHaveLength(4);
  expect(await calendarsByIds(store, 'org_two', calendars)).toEqual([]);
  expect(ids(await accountsByIds(store, 'org_one', [account]))).toEqual([account]);
  expect(await accountsByIds(store, 'org_two', [account])).toEqual([]);
});

it('gives each calendar a state of its own version', async () => {
  const states = await store.calendarState.findMany({ where: { calendarId: { in: calendars } } });
  expect(new Set(states.map(({ version }) => version)).size).toBe(4);
  expect(states.every(({ basis, dueAt }) => basis === 'NEVER' && dueAt === null)).toBe(true);
});
