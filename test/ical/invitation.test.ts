import ICAL from 'ical.js';
import { describe, expect, it } from 'vitest';
import { formatInvitation, type InvitationMessage } from '../../src/ical/invitation.ts';

const INVITATION: InvitationMessage = {
  method: 'REQUEST',
  uid: 'bkg_1@cal.example',
  sequence: 0,
  stamp: Date.UTC(2026, 10, 20, 12),
  createdAt: Date.UTC(2026, 10, 19, 8, 30),
  start: Date.UTC(2026, 10, 23, 9),
  end: Date.UTC(2026, 10, 23, 9, 30),
  summary: 'Intro',
  description: null,
  location: null,
  url: null,
  comment: null,
  organizer: { name: 'Ada', email: 'ada@example.com' },
  attendees: [
    { name: 'Bob', email: 'bob@example.org' },
    { name: 'Ada', email: 'ada@example.com' },
  ],
};

const lines = (text: string) => text.split('\r\n');
const unfolded = (text: string) => lines(text.replaceAll('\r\n ', ''));

function read(text: string) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  const event = calendar.getFirstSubcomponent('vevent');
  if (!event) throw new Error('no event');
  const people = (name: string) =>
    event.getAllProperties(name).map((property) => ({
      value: property.getFirstValue(),
      name: property.getFirstParameter('cn'),
    }));
  return { calendar, event, people, value: (name: string) => event.getFirstPropertyValue(name) };
}

describe('an invitation', () => {
  it('is written like this', () => {
    expect(unfolded(formatInvitation(INVITATION))).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Slotwire//Slotwire//EN',
      'CALSCALE:GREGORIAN',
      'METHOD:REQUEST',
      'BEGIN:VEVENT',
      'UID:bkg_1@cal.example',
      'SEQUENCE:0',
      'DTSTAMP:20261120T120000Z',
      'CREATED:20261119T083000Z',
      'DTSTART:20261123T090000Z',
      'DTEND:20261123T093000Z',
      'SUMMARY:Intro',
      'STATUS:CONFIRMED',
      'TRANSP:OPAQUE',
      'ORGANIZER;CN=Ada:mailto:ada@example.com',
      'ATTENDEE;CN=Bob;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:bob@example.org',
      'ATTENDEE;CN=Ada;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:ada@example.com',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ]);
  });

  it('that is cancelled keeps its id, and says why', () => {
    const text = formatInvitation({ ...INVITATION, method: 'CANCEL', sequence: 2, comment: 'Ill;\nsorry' });
    const { calendar, value } = read(text);
    expect(calendar.getFirstPropertyValue('method')).toBe('CANCEL');
    expect([value('uid'), value('sequence'), value('status'), value('comment')]).toEqual([
      INVITATION.uid,
      2,
      'CANCELLED',
      'Ill;\nsorry',
    ]);
  });

  it('has an organizer who can be asked only with an address', () => {
    const { people } = read(formatInvitation({ ...INVITATION, organizer: { name: 'Ada', email: null } }));
    expect(people('organizer')).toEqual([{ value: 'invalid:nomail', name: 'Ada' }]);
  });

  it('comes back as it went in, whatever its words', () => {
    const summary = 'Größe; "Käse", \\n und 👩‍🚀 '.repeat(6).trim();
    const description = `one, two; three\\four\n\nBEGIN:VEVENT\n ${'é'.repeat(200)}`;
    const attendees = [{ name: 'Müller, Jörg; "JM": ^n', email: 'jörg+a&b?c@bücher.example' }];
    const text = formatInvitation({ ...INVITATION, summary, description, attendees });
    const { value, people, calendar } = read(text);
    expect(value('summary')).toBe(summary);
    expect(value('description')).toBe(description);
    expect(people('attendee')).toEqual([
      {
        value: 'mailto:j%C3%B6rg+a%26b%3Fc@b%C3%BCcher.example',
        name: "Müller, Jörg; 'JM': ^n",
      },
    ]);
    expect(calendar.getAllSubcomponents()).toHaveLength(1);
  });

  it('names the place in one line, and asks guests alone for an answer', () => {
    const guests = [{ name: 'alan@example.org', email: 'alan@example.org', isGuest: true }];
    const attendees = [...INVITATION.attendees, ...guests];
    const place = { location: 'Main Street 1;\nSpringfield', attendees };
    const partsOf = (method: InvitationMessage['method']) =>
      read(formatInvitation({ ...INVITATION, ...place, method }))
        .event.getAllProperties('attendee')
        .map((property) => [property.getFirstParameter('partstat'), property.getFirstParameter('rsvp')]);
    expect(read(formatInvitation({ ...INVITATION, ...place })).value('location')).toBe(
      'Main Street 1; Springfield',
    );
    expect(partsOf('REQUEST').map(([partstat]) => partstat)).toEqual([
      'ACCEPTED',
      'ACCEPTED',
      'NEEDS-ACTION',
    ]);
    expect(partsOf('REQUEST').at(-1)).toEqual(['NEEDS-ACTION', 'TRUE']);
    expect(partsOf('CANCEL').at(-1)?.[1]).toBeFalsy();
  });

  it('is folded at 75 octets, never inside a character', () => {
    const text = formatInvitation({
      ...INVITATION,
      summary: 'aé€👩'.repeat(60),
      description: 'x'.repeat(800),
    });
    const lengths = lines(text).map((line) => Buffer.byteLength(line));
    expect(Math.max(...lengths)).toBe(75);
    expect(lines(text).every((line) => line.isWellFormed() && !line.includes('\n'))).toBe(true);
    expect(read(text).value('summary')).toBe('aé€👩'.repeat(60));
  });

  it('lets nobody write lines of their own', () => {
    const breaks = ['\r\n', '\r', '\n', '\u0085', '\u2028', '\0', '\v'];
    for (const at of breaks) {
      const evil = `x${at}ATTENDEE:mailto:mallory@example.net${at}END:VEVENT`;
      const text = formatInvitation({
        ...INVITATION,
        summary: evil,
        description: evil,
        comment: evil,
        organizer: { name: evil, email: 'ada@example.com' },
        attendees: [{ name: evil, email: 'bob@example.org' }],
      });
      const begun = unfolded(text).filter((line) => /^(ATTENDEE|END:VEVENT)/.test(line));
      expect(begun).toHaveLength(2);
      expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n\0\v\u0085\u2028]/);
      expect(read(text).people('attendee')).toHaveLength(1);
    }
  });
});
