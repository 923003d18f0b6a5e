import { describe, expect, it } from 'vitest';
import { type WorkingHours, workingRanges, type ZoneChange } from '../../src/availability/hours.ts';

const hours = (changes: Partial<WorkingHours> = {}): WorkingHours => ({
  timeZone: 'Europe/Berlin',
  weekly: [{ days: [0, 1, 2, 3, 4], start: 9 * 60, end: 17 * 60 }],
  overrides: [],
  ...changes,
});

const daily = { days: [0, 1, 2, 3, 4, 5, 6] };

/** A date alone is UTC to Date.parse, a date with a time is not. */
const utc = (text: string) => Date.parse(text.includes('T') ? `${text}Z` : text);

/** Ranges as "start/end", in UTC without seconds. */
function ranges(written: WorkingHours, from: string, to: string, changes: ZoneChange[] = []): string[] {
  const found = workingRanges(written, changes, utc(from), utc(to));
  const text = Array.from(found, (instant) => new Date(instant).toISOString().slice(0, 16));
  return text.flatMap((start, i) => (i % 2 === 0 ? [`${start}/${text[i + 1]}`] : []));
}

describe('workingRanges', () => {
  it('reads weekdays in the host’s zone, 0 being Monday', () => {
    // 2030-06-01 is a Saturday.
    expect(ranges(hours(), '2030-06-01', '2030-06-05')).toEqual([
      '2030-06-03T07:00/2030-06-03T15:00',
      '2030-06-04T07:00/2030-06-04T15:00',
    ]);
  });

  it('gives ranges that the window cuts whole, and none beside it', () => {
    const tuesday = '2030-06-04T07:00/2030-06-04T15:00';
    expect(ranges(hours(), '2030-06-04T14:59', '2030-06-05T07:00')).toEqual([tuesday]);
    expect(ranges(hours(), '2030-06-03T15:00', '2030-06-04T07:01')).toEqual([tuesday]);
  });

  it('ends 24:00 at the next day’s midnight', () => {
    const evenings = hours({ weekly: [{ ...daily, start: 22 * 60, end: 1440 }] });
    expect(ranges(evenings, '2030-06-03T20:00', '2030-06-03T22:00')).toEqual([
      '2030-06-03T20:00/2030-06-03T22:00',
    ]);
  });

  it('puts an override in place of the weekly hours of its date', () => {
    const overrides = [
      { date: '2030-06-03', ranges: [] },
      { date: '2030-06-02', ranges: [{ start: 600, end: 660 }] },
    ];
    expect(ranges(hours({ overrides }), '2030-06-01', '2030-06-05')).toEqual([
      '2030-06-02T08:00/2030-06-02T09:00',
      '2030-06-04T07:00/2030-06-04T15:00',
    ]);
  });

  it('follows the host into another zone from a local date on, changes in any order', () => {
    const changes = [
      { from: '2030-06-06', timeZone: 'Asia/Tokyo' },
      { from: '2030-06-04', timeZone: 'America/New_York' },
    ];
    expect(ranges(hours(), '2030-06-03', '2030-06-07', changes)).toEqual([
      '2030-06-03T07:00/2030-06-03T15:00',
      '2030-06-04T13:00/2030-06-04T21:00',
      '2030-06-05T13:00/2030-06-05T21:00',
      '2030-06-06T00:00/2030-06-06T08:00',
    ]);
  });

  it('sorts ranges of a day by start, whatever order they were written in', () => {
    const overrides = [
      {
        date: '2030-06-03',
        ranges: [
          { start: 900, end: 960 },
          { start: 540, end: 600 },
          { start: 660, end: 720 },
        ],
      },
    ];
    expect(ranges(hours({ overrides }), '2030-06-03', '2030-06-04')).toEqual([
      '2030-06-03T07:00/2030-06-03T08:00',
      '2030-06-03T09:00/2030-06-03T10:00',
      '2030-06-03T13:00/2030-06-03T14:00',
    ]);
  });

  it('begins a range within a skipped hour after the gap, and drops one that lies in it whole', () => {
    const night = hours({
      weekly: [
        { ...daily, start: 150, end: 240 },
        { ...daily, start: 125, end: 140 },
      ],
    });
    expect(ranges(night, '2030-03-31T00:00', '2030-03-31T12:00')).toEqual([
      '2030-03-31T01:00/2030-03-31T02:00',
    ]);
  });

  it('is open for as long as it lasts when the clock repeats an hour', () => {
    const night = hours({ weekly: [{ ...daily, start: 120, end: 150 }] });
    expect(ranges(night, '2030-10-27T00:00', '2030-10-27T12:00')).toEqual([
      '2030-10-27T00:00/2030-10-27T01:30',
    ]);
  });

  it('has no hours on a date that the zone skipped', () => {
    const samoa = hours({ timeZone: 'Pacific/Apia', weekly: [{ ...daily, start: 0, end: 1440 }] });
    expect(ranges(samoa, '2011-12-29T12:00', '2011-12-31T00:00')).toEqual([
      '2011-12-29T10:00/2011-12-30T10:00',
      '2011-12-30T10:00/2011-12-31T10:00',
    ]);
  });

  it('begins at the written time on every day of four years', () => {
    const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin', timeStyle: 'short' });
    const morning = hours({ weekly: [{ ...daily, start: 540, end: 600 }] });
    const found = workingRanges(morning, [], utc('2028-01-01'), utc('2032-01-01'));
    expect(found).toHaveLength(2 * (4 * 365 + 1));
    expect(new Set(Array.from(found, (instant) => clock.format(instant)))).toEqual(
      new Set(['09:00', '10:00']),
    );
  });

  it('refuses a zone that does not exist', () => {
    expect(() => ranges(hours({ timeZone: 'Mars/Olympus' }), '2030-06-01', '2030-06-02')).toThrow(RangeError);
  });
});
