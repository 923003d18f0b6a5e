import { describe, expect, it } from 'vitest';
import {
  decodeCalendar,
  type ReadOptions,
  readCalendar,
  UnreadableCalendar,
} from '../../../src/ical/read/calendar.ts';
import { calendarOf, event } from '../corpus/index.ts';

const window = { from: Date.UTC(2026, 9, 20), to: Date.UTC(2026, 10, 5) };
const options: ReadOptions = { zone: 'Europe/Berlin', owner: [], window };
const TIMED = 'DTSTART:20261022T090000Z\nDTEND:20261022T100000Z';
const reason = (text: string, more: Partial<ReadOptions> = {}) => {
  try {
    readCalendar(text, { ...options, ...more });
  } catch (error) {
    return error instanceof UnreadableCalendar ? error.reason : error;
  }
  return 'read';
};

describe('what is no calendar', () => {
  it('is refused, so that what was known stays', () => {
    expect(reason('')).toBe('empty');
    expect(reason('\ufeff \r\n\t\r\n')).toBe('empty');
    expect(reason('<!doctype html><title>Sign in</title>')).toBe('not-a-calendar');
    expect(reason('BEGIN:VCARD\r\nEND:VCARD\r\n')).toBe('not-a-calendar');
    expect(reason('Warning: x\nBEGIN:VCALENDAR\nEND:VCALENDAR')).toBe('not-a-calendar');
    expect(reason(calendarOf(event(TIMED)), { limits: { characters: 100 } })).toBe('too-large');
  });

  it('or was cut off anywhere, is refused', () => {
    const text = calendarOf(event(TIMED)).trimEnd();
    for (let length = 'BEGIN:VCALENDAR'.length; length < text.length; length++) {
      expect(reason(text.slice(0, length)), text.slice(0, length)).toBe('truncated');
    }
    expect(reason(text)).toBe('read');
    expect(reason(calendarOf(event(TIMED)) + calendarOf(event(TIMED)).slice(0, -20))).toBe('truncated');
  });
});

describe('lines', () => {
  const folded = calendarOf(event(`${TIMED}\nSUMMARY:Überraschung für Zoë`));

  it.each([
    ['end with LF alone', folded.replaceAll('\r\n', '\n')],
    ['end with CR alone', folded.replaceAll('\r\n', '\r')],
    ['stand apart', folded.replaceAll('\r\n', '\r\n\r\n')],
    ['are folded in the middle of a name', folded.replace('DTSTART', 'DTS\r\n TART')],
    ['are folded by tabs', folded.replace('20261022', '2026\r\n\t1022')],
    ['lost what folds them', folded.replace('20261022T09', '20261022\r\nT09')],
    ['have control characters', folded.replace('20261022', '2026\u0000\u00071022')],
    [
      'are in lower case',
      folded.replaceAll(/^(?:BEGIN|END|DTSTART|DTEND|UID|VEVENT).*$/gm, (line) => line.toLowerCase()),
    ],
    ['begin after a byte order mark', `\ufeff\r\n${folded}`],
    ['go on after the end', `${folded}\r\n\u001a\r\n<!-- 0.3 s -->\r\nX-Cache: hit\r\n`],
  ])('that %s', (_, text) => {
    expect(readCalendar(text, options)).toMatchObject({
      events: [
        { start: Date.UTC(2026, 9, 22, 9), end: Date.UTC(2026, 9, 22, 10), title: 'Überraschung für Zoë' },
      ],
      partial: false,
    });
  });

  it('are unfolded before they are characters', () => {
    const bytes = Buffer.from(folded);
    const at = bytes.indexOf('Ü') + 1;
    const split = Buffer.concat([bytes.subarray(0, at), Buffer.from('\r\n '), bytes.subarray(at)]);
    expect(decodeCalendar(split)).toBe(folded);
    expect(decodeCalendar(Buffer.from(folded.replaceAll('\r\n', '\n'))).split('\n')).toHaveLength(12);
  });

  it('that are not UTF-8 are Windows-1252', () => {
    const [one] = readCalendar(decodeCalendar(Buffer.from(folded, 'latin1')), options).events;
    expect(one?.title).toBe('Überraschung für Zoë');
  });
});

describe('a frame that is broken', () => {
  const good = event('DTSTART:20261023T090000Z\nDURATION:PT1H', 'good');
  const hours = (text: string) => {
    const { events, partial } = readCalendar(text, options);
    return { days: events.map(({ start }) => new Date(start).getUTCDate()), partial };
  };

  it('by an END that is missing loses nothing, and says that it may have', () => {
    const text = calendarOf(`${event(TIMED).replace('\nEND:VEVENT', '')}\n${good}`);
    expect(hours(text)).toEqual({ days: [22, 23], partial: true });
  });

  it('by an alarm without an end loses no event', () => {
    const text = calendarOf(`${event(`${TIMED}\nBEGIN:VALARM\nDURATION:PT5M`)}\n${good}`);
    expect(hours(text)).toEqual({ days: [22, 23], partial: true });
  });

  it('by a BEGIN that is missing loses that one alone', () => {
    const text = calendarOf(`${event(TIMED).replace('BEGIN:VEVENT\n', '')}\n${good}`);
    expect(hours(text)).toEqual({ days: [23], partial: true });
  });

  it('by events after the end still has them', () => {
    const text = `${calendarOf(good)}${event(TIMED).replaceAll('\n', '\r\n')}`;
    expect(hours(text)).toEqual({ days: [23, 22], partial: true });
  });

  it('by names of every object in JavaScript breaks nothing here', () => {
    const odd =
      'BEGIN:constructor\nconstructor:1\nEND:constructor\nBEGIN:__proto__\ntoString;valueOf=1:2\nEND:__proto__';
    expect(hours(calendarOf(`${odd}\n${good}`))).toEqual({ days: [23], partial: false });
  });

  it('a hundred thousand deep ends all the same', () => {
    const deep = `${'BEGIN:X\n'.repeat(100_000)}${'END:X\n'.repeat(100_000)}${good}`;
    expect(hours(calendarOf(deep)).partial).toBe(true);
  });
});
