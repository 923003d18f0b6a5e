/** Mails as calendars send them, written by hand as theirs look. */

export interface Sent {
  method?: string;
  uid?: string;
  sequence?: number;
  stamp?: string;
  /** Content lines of the event beside UID, SEQUENCE, DTSTAMP, ORGANIZER and ATTENDEE. */
  event?: string[];
  /** More VEVENTs, whole. */
  more?: string[];
  to?: string;
  attendee?: string;
  headers?: string[];
  organizer?: string;
}

const crlf = (...lines: string[]) => lines.join('\r\n');

export const HOUR_AT_TEN = ['DTSTART:20261124T100000Z', 'DTEND:20261124T110000Z', 'SUMMARY:Review'];

/** What Google's servers write. */
export function googleCalendar({
  method = 'REQUEST',
  uid = '0a1b2c3d4e5f@google.com',
  sequence = 0,
  stamp = '20261120T120000Z',
  event = HOUR_AT_TEN,
  more = [],
  attendee = 'ada@cal.example',
  organizer = 'olga@corp.example',
}: Sent = {}): string {
  return crlf(
    'BEGIN:VCALENDAR',
    'PRODID:-//Google Inc//Google Calendar 70.9054//EN',
    'VERSION:2.0',
    'CALSCALE:GREGORIAN',
    `METHOD:${method}`,
    'BEGIN:VEVENT',
    ...event,
    `DTSTAMP:${stamp}`,
    `ORGANIZER;CN=Olga Organizer:mailto:${organizer}`,
    `UID:${uid}`,
    'ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=TRUE',
    ` ;CN=Olga Organizer;X-NUM-GUESTS=0:mailto:${organizer}`,
    'ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=',
    ` TRUE;CN=${attendee};X-NUM-GUESTS=0:mailto:${attendee}`,
    'X-MICROSOFT-CDO-OWNERAPPTID:1290482107',
    'CREATED:20261120T115900Z',
    'DESCRIPTION:Join with Google Meet: https://meet.google.com/abc-defg-hij\\n',
    `SEQUENCE:${sequence}`,
    `STATUS:${method === 'CANCEL' ? 'CANCELLED' : 'CONFIRMED'}`,
    'TRANSP:OPAQUE',
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    'TRIGGER:-PT10M',
    'END:VALARM',
    'END:VEVENT',
    ...more,
    'END:VCALENDAR',
    '',
  );
}

/** multipart/mixed of text, HTML and the calendar, 7bit, and the same again as an attachment in base64. */
export function googleMail(sent: Sent = {}): string {
  const { method = 'REQUEST', to = 'ada@cal.example', headers = [] } = sent;
  const calendar = googleCalendar(sent);
  return crlf(
    ...headers,
    'MIME-Version: 1.0',
    'Reply-To: Olga Organizer <olga@corp.example>',
    'Sender: Google Calendar <calendar-notification@google.com>',
    'Message-ID: <calendar-7d7e5a4c@google.com>',
    'Date: Fri, 20 Nov 2026 12:00:00 +0000',
    'Subject: Invitation: Review @ Tue Nov 24, 2026',
    'From: Olga Organizer <olga@corp.example>',
    `To: ${to}`,
    'Content-Type: multipart/mixed; boundary="000000000000a1b2c3"',
    '',
    '--000000000000a1b2c3',
    'Content-Type: multipart/alternative; boundary="000000000000a1b2c1"',
    '',
    '--000000000000a1b2c1',
    'Content-Type: text/plain; charset="UTF-8"; format=flowed; delsp=yes',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from('You have been invited.').toString('base64'),
    '--000000000000a1b2c1',
    'Content-Type: text/html; charset="UTF-8"',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    '<p>You have been invited.</p>',
    '--000000000000a1b2c1',
    `Content-Type: text/calendar; charset="UTF-8"; method=${method}`,
    'Content-Transfer-Encoding: 7bit',
    '',
    calendar,
    '--000000000000a1b2c1--',
    '--000000000000a1b2c3',
    'Content-Type: application/ics; name="invite.ics"',
    'Content-Disposition: attachment; filename="invite.ics"',
    'Content-Transfer-Encoding: base64',
    '',
    wrapped(Buffer.from(calendar).toString('base64')),
    '--000000000000a1b2c3--',
    '',
  );
}

/** A zone that is no one's but this mail's, as Outlook makes them. */
const CUSTOMIZED = [
  'BEGIN:VTIMEZONE',
  'TZID:Customized Time Zone',
  'BEGIN:STANDARD',
  'DTSTART:16010101T030000',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:16010101T020000',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
];

/** One text/calendar part in base64, BUSYSTATUS as it stands before anybody answered. */
export function outlookMail({
  method = 'REQUEST',
  uid = '040000008200E00074C5B7101A82E00800000000A0F9',
  sequence = 0,
  stamp = '20261120T120000Z',
  event = [
    'DTSTART;TZID=Customized Time Zone:20261124T140000',
    'DTEND;TZID=Customized Time Zone:20261124T150000',
    'SUMMARY;LANGUAGE=de-DE:Besprechung',
  ],
  more = [],
  to = 'Ada <ada@cal.example>',
  attendee = 'ada@cal.example',
}: Sent = {}): string {
  const calendar = crlf(
    'BEGIN:VCALENDAR',
    `METHOD:${method}`,
    'PRODID:Microsoft Exchange Server 2010',
    'VERSION:2.0',
    ...CUSTOMIZED,
    'BEGIN:VEVENT',
    'ORGANIZER;CN=Otto Organisator:mailto:otto@firma.example',
    `ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Ada:mailto:${attendee}`,
    ...event,
    `UID:${uid}`,
    'CLASS:PUBLIC',
    'PRIORITY:5',
    `DTSTAMP:${stamp}`,
    'TRANSP:OPAQUE',
    `STATUS:${method === 'CANCEL' ? 'CANCELLED' : 'CONFIRMED'}`,
    `SEQUENCE:${sequence}`,
    'X-MICROSOFT-CDO-APPT-SEQUENCE:0',
    'X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE',
    'X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY',
    'X-MICROSOFT-CDO-ALLDAYEVENT:FALSE',
    'BEGIN:VALARM',
    'DESCRIPTION:REMINDER',
    'TRIGGER;RELATED=START:-PT15M',
    'ACTION:DISPLAY',
    'END:VALARM',
    'END:VEVENT',
    ...more,
    'END:VCALENDAR',
    '',
  );
  return crlf(
    'From: Otto Organisator <otto@firma.example>',
    `To: ${to}`,
    'Subject: Besprechung',
    'Thread-Topic: Besprechung',
    'Content-Language: de-DE',
    'Content-Type: multipart/alternative;',
    '\tboundary="_000_AM0PR01MB_"',
    'MIME-Version: 1.0',
    '',
    '--_000_AM0PR01MB_',
    'Content-Type: text/plain; charset="iso-8859-1"',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Gr=FC=DFe',
    '',
    '--_000_AM0PR01MB_',
    `Content-Type: text/calendar; charset="utf-8"; method=${method}`,
    'Content-Transfer-Encoding: base64',
    '',
    wrapped(Buffer.from(calendar).toString('base64')),
    '',
    '--_000_AM0PR01MB_--',
    '',
  );
}

/** iCloud's: quoted-printable, an organizer who is a relay address, attendees with EMAIL. */
export function appleMail({ to = 'ada@cal.example', stamp = '20261120T120000Z' }: Sent = {}): string {
  return crlf(
    `To: ${to}`,
    'From: Paula Apfel <noreply@email.apple.com>',
    'Reply-To: Paula Apfel <paula@icloud.example>',
    'Subject: =?utf-8?B?RWlubGFkdW5n?=',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="----=_Part_17_1"',
    '',
    '------=_Part_17_1',
    'Content-Type: text/calendar; charset=utf-8; method=REQUEST',
    'Content-Transfer-Encoding: quoted-printable',
    'Content-Disposition: inline',
    '',
    'BEGIN:VCALENDAR',
    'CALSCALE:GREGORIAN',
    'PRODID:-//Apple Inc.//iPhone OS 18.1//EN',
    'VERSION:2.0',
    'METHOD:REQUEST',
    'BEGIN:VTIMEZONE',
    'TZID:Europe/Berlin',
    'X-LIC-LOCATION:Europe/Berlin',
    'END:VTIMEZONE',
    'BEGIN:VEVENT',
    'DTSTART;TZID=3DEurope/Berlin:20261125T090000',
    'DTEND;TZID=3DEurope/Berlin:20261125T093000',
    'SUMMARY:Fr=C3=BChst=C3=BCck =E2=98=95',
    'UID:5F6C2B1E-7B1D-4C7E-9F5E-1A2B3C4D5E6F',
    `DTSTAMP:${stamp}`,
    'SEQUENCE:0',
    'ORGANIZER;CN=3D"Paula Apfel";EMAIL=3D"paula@icloud.example":mailto:2_HA3TSNR=',
    'YGI2DM@imip.me.com',
    'ATTENDEE;CUTYPE=3DINDIVIDUAL;EMAIL=3D"ada@cal.example";PARTSTAT=3DNEEDS-ACTION;RSVP=3DTRUE:/a1=',
    'b2c3/principal/',
    'END:VEVENT',
    'END:VCALENDAR',
    '------=_Part_17_1--',
    '',
  );
}

/** One calendar part and nothing else. @param type parameters of text/calendar */
export function plainMail(calendar: string | Buffer, type = 'charset=utf-8', to = 'ada@cal.example'): Buffer {
  const head = crlf(
    'From: o@corp.example',
    `To: ${to}`,
    'MIME-Version: 1.0',
    `Content-Type: text/calendar; ${type}`,
    'Content-Transfer-Encoding: 8bit',
    '',
    '',
  );
  return Buffer.concat([Buffer.from(head), Buffer.from(calendar)]);
}

const wrapped = (text: string) => text.replace(/.{76}/g, '$&\r\n');
