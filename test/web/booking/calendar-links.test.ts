import { expect, it } from 'vitest';
import { calendarLinks } from '../../../src/web/booking/calendar-links.ts';

const BOOKING = {
  start: '2026-11-23T12:00:00.000Z',
  end: '2026-11-23T12:30:00.000Z',
  manageUrl: 'https://cal.example/book/b/bkg_1.s',
  eventType: { title: 'Q&A + tea' },
  hosts: [{ name: 'Ada' }, { name: 'Bo' }],
  ...{ place: null, placeKind: null },
  attendee: { notes: 'Zwei Zeilen:\n50 % & mehr' },
};
const of = (name: string, booking = BOOKING) =>
  new URL(calendarLinks(booking).find((link) => link.name === name)?.url ?? '').searchParams;

it('says title, time, organiser, notes and the link to each calendar in its own words', () => {
  const details = `${BOOKING.attendee.notes}\n\nOrganiser: Ada and Bo\nMove or cancel: ${BOOKING.manageUrl}`;
  expect(Object.fromEntries(of('Google'))).toEqual({
    action: 'TEMPLATE',
    text: 'Q&A + tea with Ada and Bo',
    dates: '20261123T120000Z/20261123T123000Z',
    details,
  });
  for (const name of ['Outlook', 'Office 365']) {
    expect(Object.fromEntries(of(name))).toMatchObject({
      subject: 'Q&A + tea with Ada and Bo',
      startdt: BOOKING.start,
      enddt: BOOKING.end,
      body: details,
    });
  }
  expect(Object.fromEntries(of('Yahoo'))).toMatchObject({
    st: '20261123T120000Z',
    et: '20261123T123000Z',
    desc: details,
  });
});

it('cuts long notes, and keeps the link to look after the booking', () => {
  const notes = '😀'.repeat(2_000);
  const details = of('Google', { ...BOOKING, attendee: { notes } }).get('details') ?? '';
  expect(details).toContain(BOOKING.manageUrl);
  expect(details.length).toBeLessThan(700);
});

it('says where it takes place, as each calendar wants it', () => {
  const booking = { ...BOOKING, place: '+49 30 123456', placeKind: 'PHONE_TO_HOST' } as const;
  const placeIn = (name: string, param: string) =>
    new URL(calendarLinks(booking).find((link) => link.name === name)?.url ?? '').searchParams.get(param);
  expect(placeIn('Google', 'location')).toBe('Phone call to +49 30 123456');
  expect(placeIn('Office 365', 'location')).toBe('Phone call to +49 30 123456');
  expect(placeIn('Yahoo', 'in_loc')).toBe('Phone call to +49 30 123456');
});
