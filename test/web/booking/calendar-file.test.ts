import ICAL from 'ical.js';
import { expect, it } from 'vitest';
import { calendarFile } from '../../../src/web/booking/calendar-file.ts';

const BOOKING = {
  id: 'bk_1',
  start: '2026-11-23T12:00:00.000Z',
  end: '2026-11-23T12:30:00.000Z',
  eventType: { title: 'Intro; short, or \\ long' },
  hosts: [{ name: 'Ada' }, { name: 'Bo' }],
  attendee: { notes: `Zwei Zeilen:\r\n${'ä€😀'.repeat(40)}\nEnde` },
};
const text = calendarFile(BOOKING, 'book.example.com', Date.UTC(2026, 10, 21, 3, 4, 5));

it('writes a calendar file that another parser reads alike', () => {
  const event = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent('vevent');
  const value = (name: string) => String(event?.getFirstPropertyValue(name));
  expect(value('uid')).toBe('bk_1@book.example.com');
  expect(value('dtstamp')).toBe('2026-11-21T03:04:05Z');
  expect([value('dtstart'), value('dtend')]).toEqual(['2026-11-23T12:00:00Z', '2026-11-23T12:30:00Z']);
  expect(value('summary')).toBe('Intro; short, or \\ long with Ada and Bo');
  expect(value('description')).toBe(BOOKING.attendee.notes.replace('\r\n', '\n'));
});

it('folds a calendar file at 75 octets and ends its lines by CRLF', () => {
  const lines = text.split('\r\n');
  expect(lines.pop()).toBe('');
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75);
});

it('writes no description for a booking without notes', () => {
  expect(calendarFile({ ...BOOKING, attendee: { notes: null } }, 'x', 0)).not.toContain('DESCRIPTION');
});
