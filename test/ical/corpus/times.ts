/** When something begins and ends, and whether it takes time. */
import { ask, event } from './case.ts';

const timed = 'DTSTART:20261022T090000Z\nDTEND:20261022T100000Z';

const VTIMEZONE = (tzid: string, summer = '0200', winter = '0100') => `BEGIN:VTIMEZONE
TZID:${tzid}
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+${summer}
TZOFFSETTO:+${winter}
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+${winter}
TZOFFSETTO:+${summer}
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE`;
const inZone = (tzid: string) =>
  event(
    `DTSTART;TZID="${tzid}":20261024T090000\nDTEND;TZID="${tzid}":20261024T100000\nRRULE:FREQ=DAILY;COUNT=3`,
  );
export const TIME_CASES = [
  ask('UTC', event(timed)),
  ask('floating', event('DTSTART:20261022T090000\nDTEND:20261022T100000')),
  ask(
    'floating every day',
    event('DTSTART:20261022T090000\nDTEND:20261022T100000\nRRULE:FREQ=DAILY;COUNT=6'),
  ),
  ask(
    'floating in another zone',
    event('DTSTART:20261030T090000\nDTEND:20261030T100000\nRRULE:FREQ=DAILY;COUNT=4'),
    { zone: 'America/New_York' },
  ),
  ask(
    'X-WR-TIMEZONE for floating times',
    `X-WR-TIMEZONE:America/New_York\n${event('DTSTART:20261022T090000\nDTEND:20261022T100000')}`,
  ),
  ask('X-WR-TIMEZONE leaves UTC alone', `X-WR-TIMEZONE:America/New_York\n${event(timed)}`),
  ask('a whole day', event('DTSTART;VALUE=DATE:20261022\nDTEND;VALUE=DATE:20261023')),
  ask('a day of 25 hours', event('DTSTART;VALUE=DATE:20261025\nDTEND;VALUE=DATE:20261026')),
  ask('three days', event('DTSTART;VALUE=DATE:20261024\nDTEND;VALUE=DATE:20261027')),
  ask('a whole day without an end', event('DTSTART;VALUE=DATE:20261022'), {
    expect: ['20261021T220000Z/20261022T220000Z'],
    why: '§3.6.1: without an end a date lasts one day.',
  }),
  ask('a whole day that ends on itself', event('DTSTART;VALUE=DATE:20261022\nDTEND;VALUE=DATE:20261022'), {
    expect: ['20261021T220000Z/20261022T220000Z'],
    why: '§3.8.2.2 wants a later end. A date that is taken is a day, as §3.6.1 has it without an end.',
  }),
  ask('a whole day that ends before', event('DTSTART;VALUE=DATE:20261022\nDTEND;VALUE=DATE:20261020'), {
    expect: ['20261021T220000Z/20261022T220000Z'],
    why: '§3.8.2.2 wants a later end. A date that is taken is a day, as §3.6.1 has it without an end.',
  }),
  ask('a whole day with a length', event('DTSTART;VALUE=DATE:20261022\nDURATION:P2D')),
  ask('a whole day without VALUE', event('DTSTART:20261022\nDTEND:20261023')),
  ask(
    'a whole day whose VALUE is a time',
    event('DTSTART;VALUE=DATE:20261022T000000\nDTEND;VALUE=DATE:20261023T000000'),
  ),
  ask('a whole day in New York', event('DTSTART;VALUE=DATE:20261101\nDTEND;VALUE=DATE:20261102'), {
    zone: 'America/New_York',
  }),
  ask(
    'a whole day every week',
    event('DTSTART;VALUE=DATE:20261018\nDTEND;VALUE=DATE:20261019\nRRULE:FREQ=WEEKLY'),
  ),
  ask(
    'whole days until a date',
    event('DTSTART;VALUE=DATE:20261021\nDTEND;VALUE=DATE:20261022\nRRULE:FREQ=DAILY;UNTIL=20261023'),
  ),
  ask(
    'whole days until a UTC time',
    event('DTSTART;VALUE=DATE:20261021\nDTEND;VALUE=DATE:20261022\nRRULE:FREQ=DAILY;UNTIL=20261022T220000Z'),
    {
      engine: 'dateutil',
      why: '§3.3.10 wants a date here. The time is midnight of the 23rd in Berlin, and UNTIL includes its bound.',
    },
  ),
  ask(
    'whole days by the hour',
    event('DTSTART;VALUE=DATE:20261021\nDTEND;VALUE=DATE:20261022\nRRULE:FREQ=DAILY;COUNT=2;BYHOUR=9'),
  ),
  ask('no end', event('DTSTART:20261022T090000Z')),
  ask('an end at the start', event('DTSTART:20261022T090000Z\nDTEND:20261022T090000Z')),
  ask('an end before the start', event('DTSTART:20261022T090000Z\nDTEND:20261022T080000Z'), {
    expect: ['20261022T080000Z/20261023T080000Z'],
    why: '§3.8.2.2 wants a later end. Swapped, or of the next day: either way from the earlier one, for a day.',
  }),
  ask('an end days before the start', event('DTSTART:20261026T090000Z\nDTEND:20261022T090000Z'), {
    expect: ['20261022T090000Z/20261026T090000Z'],
    why: '§3.8.2.2 wants a later end. The two can only be swapped.',
  }),
  ask('an end that nobody can read', event('DTSTART:20261022T090000Z\nDTEND:late'), {
    partial: true,
    expect: ['20261022T090000Z/20261023T090000Z'],
    why: 'How long it lasts can’t be known: a day is taken, and the answer says that it isn’t sure.',
  }),
  ask('an end that is a date', event('DTSTART:20261022T090000Z\nDTEND;VALUE=DATE:20261023'), {
    engine: 'dateutil',
    why: '§3.8.2.2 wants a time here. A date ends where it begins in the calendar’s zone, not in UTC.',
  }),
  ask(
    'an end in another zone',
    event('DTSTART;TZID=Europe/Berlin:20261022T090000\nDTEND;TZID=America/New_York:20261022T090000'),
  ),
  ask('a length', event('DTSTART:20261022T090000Z\nDURATION:PT1H30M')),
  ask('a length in weeks', event('DTSTART:20261022T090000Z\nDURATION:P1W')),
  ask('a length in days and hours', event('DTSTART:20261022T090000Z\nDURATION:P1DT2H')),
  ask('a length of nothing', event('DTSTART:20261022T090000Z\nDURATION:PT0S')),
  ask('a negative length', event('DTSTART:20261022T090000Z\nDURATION:-PT1H'), {
    expect: ['20261022T080000Z/20261023T080000Z'],
    why: '§3.8.2.5 wants a positive one. As with an end before the start, a day from the earlier one on.',
  }),
  ask('an end and a length', event('DTSTART:20261022T090000Z\nDTEND:20261022T100000Z\nDURATION:PT2H'), {
    engine: 'dateutil',
    why: '§3.6.1 forbids both. Either may be meant, so the longer is taken.',
  }),
  ask('hyphens and colons', event('DTSTART:2026-10-22T09:00:00Z\nDTEND:2026-10-22T10:00:00Z'), {
    expect: ['20261022T090000Z/20261022T100000Z'],
    why: 'Not the form of §3.3.5 but ISO 8601’s, which says the same.',
  }),
  ask('an offset', event('DTSTART:20261022T090000+0200\nDTEND:20261022T100000+0200'), {
    expect: ['20261022T070000Z/20261022T080000Z'],
    why: '§3.3.5 forbids offsets; what this one means is plain.',
  }),
  ask('30 February', event('DTSTART:20260230T090000Z\nDTEND:20260230T100000Z'), {
    partial: true,
    expect: [],
    why: '§3.3.4: no such date. Nothing can be said but that something wasn’t read.',
  }),
  ask('no start at all', `${event('DTEND:20261022T100000Z')}\n${event(timed, 'b')}`, {
    partial: true,
    expect: ['20261021T100000Z/20261022T100000Z', '20261022T090000Z/20261022T100000Z'],
    why: '§3.6.1 requires DTSTART. The other event stays.',
  }),
  ask(
    'a start that nobody can read',
    `${event('DTSTART:soon\nDTEND:20261022T100000Z')}\n${event(timed, 'b')}`,
    {
      partial: true,
      expect: ['20261021T100000Z/20261022T100000Z', '20261022T090000Z/20261022T100000Z'],
      why: 'A day before its end is taken, the other event stays, and the answer says that it isn’t sure.',
    },
  ),
  ask('an event of a month', event('DTSTART:20261001T000000Z\nDTEND:20261031T000000Z')),
  ask('an event that ends when the window begins', event('DTSTART:20261019T000000Z\nDTEND:20261020T000000Z')),
  ask('an event that begins when the window ends', event('DTSTART:20261105T000000Z\nDTEND:20261105T010000Z')),
  ask('the path of a zone', inZone('/mozilla.org/20050126_1/Europe/Berlin')),
  ask(
    'the path of a zone with three parts',
    event('DTSTART;TZID=/citadel.org/20190101_1/America/Argentina/Ushuaia:20261022T090000\nDURATION:PT1H'),
    {
      expect: ['20261022T120000Z/20261022T130000Z'],
      why: '§3.2.19 leaves the form of a zone’s name open; a path ends in the name that IANA knows.',
    },
  ),
  ask('a zone by its Windows name', inZone('W. Europe Standard Time')),
  ask('a zone of the calendar’s own', `${VTIMEZONE('Office clocks')}\n${inZone('Office clocks')}`),
  ask(
    'a zone of the calendar’s own after what is in it',
    `${inZone('Office clocks')}\n${VTIMEZONE('Office clocks')}`,
  ),
  ask(
    'a zone of the calendar’s own with half hours',
    `${VTIMEZONE('Island clocks', '0630', '0530')}\n${inZone('Island clocks')}`,
  ),
  ask(
    'a well-known zone that is defined otherwise',
    `${VTIMEZONE('Europe/Berlin', '0600', '0500')}\n${inZone('Europe/Berlin')}`,
  ),
  ask('a zone that nobody knows', inZone('Customized Time Zone'), {
    partial: true,
    expect: [
      '20261023T050000Z/20261025T100000Z',
      '20261024T060000Z/20261026T110000Z',
      '20261025T060000Z/20261027T110000Z',
    ],
    why: '§3.2.19 wants a definition. Where the hour lies can’t be known: all that it may be in any zone is taken.',
  }),
  ask(
    'a zone that nobody knows, in a calendar with its own',
    `X-WR-TIMEZONE:America/New_York\n${inZone('Customized Time Zone')}`,
    {
      partial: true,
      expect: [
        '20261023T110000Z/20261025T160000Z',
        '20261024T110000Z/20261026T160000Z',
        '20261025T110000Z/20261027T160000Z',
      ],
      why: '§3.2.19 wants a definition. Where the hour lies can’t be known: all that it may be in any zone is taken.',
    },
  ),
  ask(
    'a zone on a time in UTC',
    event('DTSTART;TZID=Europe/Berlin:20261022T090000Z\nDTEND;TZID=Europe/Berlin:20261022T100000Z'),
    {
      expect: ['20261022T090000Z/20261022T100000Z'],
      why: '§3.2.19: TZID must not be on a UTC time, and Z leaves no doubt.',
    },
  ),
  ask(
    'transparent',
    `${event(`${timed}\nTRANSP:TRANSPARENT`)}\n${event('DTSTART:20261023T090000Z\nDURATION:PT1H', 'b')}`,
  ),
  ask('opaque', event(`${timed}\nTRANSP:OPAQUE`)),
  ask('transparency that nobody knows', event(`${timed}\nTRANSP:MAYBE`)),
  ask('cancelled', event(`${timed}\nSTATUS:CANCELLED`)),
  ask('a status that nobody knows', event(`${timed}\nSTATUS:POSTPONED`)),
  ask('a tentative event', event(`${timed}\nSTATUS:TENTATIVE`)),
  ask('a cancelled series', event(`${timed}\nRRULE:FREQ=DAILY\nSTATUS:CANCELLED`)),
  ask(
    'a series with one transparent override',
    `${event(`${timed}\nRRULE:FREQ=DAILY;COUNT=3`)}\n${event('RECURRENCE-ID:20261023T090000Z\nDTSTART:20261023T090000Z\nDTEND:20261023T100000Z\nTRANSP:TRANSPARENT')}`,
  ),
  ask('free in Microsoft’s word alone', event(`${timed}\nX-MICROSOFT-CDO-BUSYSTATUS:FREE`), {
    expect: [],
    why: 'Not the RFC’s: the property is Microsoft’s, and holds where TRANSP (§3.8.2.7) isn’t written.',
  }),
  ask(
    'opaque, whatever Microsoft’s word says',
    event(`${timed}\nTRANSP:OPAQUE\nX-MICROSOFT-CDO-BUSYSTATUS:FREE`),
  ),
  ask(
    'declined by the owner',
    event(`${timed}\nATTENDEE;CN="Ada; L.";PARTSTAT=DECLINED:mailto:Ada@Example.com`),
    {
      owner: ['ada@example.com'],
      expect: [],
      why: 'The engine knows no owner; who declined (§3.2.12) isn’t there.',
    },
  ),
  ask('declined by somebody else', event(`${timed}\nATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.com`), {
    owner: ['ada@example.com'],
  }),
  ask(
    'declined as one, accepted as another',
    event(
      `${timed}\nATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.com\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@example.org`,
    ),
    { owner: ['ada@example.com', 'ada@example.org'] },
  ),
  ask(
    'an alarm’s length',
    event(`${timed}\nBEGIN:VALARM\nACTION:AUDIO\nTRIGGER:-PT15M\nDURATION:PT5M\nREPEAT:2\nEND:VALARM`),
  ),
  ask(
    'a task takes no time',
    `BEGIN:VTODO\nUID:t\nDTSTAMP:20260101T000000Z\nDTSTART:20261022T090000Z\nDUE:20261022T100000Z\nEND:VTODO\n${event(timed)}`,
  ),
  ask(
    'free-busy',
    `BEGIN:VFREEBUSY\nUID:f\nDTSTAMP:20260101T000000Z\nFREEBUSY:20261022T090000Z/20261022T100000Z,20261023T090000Z/PT1H\nFREEBUSY;FBTYPE=BUSY-TENTATIVE:20261024T090000Z/PT1H\nFREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20261025T090000Z/PT1H\nFREEBUSY;FBTYPE=FREE:20261026T090000Z/PT1H\nFREEBUSY;FBTYPE=X-LUNCH:20261027T090000Z/PT1H\nEND:VFREEBUSY`,
    {
      expect: [
        '20261022T090000Z/20261022T100000Z',
        '20261023T090000Z/20261023T100000Z',
        '20261024T090000Z/20261024T100000Z',
        '20261025T090000Z/20261025T100000Z',
        '20261027T090000Z/20261027T100000Z',
      ],
      why: 'The engine reads events alone. §3.2.9: every type but FREE takes time, unknown ones too.',
    },
  ),
  ask(
    'free-busy that is half readable',
    `BEGIN:VFREEBUSY\nUID:f\nFREEBUSY:20261022T090000Z/20261022T100000Z,whenever\nEND:VFREEBUSY`,
    {
      partial: true,
      expect: ['20261022T090000Z/20261022T100000Z'],
      why: 'One bad period doesn’t take the other with it.',
    },
  ),
];
