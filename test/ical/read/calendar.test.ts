import { describe, expect, it } from 'vitest';
import { type ReadOptions, readCalendar } from '../../../src/ical/read/calendar.ts';
import { DAY, HOUR } from '../../../src/time/clock.ts';
import { calendarOf, event } from '../corpus/index.ts';

const window = { from: Date.UTC(2026, 9, 20), to: Date.UTC(2026, 10, 5) };
const options: ReadOptions = { zone: 'Europe/Berlin', owner: [], window };
const TIMED = 'DTSTART:20261022T090000Z\nDTEND:20261022T100000Z';

const read = (ics: string, more: Partial<ReadOptions> = {}) =>
  readCalendar(calendarOf(ics), { ...options, ...more });
const kinds = (ics: string, more: Partial<ReadOptions> = {}) =>
  read(ics, more).events.map(({ kind }) => kind);
const starts = (text: string) =>
  readCalendar(text, options).events.map(({ start }) => new Date(start).toISOString());

describe('an event', () => {
  it('is reported whole', () => {
    expect(read(event(`${TIMED}\nSUMMARY:Lunch\\, and\\nmore \\\\`))).toEqual({
      events: [
        {
          uid: 'a',
          recurrenceId: null,
          start: Date.UTC(2026, 9, 22, 9),
          end: Date.UTC(2026, 9, 22, 10),
          allDay: false,
          kind: 'BUSY',
          title: 'Lunch, and more \\',
        },
      ],
      partial: false,
      held: false,
      calendar: { name: null, zone: null, refresh: null },
    });
  });

  it('of a series keeps the time that it has there, wherever it was moved', () => {
    const { events } = read(
      `${event(`${TIMED}\nRRULE:FREQ=DAILY;COUNT=2`)}\n${event('RECURRENCE-ID:20261023T090000Z\nDTSTART:20261024T150000Z\nDURATION:PT1H')}`,
    );
    expect(events.map(({ recurrenceId, start }) => [recurrenceId, start])).toEqual([
      [Date.UTC(2026, 9, 22, 9), Date.UTC(2026, 9, 22, 9)],
      [Date.UTC(2026, 9, 23, 9), Date.UTC(2026, 9, 24, 15)],
    ]);
  });

  it('of whole days says so', () => {
    const { events } = read(event('DTSTART;VALUE=DATE:20261022'));
    expect(events).toMatchObject([
      { allDay: true, start: Date.UTC(2026, 9, 21, 22), end: Date.UTC(2026, 9, 22, 22) },
    ]);
  });

  it('without a UID has one that stays the same', () => {
    const nameless = `BEGIN:VEVENT\n${TIMED}\nEND:VEVENT`;
    const other = nameless.replace('20261022T090000Z', '20261022T093000Z');
    const uids = (ics: string) => read(ics).events.map(({ uid }) => uid);
    expect(uids(nameless)).toEqual(uids(`BEGIN:VEVENT\nDTSTAMP:20260101T000000Z\n${TIMED}\nEND:VEVENT`));
    expect(new Set(uids(`${nameless}\n${other}`)).size).toBe(2);
  });

  it('with a UID that is too long to keep is still one series with its overrides', () => {
    const uid = 'x'.repeat(3_000);
    const { events } = read(
      `${event(`${TIMED}\nRRULE:FREQ=DAILY;COUNT=2`, uid)}\n${event('RECURRENCE-ID:20261023T090000Z\nSTATUS:CANCELLED', uid)}`,
    );
    expect(events).toHaveLength(1);
    expect(events[0]?.uid.length).toBeLessThan(100);
  });

  it('keeps no control characters', () => {
    const [one] = read(event(`${TIMED}\nSUMMARY:a\u0000b\u0007c\u0085d`, 'a\u0001b')).events;
    expect(one).toMatchObject({ uid: 'ab', title: 'abc d' });
  });
});

describe('what it does to its owner’s time', () => {
  it.each([
    ['', 'BUSY'],
    ['STATUS:CONFIRMED', 'BUSY'],
    ['STATUS:TENTATIVE', 'BUSY_TENTATIVE'],
    ['TRANSP:TRANSPARENT', 'FREE'],
    ['transp:transparent', 'FREE'],
    ['TRANSP:OPAQUE\nTRANSP:TRANSPARENT', 'BUSY'],
    ['X-MICROSOFT-CDO-BUSYSTATUS:OOF', 'BUSY_UNAVAILABLE'],
    ['X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE', 'BUSY_TENTATIVE'],
    ['X-MICROSOFT-CDO-BUSYSTATUS:BUSY', 'BUSY'],
    ['X-MICROSOFT-CDO-BUSYSTATUS:FREE', 'FREE'],
    ['X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE', 'FREE'],
    ['X-MICROSOFT-CDO-BUSYSTATUS:SOMETHING', 'BUSY'],
    ['TRANSP:OPAQUE\nX-MICROSOFT-CDO-BUSYSTATUS:FREE', 'BUSY'],
    ['TRANSP:TRANSPARENT\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY', 'FREE'],
    ['STATUS:TENTATIVE\nX-MICROSOFT-CDO-BUSYSTATUS:OOF', 'BUSY_UNAVAILABLE'],
    ['STATUS:CANCELLED\nSTATUS:CONFIRMED', 'BUSY'],
  ])('%j is %s', (lines, kind) => {
    expect(kinds(event(`${TIMED}\n${lines}`.trim()))).toEqual([kind]);
  });

  it.each([
    ['ATTENDEE;PARTSTAT=DECLINED:MAILTO:ADA@example.com', 'FREE'],
    ['ATTENDEE;PARTSTAT=DECLINED;EMAIL=ada@example.com:/principals/1', 'FREE'],
    ['ATTENDEE;PARTSTAT=DECLINED:mailto:ada%40example.com', 'FREE'],
    ['ATTENDEE;PARTSTAT=DECLINED:mailto:eve@example.com', 'BUSY'],
    ['ATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@example.com', 'BUSY'],
    ['ATTENDEE:mailto:ada@example.com', 'BUSY'],
    ['ATTENDEE;PARTSTAT=DECLINED;CN="broken:mailto:ada@example.com', 'BUSY'],
    ['ATTENDEE:', 'BUSY'],
  ])('%s is %s', (line, kind) => {
    const answer = read(event(`${TIMED}\n${line}`), { owner: ['ada@example.com'] });
    expect(answer.events.map((one) => one.kind)).toEqual([kind]);
    expect(answer.partial).toBe(false);
  });

  it('of VFREEBUSY is its FBTYPE', () => {
    const types = [
      '',
      ';FBTYPE=BUSY',
      ';FBTYPE=BUSY-TENTATIVE',
      ';FBTYPE=BUSY-UNAVAILABLE',
      ';FBTYPE=FREE',
      ';FBTYPE=X',
    ];
    const lines = types.map((type, i) => `FREEBUSY${type}:2026102${i}T090000Z/PT1H`);
    const { events } = read(`BEGIN:VFREEBUSY\nUID:f\n${lines.join('\n')}\nEND:VFREEBUSY`);
    expect(events.sort((a, b) => a.start - b.start).map(({ kind }) => kind)).toEqual([
      'BUSY',
      'BUSY',
      'BUSY_TENTATIVE',
      'BUSY_UNAVAILABLE',
      'FREE',
      'BUSY',
    ]);
  });
});

describe('a calendar', () => {
  it('tells its name, its zone and how often it wants to be read', () => {
    const about = (lines: string) => read(`${lines}\n${event(TIMED)}`).calendar;
    expect(
      about('X-WR-CALNAME:Ada\\, at work\nX-WR-TIMEZONE:Eastern Standard Time\nX-PUBLISHED-TTL:PT6H'),
    ).toEqual({
      name: 'Ada, at work',
      zone: 'America/New_York',
      refresh: 6 * HOUR,
    });
    expect(about('NAME:Ada\nREFRESH-INTERVAL;VALUE=DURATION:P1W\nX-WR-TIMEZONE:Nowhere')).toEqual({
      name: 'Ada',
      zone: null,
      refresh: 7 * DAY,
    });
  });

  it('may be several in one text, each with its own zones', () => {
    const one = (zone: string, uid: string) =>
      calendarOf(`X-WR-TIMEZONE:${zone}\n${event('DTSTART:20261022T090000\nDURATION:PT1H', uid)}`);
    expect(starts(one('Asia/Kolkata', 'a') + one('America/New_York', 'b'))).toEqual([
      '2026-10-22T03:30:00.000Z',
      '2026-10-22T13:00:00.000Z',
    ]);
  });

  it('may be empty of events', () => {
    expect(read('X-WR-CALNAME:Nothing')).toMatchObject({ events: [], partial: false });
  });
});

describe('a zone that a calendar defines', () => {
  const defined = (parts: string) => `BEGIN:VTIMEZONE\nTZID:Ours\n${parts}\nEND:VTIMEZONE`;
  const at = (day: string) => event(`DTSTART;TZID=Ours:${day}T090000\nDURATION:PT1H`);
  const start = (ics: string) => read(ics).events.map((one) => new Date(one.start).toISOString());

  it('may say each change by its date', () => {
    const parts = `BEGIN:STANDARD\nDTSTART:20251026T030000\nRDATE:20261021T030000\nTZOFFSETFROM:+0500\nTZOFFSETTO:+0430\nEND:STANDARD
BEGIN:DAYLIGHT\nDTSTART:20260329T020000\nTZOFFSETFROM:+0430\nTZOFFSETTO:+0500\nEND:DAYLIGHT`;
    expect(start(`${defined(parts)}\n${at('20261020')}`)).toEqual(['2026-10-20T04:00:00.000Z']);
    expect(start(`${defined(parts)}\n${at('20261022')}`)).toEqual(['2026-10-22T04:30:00.000Z']);
  });

  it('may have ended its rules', () => {
    const parts = `BEGIN:STANDARD\nDTSTART:19961027T030000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20201025T010000Z\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD
BEGIN:DAYLIGHT\nDTSTART:19960331T020000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20200329T010000Z\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:DAYLIGHT`;
    expect(start(`${defined(parts)}\n${at('20261022')}`)).toEqual(['2026-10-22T08:00:00.000Z']);
  });

  it('that says nothing is taken for the calendar’s, and the answer says so', () => {
    const answer = read(
      `${defined('BEGIN:STANDARD\nDTSTART:19700101T000000\nEND:STANDARD')}\n${at('20261022')}`,
    );
    const [at9] = answer.events;
    expect(at9?.start).toBeLessThan(Date.UTC(2026, 9, 22, 7));
    expect(at9?.end).toBeGreaterThan(Date.UTC(2026, 9, 22, 8));
    expect(answer).toMatchObject({ partial: true, held: true });
    expect(read(`${at('20200101')}\n${event(TIMED, 'b')}`).partial).toBe(false);
  });

  it('that changes every second is given up', () => {
    const parts =
      'BEGIN:STANDARD\nDTSTART:19700101T000000\nRRULE:FREQ=SECONDLY\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:STANDARD';
    expect(read(`${defined(parts)}\n${at('20261022')}`).partial).toBe(true);
  });
});
