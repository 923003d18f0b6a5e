import { describe, expect, it } from 'vitest';
import { type ReadOptions, readCalendar } from '../../../src/ical/read/calendar.ts';
import { MINUTE, SECOND } from '../../../src/time/clock.ts';
import { calendarOf, event } from '../corpus/index.ts';

const window = { from: Date.UTC(2026, 9, 20), to: Date.UTC(2026, 10, 5) };
const options: ReadOptions = { zone: 'Europe/Berlin', owner: [], window };
const TIMED = 'DTSTART:20261022T090000Z\nDTEND:20261022T100000Z';

const read = (ics: string, more: Partial<ReadOptions> = {}) =>
  readCalendar(calendarOf(ics), { ...options, ...more });

describe('limits', () => {
  const reach = (ics: string, more: Partial<ReadOptions> = {}) => {
    const { events, partial } = read(ics, more);
    const sorted = events.filter(({ kind }) => kind !== 'FREE').sort((a, b) => a.start - b.start);
    const last = sorted.at(-1);
    return {
      count: events.length,
      from: sorted[0]?.start,
      last: last && [last.start, last.end, last.kind],
      partial,
    };
  };

  it('leave nothing free behind the last instance of a series', () => {
    const answer = reach(event('DTSTART:20261022T000000Z\nDURATION:PT1M\nRRULE:FREQ=MINUTELY'), {
      limits: { seriesInstances: 100 },
    });
    expect(answer).toEqual({
      count: 101,
      from: Date.UTC(2026, 9, 22),
      last: [Date.UTC(2026, 9, 22) + 100 * MINUTE, window.to, 'BUSY'],
      partial: true,
    });
  });

  it('leave nothing free behind the last of many dates', () => {
    const first = Date.UTC(2026, 9, 22);
    const text = (at: number) => new Date(at).toISOString().replace(/[-:]|\.000/g, '');
    const dates = Array.from({ length: 100_000 }, (_, i) => text(first + i * SECOND));
    const answer = reach(event(`DTSTART:20261022T000000Z\nRDATE:${dates.join(',')}`));
    expect(answer).toMatchObject({ last: [first + 10_000 * SECOND, window.to, 'BUSY'], partial: true });
  });

  it.each([
    'FREQ=SECONDLY',
    'FREQ=SECONDLY;COUNT=999999999;BYSECOND=1,2,3',
    'FREQ=MINUTELY;BYSETPOS=-1;COUNT=999999999',
    'FREQ=DAILY;BYHOUR=0,6,12,18;BYMINUTE=0,10,20,30,40,50;BYSECOND=0,5,10,15,20,25,30,35,40,45,50,55;COUNT=99999999',
  ])('take the whole window for a series since 1970 with %s', (rule) => {
    const answer = reach(event(`DTSTART:19700101T000000Z\nRRULE:${rule}`));
    expect(answer).toMatchObject({ from: window.from, partial: true });
    expect(answer.last?.[1]).toBe(window.to);
  });

  it.each([
    'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=YEARLY;BYMONTH=4;BYDAY=1MO;BYMONTHDAY=15',
    'FREQ=YEARLY;INTERVAL=999999999',
    'FREQ=SECONDLY;INTERVAL=999999999',
    'FREQ=MONTHLY;BYDAY=53MO;COUNT=999999999',
  ])('are not reached by %s, which has an end of its own', (rule) => {
    const answer = reach(event(`DTSTART:20261001T090000Z\nDURATION:PT1H\nRRULE:${rule}`));
    expect(answer).toMatchObject({ partial: false });
  });

  it('take nothing for what takes no time', () => {
    const answer = reach(event('DTSTART:19700101T000000Z\nRRULE:FREQ=SECONDLY\nTRANSP:TRANSPARENT'));
    expect(answer).toMatchObject({ last: undefined, partial: false });
  });

  it('of components, of instances and of lines take the whole window, or say so', () => {
    const many = Array.from({ length: 30 }, (_, i) => event(TIMED, `e${i}`)).join('\n');
    const whole = [window.from, window.to, 'BUSY'];
    expect(reach(many, { limits: { components: 20 } })).toMatchObject({ from: window.from, partial: true });
    expect(read(many, { limits: { components: 20 } }).events).toContainEqual(
      expect.objectContaining({ start: whole[0], end: whole[1], kind: 'BUSY' }),
    );
    expect(read(many, { limits: { instances: 20 } }).events).toContainEqual(
      expect.objectContaining({ start: whole[0], end: whole[1], kind: 'BUSY' }),
    );
    expect(
      read(event(`${TIMED}\nRDATE:20261023T090000Z,${'x'.repeat(500)}`), { limits: { line: 300 } }).partial,
    ).toBe(true);
    expect(read(event(`${TIMED}\nATTACH:${'x'.repeat(500)}`), { limits: { line: 300 } }).partial).toBe(false);
  });
});
