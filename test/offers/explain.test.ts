import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginSelection } from '../../src/store/calendars/calendars.ts';
import { recordFreshness } from '../../src/store/calendars/freshness-history.ts';
import { DAY, HOUR, MINUTE } from '../../src/time/clock.ts';
import { openRecords, RETENTION, type Records } from './records.fixture.ts';
import { at, NOW } from './world.fixture.ts';

let records: Records;
beforeAll(async () => {
  records = await openRecords();
});
afterAll(() => records?.close());

/** What happened when: minutes before now. */
const ago = (minutes: number) => NOW - minutes * MINUTE;
const LONG_AGO = NOW - 2 * DAY;
let count = 0;

/** A host with one calendar that is read every five minutes, as far as anybody noted. */
async function connected() {
  const host = await records.addHost(`Ada${++count}`, LONG_AGO);
  const calendar = await records.addCalendar(host, LONG_AGO);
  await records.read(calendar, [], LONG_AGO + MINUTE);
  await records.read(calendar, [], NOW);
  return { host, calendar };
}

const codes = async (...asked: Parameters<Records['explain']>) => {
  const { bookable, reasons } = await records.explain(...asked);
  expect(bookable).toBe(reasons.some(({ code }) => code === 'OFFERED'));
  return reasons.map(({ code }) => code);
};

describe('an earlier instant', () => {
  it('has the events of then', async () => {
    const { host, calendar } = await connected();
    const type = await records.addType([host], {}, LONG_AGO);
    await records.read(calendar, [{ id: 'e', start: at(10), end: at(10, 30) }], ago(60));
    await records.read(calendar, [], ago(30));
    expect(await codes(type, at(10), ago(61))).toEqual(['OFFERED']);
    expect(await codes(type, at(10), ago(60))).toEqual(['BUSY']);
    expect(await codes(type, at(10), ago(31))).toEqual(['BUSY']);
    expect(await codes(type, at(10), ago(30))).toEqual(['OFFERED']);
    await records.read(calendar, [], NOW);
    expect(await codes(type, at(10))).toEqual(['OFFERED']);
    const { reasons } = await records.explain(type, at(10), ago(45));
    expect(reasons).toEqual([
      {
        code: 'BUSY',
        message: `Ada${count} is busy: 10:00 to 10:30 on Friday 20 November 2026 (UTC).`,
        host,
        calendar,
        from: at(10),
        to: at(10, 30),
      },
    ]);
  });

  it('has the rules, hours and hosts of then', async () => {
    const { host } = await connected();
    const other = await records.addHost('Bob', LONG_AGO);
    const type = await records.addType([host], { minimumNotice: 3 * HOUR }, LONG_AGO);
    await records.changeType(type, [host], {}, ago(60));
    await records.setHours(host, { overrides: [{ date: '2026-11-20', ranges: [] }] }, ago(40));
    await records.changeType(type, [other], { length: 30 * MINUTE }, ago(20));
    expect(await codes(type, at(9), ago(61))).toEqual(['NOTICE']);
    expect(await codes(type, at(9), ago(60))).toEqual(['OFFERED']);
    expect(await codes(type, at(9), ago(40))).toEqual(['OUTSIDE_HOURS']);
    expect(await codes(type, at(9), ago(20))).toEqual(['OFFERED']);
    expect((await records.explain(type, at(9), ago(20))).reasons[0]?.message).toContain('Bob');
  });

  it('has the calendars that were selected then', async () => {
    const { host, calendar } = await connected();
    const type = await records.addType([host], {}, LONG_AGO);
    await records.read(calendar, [{ id: 'e', start: at(10), end: at(11) }], ago(60));
    await records.deselect(calendar, ago(30));
    expect(await codes(type, at(10), ago(31))).toEqual(['BUSY']);
    expect(await codes(type, at(10), ago(30))).toEqual(['OFFERED']);
    expect(await codes(type, at(10))).toEqual(['OFFERED']);
  });

  it('has the holds and bookings of then', async () => {
    const { host } = await connected();
    const type = await records.addType([host], {}, LONG_AGO);
    await records.take(
      { host, eventType: type, owner: 'hold_a', start: at(10), expiresAt: ago(55) },
      ago(60),
    );
    await records.take({ host, eventType: type, owner: 'bkg_a', start: at(10) }, ago(40));
    await records.release('bkg_a', ago(20));
    expect(await codes(type, at(10), ago(60))).toEqual(['HELD']);
    expect(await codes(type, at(10), ago(55) - 1)).toEqual(['HELD']);
    expect(await codes(type, at(10), ago(55))).toEqual(['OFFERED']);
    expect(await codes(type, at(10), ago(40))).toEqual(['BOOKED']);
    expect(await codes(type, at(10), ago(20))).toEqual(['OFFERED']);
    expect((await records.explain(type, at(10), ago(30))).reasons).toMatchObject([
      { code: 'BOOKED', host, calendar: null, from: at(10), to: at(11) },
    ]);
  });

  it('does not see a booking twice when its event was read back, nor where it was moved from', async () => {
    const { host, calendar } = await connected();
    const type = await records.addType([host], {}, LONG_AGO);
    const owner = `bkg_own${count}`;
    await records.take({ host, eventType: type, owner, start: at(10) }, ago(60));
    await records.store.booking.create({
      data: {
        ...{ id: owner, organisationId: 'org_1', eventTypeId: type, holdId: owner, status: 'CONFIRMED' },
        ...{ startsAt: new Date(at(10)), endsAt: new Date(at(11)), hosts: [host], title: 'Talk' },
        ...{ attendeeName: 'Vi', attendeeEmail: 'vi@example.com', attendeeTimeZone: 'UTC' },
        ...{ createdAt: new Date(ago(60)), updatedAt: new Date(ago(60)) },
      },
    });
    await records.store.bookingWrite.create({
      data: {
        id: `bkw_${count}`,
        organisationId: 'org_1',
        bookingId: owner,
        hostId: host,
        calendarId: calendar,
        accountId: 'acc',
        provider: 'google',
        ownId: `own${count}`,
        wanted: 'present',
        revision: 1,
        status: 'WRITTEN',
      },
    });
    const event = (hour: number) => [{ id: 'x', start: at(hour), end: at(hour + 1), ownId: `own${count}` }];
    await records.read(calendar, event(10), ago(50));
    await records.release(owner, ago(40));
    await records.take({ host, eventType: type, owner, start: at(14) }, ago(40));
    await records.read(calendar, event(14), ago(30));
    await records.read(calendar, event(15), ago(10));
    expect(await codes(type, at(10), ago(45))).toEqual(['BOOKED']);
    expect(await codes(type, at(10), ago(35))).toEqual(['OFFERED']);
    expect(await codes(type, at(14), ago(25))).toEqual(['BOOKED']);
    // Moved by its host, and not yet followed: that is busy time.
    expect(await codes(type, at(15), ago(5))).toEqual(['BUSY']);
  });

  it('is refused when it is to come, or no longer kept, or before the event type', async () => {
    const { host } = await connected();
    const type = await records.addType([host], {}, NOW - DAY);
    const refused = (asOf: number) =>
      expect(records.explain(type, at(10), asOf)).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        details: { field: 'asOf' },
      });
    await refused(NOW + 1);
    await refused(NOW - RETENTION - 1);
    await refused(NOW - DAY - 1);
    expect(await codes(type, at(10), NOW - DAY)).toEqual(['OFFERED']);
    expect(await codes(type, at(10), NOW)).toEqual(['OFFERED']);
  });
});

describe('the freshness of then', () => {
  it('is never read, fresh, broken and healed by turns', async () => {
    const host = await records.addHost(`Ada${++count}`, LONG_AGO);
    const calendar = await records.addCalendar(host, ago(200));
    const type = await records.addType([host], {}, LONG_AGO);
    await records.read(calendar, [], ago(180));
    for (const minutes of [175, 170, 165]) await records.read(calendar, [], ago(minutes));
    await records.fail(calendar, 'unreachable', ago(160));
    await records.fail(calendar, 'unreachable', ago(140));
    await records.read(calendar, [], ago(100));
    await records.fail(calendar, 'auth-revoked', ago(80));
    await records.read(calendar, [], ago(60));
    await records.read(calendar, [], NOW);
    expect(await codes(type, at(10), ago(190))).toEqual(['SOURCE_NEVER_SYNCED']);
    expect(await codes(type, at(10), ago(180))).toEqual(['OFFERED']);
    expect(await codes(type, at(10), ago(161))).toEqual(['OFFERED']);
    // Not yet older than the event type allows.
    expect(await codes(type, at(10), ago(155))).toEqual(['OFFERED']);
    expect(await codes(type, at(10), ago(145))).toEqual(['SOURCE_STALE']);
    expect(await codes(type, at(10), ago(100))).toEqual(['OFFERED']);
    expect(await codes(type, at(10), ago(79))).toEqual(['SOURCE_STALE']);
    expect(await codes(type, at(10), ago(30))).toEqual(['OFFERED']);
    const rows = await records.store.calendarStanding.count({ where: { calendarId: calendar } });
    expect(rows).toBe(5);
  });

  it('was stale while nobody read it, known once somebody did', async () => {
    const { host, calendar } = await connected();
    const type = await records.addType([host], {}, LONG_AGO);
    await records.read(calendar, [], ago(120));
    await records.read(calendar, [], ago(30), true);
    expect(await codes(type, at(10), ago(121))).toEqual(['OFFERED']);
    expect(await codes(type, at(10), ago(106))).toEqual(['OFFERED']);
    expect(await codes(type, at(10), ago(104))).toEqual(['SOURCE_STALE']);
    expect(await codes(type, at(10), ago(30))).toEqual(['OFFERED']);
    // Nobody has read it since: the same is true of the present gap.
    expect(await codes(type, at(10), ago(16))).toEqual(['OFFERED']);
    expect(await codes(type, at(10), ago(14))).toEqual(['SOURCE_STALE']);
  });

  it('begins anew when a calendar was selected again', async () => {
    const { host, calendar } = await connected();
    const type = await records.addType([host], {}, LONG_AGO);
    await records.deselect(calendar, ago(60));
    const row = await records.store.calendar.findUniqueOrThrow({ where: { id: calendar } });
    await beginSelection(records.store, row, ago(40), null);
    await recordFreshness(records.store, [calendar], ago(40));
    await records.read(calendar, [], ago(20));
    expect(await codes(type, at(10), ago(61))).toEqual(['OFFERED']);
    expect(await codes(type, at(10), ago(30))).toEqual(['SOURCE_NEVER_SYNCED']);
    expect(await codes(type, at(10), ago(19))).toEqual(['OFFERED']);
  });
});

describe('the present', () => {
  it('of an event type that is not there, or of another organisation, is NOT_FOUND', async () => {
    await expect(records.explain('et_none', at(10))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { host } = await connected();
    const type = await records.addType([host], {}, LONG_AGO);
    await records.store.eventTypeRules.updateMany({
      where: { eventTypeId: type },
      data: { organisationId: 'org_2' },
    });
    await records.store.eventType.update({
      where: { id: type },
      data: { organisationId: 'org_2', version: 99_999 },
    });
    await expect(records.explain(type, at(10))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(records.explain(type, at(10), ago(5))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
