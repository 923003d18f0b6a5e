import fc from 'fast-check';
import ICAL from 'ical.js';
import { describe, expect, it } from 'vitest';
import { type BusyKind, mergeBusy } from '../../src/availability/period.ts';
import { type BusyEvent, formatBusyCalendar, formatFreeBusy, formatVevent } from '../../src/ical/busy.ts';
import { oneLine } from '../../src/ical/calendar-object.ts';

const START = Date.UTC(2026, 11, 1, 9, 30);
const event = (more: Partial<BusyEvent> = {}): BusyEvent => ({
  uid: 'one@slotwire',
  stamp: Date.UTC(2026, 10, 20, 8, 0, 1, 999),
  start: START,
  end: START + 3_600_000,
  days: null,
  kind: 'BUSY',
  summary: 'Busy',
  ...more,
});

describe('an event', () => {
  it('is written line for line', () => {
    expect(formatVevent(event())).toBe(
      [
        'BEGIN:VEVENT',
        'UID:one@slotwire',
        'DTSTAMP:20261120T080001Z',
        'DTSTART:20261201T093000Z',
        'DTEND:20261201T103000Z',
        'SUMMARY:Busy',
        'STATUS:CONFIRMED',
        'TRANSP:OPAQUE',
        'X-MICROSOFT-CDO-BUSYSTATUS:BUSY',
        'END:VEVENT',
        '',
      ].join('\r\n'),
    );
  });

  it('loses no part of a second that is busy', () => {
    const text = formatVevent(event({ start: START + 999, end: START + 1_001 }));
    expect(text).toContain('DTSTART:20261201T093000Z\r\nDTEND:20261201T093002Z\r\n');
  });

  it.each([
    ['BUSY', 'CONFIRMED', 'BUSY'],
    ['BUSY_UNAVAILABLE', 'CONFIRMED', 'OOF'],
    ['BUSY_TENTATIVE', 'TENTATIVE', 'TENTATIVE'],
  ] as [BusyKind, string, string][])('that is %s is %s, and %s to Outlook', (kind, status, microsoft) => {
    expect(formatVevent(event({ kind }))).toContain(
      `STATUS:${status}\r\nTRANSP:OPAQUE\r\nX-MICROSOFT-CDO-BUSYSTATUS:${microsoft}\r\n`,
    );
  });

  it('of whole days has dates', () => {
    const text = formatVevent(event({ days: { from: '2026-12-24', to: '2026-12-27' } }));
    expect(text).toContain('DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\n');
  });

  it('is read as it was meant, whatever its title, in lines of 75 octets', () => {
    const title = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: 'grapheme', maxLength: 100 }),
    );
    fc.assert(
      fc.property(title, (summary) => {
        const text = formatBusyCalendar([formatVevent(event({ summary }))]);
        const lines = text.split('\r\n');
        expect(lines.every((line) => Buffer.byteLength(line) <= 75 && !/[\r\n]/.test(line))).toBe(true);
        const read = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent('vevent');
        expect(read?.getAllProperties()).toHaveLength(8);
        expect(read?.getFirstPropertyValue('summary')).toBe(oneLine(summary));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a calendar', () => {
  it('says its name, its zone and how often to come again', () => {
    const text = formatBusyCalendar([formatVevent(event())], {
      name: 'Ada; Lovelace',
      zone: 'Europe/London',
      refreshInterval: 900_000,
    });
    expect(text).toContain(
      'NAME:Ada\\; Lovelace\r\nX-WR-CALNAME:Ada\\; Lovelace\r\nX-WR-TIMEZONE:Europe/London\r\n',
    );
    expect(text).toContain('REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\nX-PUBLISHED-TTL:PT15M\r\n');
    expect(text.startsWith('BEGIN:VCALENDAR\r\nVERSION:2.0\r\n')).toBe(true);
    expect(text.endsWith('END:VEVENT\r\nEND:VCALENDAR\r\n')).toBe(true);
  });
});

describe('free-busy', () => {
  it('lists periods by type', () => {
    const busy = mergeBusy([
      { start: START, end: START + 60_000, kind: 'BUSY_TENTATIVE' },
      { start: START + 120_000, end: START + 180_000, kind: 'BUSY' },
      { start: START + 240_000, end: START + 300_000, kind: 'BUSY' },
    ]);
    const text = formatFreeBusy(busy, { uid: 'x', stamp: START, from: START, to: START + 3_600_000 });
    const read = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent('vfreebusy');
    const received = read
      ?.getAllProperties('freebusy')
      .map((line) => [line.getFirstParameter('fbtype'), line.getValues().map((period) => String(period))]);
    expect(received).toEqual([
      ['BUSY', ['2026-12-01T09:32:00Z/2026-12-01T09:33:00Z', '2026-12-01T09:34:00Z/2026-12-01T09:35:00Z']],
      ['BUSY-TENTATIVE', ['2026-12-01T09:30:00Z/2026-12-01T09:31:00Z']],
    ]);
  });
});
