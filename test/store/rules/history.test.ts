import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshnessAt } from '../../../src/store/calendars/freshness-history.ts';
import {
  eventTypeOfferAt,
  hostOffersAt,
  nativeTimesAt,
  pruneHistory,
} from '../../../src/store/rules/history.ts';
import { DAY } from '../../../src/time/clock.ts';
import { openRecords, type Records } from '../../offers/records.fixture.ts';
import { at, NOW } from '../../offers/world.fixture.ts';

let records: Records;
beforeAll(async () => {
  records = await openRecords();
});
afterAll(() => records?.close());

const days = (count: number) => NOW + count * DAY;

describe('history', () => {
  it('keeps what is current and what was in force at its edge, and loses what ended before', async () => {
    const host = await records.addHost('Ada', days(0));
    const other = await records.addHost('Bob', days(0));
    const calendar = await records.addCalendar(host, days(0));
    const type = await records.addType([host], {}, days(0));
    for (const day of [1, 2, 3, 4]) {
      await records.changeType(type, [host], { seats: day }, days(day));
      await records.setHours(host, { timeZone: day === 3 ? 'Europe/Berlin' : 'UTC' }, days(day));
      await records.fail(calendar, day % 2 === 1 ? 'unreachable' : 'partial', days(day));
      const taken = { host, eventType: type, owner: `bkg_${day}`, start: at(9, 0, 10 + day) };
      await records.take(taken, days(day));
      await records.release(`bkg_${day}`, days(day) + 1);
    }
    await records.take({ host: other, eventType: type, owner: 'bkg_9', start: at(9, 0, 20) }, days(0));
    await records.deselect(calendar, days(2));

    const edge = days(3) + 1;
    const { store } = records;
    const counts = async () => [
      await store.eventTypeRules.count({ where: { eventTypeId: type } }),
      await store.hostHours.count({ where: { hostId: { in: [host, other] } } }),
      await store.calendarSelection.count({ where: { calendarId: calendar } }),
      await store.calendarStanding.count({ where: { calendarId: calendar } }),
      await store.nativeTime.count({ where: { hostId: { in: [host, other] } } }),
    ];
    expect(await counts()).toEqual([5, 6, 1, 4, 5]);
    await pruneHistory(store, edge, 100);
    expect(await counts()).toEqual([2, 3, 0, 2, 3]);

    expect((await eventTypeOfferAt(store, type, edge))?.rules.seats).toBe(3);
    expect((await eventTypeOfferAt(store, type, days(5)))?.rules.seats).toBe(4);
    const [then] = await hostOffersAt(store, [host], edge);
    expect(then).toMatchObject({ hours: { timeZone: 'Europe/Berlin' }, calendars: [] });
    expect((await freshnessAt(store, [calendar], edge)).get(calendar)).toMatchObject({
      trouble: 'unreachable',
    });
    expect((await nativeTimesAt(store, [other], edge)).get(other)).toHaveLength(1);
  });

  it('loses a bounded number of rows at a time', async () => {
    await pruneHistory(records.store, days(9), 1_000);
    const host = await records.addHost('Eve', days(0));
    for (const day of [1, 2, 3]) await records.setHours(host, {}, days(day));
    const count = () => records.store.hostHours.count({ where: { hostId: host } });
    await pruneHistory(records.store, days(9), 2);
    expect(await count()).toBe(2);
    await pruneHistory(records.store, days(9), 2);
    expect(await count()).toBe(1);
  });

  it('knows nothing of hosts and event types from before they were made', async () => {
    const host = await records.addHost('Fay', days(2));
    const type = await records.addType([host], {}, days(2));
    expect(await eventTypeOfferAt(records.store, type, days(2) - 1)).toBeNull();
    expect(await hostOffersAt(records.store, [host], days(2) - 1)).toEqual([]);
    expect(await hostOffersAt(records.store, [host], days(2))).toHaveLength(1);
  });
});
