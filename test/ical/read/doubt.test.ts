/** What a read takes for an event that it understands in part, and when it says that time may be taken anywhere. */
import { describe, expect, it } from 'vitest';
import { type ReadOptions, readCalendar } from '../../../src/ical/read/calendar.ts';
import { DAY, HOUR } from '../../../src/time/clock.ts';
import { calendarOf, event } from '../corpus/index.ts';

const window = { from: Date.UTC(2026, 9, 1), to: Date.UTC(2027, 3, 1) };
const options: ReadOptions = { zone: 'Europe/Berlin', owner: ['ada@example.com'], window };
const read = (ics: string) => readCalendar(calendarOf(ics), options);

/** What is reported of a calendar: nothing, that all time in doubt is busy, or that time may be taken anywhere. */
function received(ics: string): 'nothing' | 'held' | 'anywhere' {
  const { partial, held } = read(ics);
  return partial ? (held ? 'held' : 'anywhere') : 'nothing';
}

const busy = (ics: string) =>
  read(ics)
    .events.filter(({ kind, start, end }) => kind !== 'FREE' && start < end)
    .map(({ start, end, kind }) => ({ start, end, kind }));
const UNKNOWN = 'DTSTART;TZID=Works:20270104T100000\nDURATION:PT1H';

describe('an event in a zone that nobody knows', () => {
  it('takes the time that it may be in any zone, and no more than a day or so around the guess', () => {
    expect(received(event(UNKNOWN))).toBe('held');
    const [one, ...others] = busy(event(UNKNOWN));
    expect(others).toEqual([]);
    // Ten o'clock is first in Kiritimati, last on Baker Island.
    expect(one?.start).toBeLessThanOrEqual(Date.UTC(2027, 0, 3, 20));
    expect(one?.end).toBeGreaterThanOrEqual(Date.UTC(2027, 0, 4, 23));
    expect(one?.start).toBeGreaterThan(Date.UTC(2027, 0, 3));
    expect(one?.end).toBeLessThan(Date.UTC(2027, 0, 6));
    expect(one?.kind).toBe('BUSY');
  });

  it('takes it for each of its occurrences', () => {
    const taken = busy(event(`${UNKNOWN}\nRRULE:FREQ=WEEKLY;COUNT=3`));
    const first = Date.UTC(2027, 0, 4, 9);
    expect(taken).toHaveLength(3);
    for (const [week, { start, end }] of taken.entries()) {
      expect(start).toBe(first + week * 7 * DAY - 26 * HOUR);
      expect(end).toBe(first + week * 7 * DAY + 27 * HOUR);
    }
  });

  it('loses no occurrence to an UNTIL that is near, or to an exception whose zone is another guess', () => {
    expect(busy(event(`${UNKNOWN}\nRRULE:FREQ=DAILY;UNTIL=20270105T000000Z`))).toHaveLength(2);
    const known = 'DTSTART;TZID=Europe/Berlin:20270104T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2';
    expect(busy(event(`${known}\nEXDATE;TZID=Works:20270104T100000`))).toHaveLength(2);
    expect(
      busy(event(`${UNKNOWN}\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE;TZID=Works:20270104T100000`)),
    ).toHaveLength(1);
  });

  it('takes more at its end alone, when its start is known', () => {
    const ics = event('DTSTART:20270104T100000Z\nDTEND;TZID=Works:20270104T110000');
    const [one] = busy(ics);
    expect(received(ics)).toBe('held');
    expect(one?.start).toBe(Date.UTC(2027, 0, 4, 10));
    expect(one?.end).toBeGreaterThanOrEqual(Date.UTC(2027, 0, 4, 23));
    expect(one?.end).toBeLessThan(Date.UTC(2027, 0, 6));
  });

  it('tells nothing when it takes no time, or is over', () => {
    expect(received(event(`${UNKNOWN}\nTRANSP:TRANSPARENT`))).toBe('nothing');
    expect(received(event(`${UNKNOWN}\nSTATUS:CANCELLED`))).toBe('nothing');
    expect(received(event(UNKNOWN.replace('2027', '2025')))).toBe('nothing');
    expect(received(event(`${UNKNOWN.replace('2027', '2025')}\nRRULE:FREQ=DAILY;COUNT=9`))).toBe('nothing');
    expect(received(event('DTSTART;TZID=Works:20270104T100000'))).toBe('nothing');
  });

  it('takes it as free-busy time too', () => {
    const freeBusy = (type: string) =>
      `BEGIN:VFREEBUSY\nUID:f\nFREEBUSY;TZID=Works${type}:20270104T100000/PT1H\nEND:VFREEBUSY`;
    expect(received(freeBusy(''))).toBe('held');
    expect(busy(freeBusy(''))).toMatchObject([
      { start: Date.UTC(2027, 0, 4, 9) - 26 * HOUR, end: Date.UTC(2027, 0, 4, 10) + 26 * HOUR },
    ]);
    expect(received(freeBusy(';FBTYPE=FREE'))).toBe('nothing');
  });
});

describe('an event of which a time can’t be read', () => {
  it.each([
    ['the end', 'DTSTART:20270104T100000Z\nDTEND:late', Date.UTC(2027, 0, 4, 10), Date.UTC(2027, 0, 5, 10)],
    [
      'the length',
      'DTSTART:20270104T100000Z\nDURATION:long',
      Date.UTC(2027, 0, 4, 10),
      Date.UTC(2027, 0, 5, 10),
    ],
    [
      'a line of the end',
      'DTSTART:20270104T100000Z\nDTEND;X=":late',
      Date.UTC(2027, 0, 4, 10),
      Date.UTC(2027, 0, 5, 10),
    ],
    ['the start', 'DTSTART:soon\nDTEND:20270104T100000Z', Date.UTC(2027, 0, 3, 10), Date.UTC(2027, 0, 4, 10)],
    [
      'a line of the start',
      'DTSTART;X=":soon\nDTEND:20270104T100000Z',
      Date.UTC(2027, 0, 3, 10),
      Date.UTC(2027, 0, 4, 10),
    ],
  ])('takes a day beside the other: %s', (_, lines, start, end) => {
    expect(received(event(lines))).toBe('held');
    expect(busy(event(lines))).toEqual([{ start, end, kind: 'BUSY' }]);
  });

  it('takes a day around the instance that it replaces', () => {
    const series = event('DTSTART:20270104T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2');
    const moved = `${series}\n${event('RECURRENCE-ID:20270111T100000Z\nDTSTART:later')}`;
    expect(received(moved)).toBe('held');
    expect(busy(moved)[0]).toMatchObject({
      start: Date.UTC(2027, 0, 11, 10) - 26 * HOUR,
      end: Date.UTC(2027, 0, 11, 10) + 26 * HOUR,
    });
  });

  it.each([
    ['all of them', 'DTSTART:soon'],
    ['all of them, with a length', 'DTSTART:soon\nDURATION:PT1H'],
    ['the start of a series', 'DTSTART:soon\nDTEND:20270104T100000Z\nRRULE:FREQ=DAILY'],
    ['the rule', 'DTSTART:20200104T100000Z\nDURATION:PT1H\nRRULE:FREQ=SOMETIMES'],
    ['a part of the rule', 'DTSTART:20200104T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=XX'],
    ['an added date', 'DTSTART:20200104T100000Z\nDURATION:PT1H\nRDATE:20270110T100000Z,soon'],
    ['a line of the rule', `DTSTART:20200104T100000Z\nDURATION:PT1H\nRRULE;X=":FREQ=DAILY`],
  ])('may lie anywhere, and the answer says so: %s', (_, lines) => {
    expect(received(event(lines))).toBe('anywhere');
    expect(received(event(`${lines}\nTRANSP:TRANSPARENT`))).toBe('nothing');
    expect(received(event(`${lines}\nSTATUS:CANCELLED`))).toBe('nothing');
    expect(received(event(`${lines}\nATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.com`))).toBe('nothing');
  });

  it.each([
    ['by its year', 'DTSTART:20190230T100000Z'],
    ['by its end', 'DTSTART:soon\nDTEND:20190102T100000Z'],
    ['by the end of its rule', 'DTSTART:20190102T100000Z\nRRULE:FREQ=SOMETIMES;UNTIL=20190601T000000Z'],
    ['by the ends of both', 'DTSTART:20190230T100000Z\nRRULE:FREQ=DAILY;UNTIL=20190601T000000Z'],
    ['by the year of an added date', 'DTSTART:20190102T100000Z\nRDATE:20190230T100000Z'],
  ])('tells nothing once it is over: %s', (_, lines) => {
    expect(received(event(lines))).toBe('nothing');
    expect(received(event(lines.replaceAll('2019', '2027')))).not.toBe('nothing');
  });

  it('tells nothing before it begins', () => {
    expect(received(event('DTSTART:20280102T100000Z\nRRULE:FREQ=SOMETIMES'))).toBe('nothing');
  });
});

describe('what is reported of a whole calendar', () => {
  it('is the worst of its events', () => {
    expect(received(`${event(UNKNOWN)}\n${event('DTSTART:soon', 'b')}`)).toBe('anywhere');
    expect(received(`${event(UNKNOWN)}\n${event('DTSTART:20270104T100000Z\nDURATION:PT1H', 'b')}`)).toBe(
      'held',
    );
  });

  it('is that time beyond a limit is busy', () => {
    const many = event('DTSTART:20261001T000000Z\nDURATION:PT1M\nRRULE:FREQ=MINUTELY');
    expect(received(many)).toBe('held');
    expect(Math.max(...busy(many).map(({ end }) => end))).toBe(window.to);
  });
});

describe('events with one UID and SEQUENCE', () => {
  const at = (start: string, stamp: string, more = '') =>
    event(`DTSTART:202701${start}00Z\nDURATION:PT1H${more}`).replace('20260101T000000Z', stamp);
  const days = (...events: string[]) =>
    busy(events.join('\n')).map(({ start }) => new Date(start).getUTCDate());

  it.each([
    ['20260101T000000Z', '20260101T000001Z'],
    ['20260101T000001Z', '20260101T000000Z'],
    ['20260101T000000Z', '20260101T005900Z'],
    ['20260101T000000Z', 'never'],
  ])('are all busy when their stamps may be of one export: %s and %s', (one, other) => {
    expect(days(at('04T1000', one), at('05T1000', other), at('06T1000', one))).toEqual([4, 5, 6]);
    const of = '\nRECURRENCE-ID:20270104T100000Z';
    const series = event('DTSTART:20270104T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=1');
    expect(days(series, at('05T1000', one, of), at('07T1000', other, of)).sort()).toEqual([5, 7]);
  });

  it('are the newest when their stamps are hours apart, or a SEQUENCE says so', () => {
    expect(days(at('04T1000', '20260101T000000Z'), at('05T1000', '20260101T010000Z'))).toEqual([5]);
    const older = at('04T1000', '20260101T000001Z');
    expect(days(older, at('05T1000', '20260101T000000Z', '\nSEQUENCE:1'))).toEqual([5]);
  });

  it('are cancelled by a later stamp where they are the same event, and alone where they may not be', () => {
    const cancelled = (start: string) => at(start, '20260101T000001Z', '\nSTATUS:CANCELLED');
    const one = at('04T1000', '20260101T000000Z');
    expect(days(one, cancelled('04T1000'))).toEqual([]);
    expect(days(one, at('05T1000', '20260101T000000Z'), cancelled('05T1000'))).toEqual([4]);
  });
});
