/** Titles of events, over a real database: stored while a feed shows them, blanked when none does any more. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createUnshownTitles } from '../../src/feeds/titles.ts';
import { createLog } from '../../src/log.ts';
import type { RemoteEvent } from '../../src/providers/port.ts';
import { applyChanges, type ChangeSet } from '../../src/store/calendars/events.ts';
import { readPullDuties } from '../../src/store/calendars/pull-duties.ts';
import { loadPullTarget } from '../../src/store/calendars/states.ts';
import { blankTitles, withShownTitles } from '../../src/store/calendars/titles.ts';
import { closeStore, createStore, type Store, type Tx } from '../../src/store/client.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';
import { addCalendars } from '../store/parents.fixture.ts';

const NOW = Date.UTC(2026, 10, 23);
const CALENDAR = { id: 'cal', organisationId: 'org' };
const HOST = 'host-of-org';

let database: FreshDatabase;
let store: Store;
beforeEach(async () => {
  database = await freshDatabase();
  store = createStore(database.url, { max: 4 });
  await addCalendars(store, 'org', 'cal');
  await store.calendar.update({ where: { id: 'cal' }, data: { selected: true } });
  await store.calendarState.create({
    data: { calendarId: 'cal', organisationId: 'org', version: 1n, zoneData: '2099z', cursor: 'one' },
  });
});
afterEach(async () => {
  await closeStore(store);
  await database.drop();
});

const event = (externalId: string, title: string): RemoteEvent => ({
  ...{ externalId, title, seriesId: null, kind: 'BUSY', allDay: false, ownId: null },
  ...{ start: NOW, end: NOW + 3_600_000 },
});
/** As a pull reads it that holds the lock of the calendar's state. */
async function titleState(tx: Tx) {
  const pull = { calendarId: 'cal', startedAt: NOW };
  const duties = await readPullDuties(tx, pull, { account: 'account', recovered: false }, NOW);
  return duties?.titles ?? expect.fail('the calendar is gone');
}
/** A pull's commit, as far as titles go. */
const pulled = (full: boolean, events: RemoteEvent[], now = NOW) =>
  store.$transaction(async (tx) => {
    await tx.$queryRaw`select 1 from calendar_state where calendar_id = 'cal' for update`;
    const changes: ChangeSet = { full, events, removed: [], series: [], kept: [] };
    await applyChanges(tx, CALENDAR, await withShownTitles(tx, 'cal', changes, await titleState(tx)), now);
  });
const titles = async () => (await store.event.findMany({ orderBy: { id: 'asc' } })).map(({ title }) => title);
const feed = (id: string, withTitles = true) =>
  store.feed.create({
    data: {
      ...{ id, organisationId: 'org', hostId: HOST, titles: withTitles, secret: 's', secretHash: id },
      ...{ uidKey: 'u', createdAt: new Date(NOW) },
    },
  });
const lacksTitles = async () => (await loadPullTarget(store, 'cal', NOW))?.lacksTitles;
const unshown = () => createUnshownTitles({ store, log: createLog('silent') });

describe('titles of events', () => {
  it('are not stored without a feed that shows them, whatever the provider tells', async () => {
    await feed('plain', false);
    await pulled(true, [event('a', 'Dentist')]);
    await pulled(false, [event('b', 'Interview at Acme')]);
    expect(await titles()).toEqual([null, null]);
    expect(await lacksTitles()).toBe(false);
  });

  it('are stored from the first full read on that follows a feed with titles, which the next pull is', async () => {
    await pulled(true, [event('a', 'Dentist')]);
    await feed('titled');
    expect(await lacksTitles()).toBe(true);
    // A pull that had begun before is not full, and would have some of the titles alone.
    await pulled(false, [event('b', 'Review')], NOW + 1);
    expect(await titles()).toEqual([null, null]);
    expect(await lacksTitles()).toBe(true);
    await pulled(true, [event('a', 'Dentist'), event('b', 'Review')], NOW + 2);
    expect((await titles()).filter(Boolean).sort()).toEqual(['Dentist', 'Review']);
    expect(await lacksTitles()).toBe(false);
    await pulled(false, [event('c', 'Lunch')], NOW + 3);
    expect(await titles()).toContain('Lunch');
  });

  it('are blanked by the sweep once the last feed with titles has ended, those of past versions too', async () => {
    await feed('one');
    await feed('two');
    await pulled(true, [event('a', 'Dentist')]);
    await pulled(false, [event('a', 'Surgeon')], NOW + 1);
    const { sweep } = unshown();
    await store.feed.delete({ where: { id: 'one' } });
    await sweep(NOW);
    expect(await titles()).toEqual(['Dentist', 'Surgeon']);
    await store.feed.delete({ where: { id: 'two' } });
    await sweep(NOW + 60_000);
    expect(await titles()).toEqual([null, null]);
    // A feed that is made now is the first one again.
    await feed('three');
    expect(await lacksTitles()).toBe(true);
  });

  it('of many events are blanked some thousands at a time, and the next pass goes on', async () => {
    await store.$executeRaw`
      insert into event (organisation_id, calendar_id, external_id, kind, starts_at, ends_at, title, valid_from)
      select 'org', 'cal', n::text, 'BUSY', now(), now(), 'Secret', now() from generate_series(1, 12000) n`;
    // What an earlier version stored.
    await store.calendarState.update({ where: { calendarId: 'cal' }, data: { titles: true } });
    const left = () => store.event.count({ where: { title: { not: null } } });
    expect(await blankTitles(store, 'cal', 1)).toBe(1);
    expect(await left()).toBe(7_000);
    await unshown().sweep(NOW);
    expect(await left()).toBe(0);
  });

  it('of a pull that commits while the last feed ends are blanked after it', async () => {
    await feed('one');
    await pulled(true, [event('a', 'Dentist')]);
    let blanking: Promise<unknown> = Promise.resolve();
    await store.$transaction(async (tx) => {
      await tx.$queryRaw`select 1 from calendar_state where calendar_id = 'cal' for update`;
      const changes = { full: false, events: [event('b', 'Review')], removed: [], series: [], kept: [] };
      const shown = await withShownTitles(tx, 'cal', changes, await titleState(tx));
      await store.feed.delete({ where: { id: 'one' } });
      blanking = unshown().blankOfHost(HOST);
      await applyChanges(tx, CALENDAR, shown, NOW + 1);
    });
    await blanking;
    expect(await titles()).toEqual([null, null]);
  });
});
