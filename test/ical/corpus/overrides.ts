/** What replaces instances of a series, and which of several copies holds. */
import { ask, event } from './case.ts';

const daily = `DTSTART;TZID=Europe/Berlin:20261021T090000
DTEND;TZID=Europe/Berlin:20261021T100000
RRULE:FREQ=DAILY;COUNT=6`;
const allDay = `DTSTART;VALUE=DATE:20261021
DTEND;VALUE=DATE:20261022
RRULE:FREQ=DAILY;COUNT=6`;
const moved = (original: string, day: string, from: string, to: string, more = '') =>
  event(`RECURRENCE-ID${original}
DTSTART;TZID=Europe/Berlin:${day}T${from}
DTEND;TZID=Europe/Berlin:${day}T${to}${more}`);
const OF_24 = ';TZID=Europe/Berlin:20261024T090000';

export const OVERRIDE_CASES = [
  ask('an override later that day', `${event(daily)}\n${moved(OF_24, '20261024', '150000', '163000')}`),
  ask(
    'an override named in UTC',
    `${event(daily)}\n${moved(':20261024T070000Z', '20261024', '150000', '163000')}`,
  ),
  ask(
    'an override named in another zone',
    `${event(daily)}\n${moved(';TZID=Asia/Kolkata:20261024T123000', '20261024', '150000', '163000')}`,
  ),
  ask(
    'an override before its series in the text',
    `${moved(OF_24, '20261024', '150000', '163000')}\n${event(daily)}`,
  ),
  ask(
    'an override moved out of the window',
    `${event(daily)}\n${moved(OF_24, '20261224', '150000', '163000')}`,
  ),
  ask(
    'an override moved into the window',
    `${event(daily.replace('COUNT=6', 'COUNT=60'))}\n${moved(';TZID=Europe/Berlin:20261210T090000', '20261021', '150000', '163000')}`,
    { to: '2026-10-23' },
  ),
  ask(
    'an override of a time before the window',
    `${event(daily)}\n${moved(';TZID=Europe/Berlin:20261021T090000', '20261030', '150000', '163000')}`,
    { from: '2026-10-23' },
  ),
  ask(
    'an override moved onto another instance',
    `${event(daily)}\n${moved(OF_24, '20261025', '090000', '100000')}`,
  ),
  ask(
    'a cancelled override',
    `${event(daily)}\n${moved(OF_24, '20261024', '090000', '100000', '\nSTATUS:CANCELLED')}`,
  ),
  ask(
    'a cancelled override without a time',
    `${event(daily)}\n${event('RECURRENCE-ID;TZID=Europe/Berlin:20261024T090000\nSTATUS:CANCELLED')}`,
    {
      expect: [
        '20261021T070000Z/20261021T080000Z',
        '20261022T070000Z/20261022T080000Z',
        '20261023T070000Z/20261023T080000Z',
        '20261025T080000Z/20261025T090000Z',
        '20261026T080000Z/20261026T090000Z',
      ],
      why: '§3.8.1.11 and §3.8.4.4: STATUS and RECURRENCE-ID say all of it; a lost DTSTART changes nothing.',
    },
  ),
  ask(
    'an override of nothing',
    `${event(daily)}\n${moved(';TZID=Europe/Berlin:20261024T093000', '20261024', '150000', '163000')}`,
    {
      engine: 'dateutil',
      why: '§3.8.4.4: it names one instant. The engine takes the whole day’s instance away.',
    },
  ),
  ask(
    'an override of what EXDATE took',
    `${event(`${daily}\nEXDATE;TZID=Europe/Berlin:20261024T090000`)}\n${moved(OF_24, '20261024', '150000', '163000')}`,
  ),
  ask(
    'an override of a whole day',
    `${event(allDay)}\n${event('RECURRENCE-ID;VALUE=DATE:20261023\nDTSTART;VALUE=DATE:20261030\nDTEND;VALUE=DATE:20261101')}`,
  ),
  ask(
    'a whole day made hours',
    `${event(allDay)}\n${event('RECURRENCE-ID;VALUE=DATE:20261023\nDTSTART:20261023T090000Z\nDTEND:20261023T100000Z')}`,
  ),
  ask('an override without its series', moved(OF_24, '20261024', '150000', '163000')),
  ask(
    'two overrides without their series',
    `${moved(OF_24, '20261024', '150000', '163000')}\n${moved(';TZID=Europe/Berlin:20261025T090000', '20261025', '150000', '163000')}`,
  ),
  ask(
    'an override from one instance on',
    `${event(daily)}\n${moved(';RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261024T090000', '20261024', '150000', '153000')}`,
    {
      expect: [
        '20261021T070000Z/20261021T080000Z',
        '20261022T070000Z/20261022T080000Z',
        '20261023T070000Z/20261023T080000Z',
        '20261024T130000Z/20261024T133000Z',
        '20261025T140000Z/20261025T143000Z',
        '20261026T140000Z/20261026T143000Z',
      ],
      why: '§3.2.13: THISANDFUTURE moves what follows by as much. The engine doesn’t know it.',
    },
  ),
  ask(
    'an override from one instance on, a day later',
    `${event(daily)}\n${moved(';RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261024T090000', '20261025', '080000', '090000')}`,
    {
      expect: [
        '20261021T070000Z/20261021T080000Z',
        '20261022T070000Z/20261022T080000Z',
        '20261023T070000Z/20261023T080000Z',
        '20261025T070000Z/20261025T080000Z',
        '20261026T070000Z/20261026T080000Z',
        '20261027T070000Z/20261027T080000Z',
      ],
      why: '§3.2.13: THISANDFUTURE moves what follows by as much. The engine doesn’t know it.',
    },
  ),
  ask(
    'an override from one instance on, all of it written in UTC',
    `${event(daily)}\n${event('RECURRENCE-ID;RANGE=THISANDFUTURE:20261024T070000Z\nDTSTART:20261024T080000Z\nDTEND:20261024T090000Z')}`,
    {
      expect: [
        '20261021T070000Z/20261021T080000Z',
        '20261022T070000Z/20261022T080000Z',
        '20261023T070000Z/20261023T080000Z',
        '20261024T080000Z/20261024T090000Z',
        '20261025T090000Z/20261025T100000Z',
        '20261026T090000Z/20261026T100000Z',
      ],
      why: '§3.2.13: an hour later by the clock of the series, also after the clocks went back on the 25th.',
    },
  ),
  ask(
    'two overrides, each from one instance on',
    `${event(daily)}\n${moved(';RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261023T090000', '20261023', '150000', '160000')}\n${moved(';RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261025T090000', '20261025', '180000', '190000')}`,
    {
      expect: [
        '20261021T070000Z/20261021T080000Z',
        '20261022T070000Z/20261022T080000Z',
        '20261023T130000Z/20261023T140000Z',
        '20261024T130000Z/20261024T140000Z',
        '20261025T170000Z/20261025T180000Z',
        '20261026T170000Z/20261026T180000Z',
      ],
      why: '§3.2.13: the later of two ranges holds from where it begins.',
    },
  ),
  ask(
    'one override after one from an instance on',
    `${event(daily)}\n${moved(';RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261023T090000', '20261023', '150000', '160000')}\n${moved(';TZID=Europe/Berlin:20261025T090000', '20261025', '200000', '210000')}`,
    {
      expect: [
        '20261021T070000Z/20261021T080000Z',
        '20261022T070000Z/20261022T080000Z',
        '20261023T130000Z/20261023T140000Z',
        '20261024T130000Z/20261024T140000Z',
        '20261025T190000Z/20261025T200000Z',
        '20261026T140000Z/20261026T150000Z',
      ],
      why: '§3.2.13: an instance of its own stands within the range of another.',
    },
  ),
  ask(
    'the rest of a series cancelled',
    `${event(daily)}\n${moved(';RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261024T090000', '20261024', '090000', '100000', '\nSTATUS:CANCELLED')}`,
    {
      expect: [
        '20261021T070000Z/20261021T080000Z',
        '20261022T070000Z/20261022T080000Z',
        '20261023T070000Z/20261023T080000Z',
      ],
      why: '§3.2.13 with STATUS (§3.8.1.11): what follows is called off too.',
    },
  ),
  ask(
    'an override whose start nobody can read',
    `${event(daily)}\n${event('RECURRENCE-ID;TZID=Europe/Berlin:20261024T090000\nDTSTART:soon')}`,
    {
      partial: true,
      expect: [
        '20261021T070000Z/20261021T080000Z',
        '20261022T070000Z/20261022T080000Z',
        '20261023T050000Z/20261025T090000Z',
        '20261023T070000Z/20261023T080000Z',
        '20261025T080000Z/20261025T090000Z',
        '20261026T080000Z/20261026T090000Z',
      ],
      why: 'What it moved can’t be known: a day around its instance is taken, and the answer says that it isn’t sure.',
    },
  ),
  ask(
    'a higher SEQUENCE',
    `${event('SEQUENCE:2\nDTSTART:20261022T090000Z\nDTEND:20261022T100000Z')}\n${event('SEQUENCE:1\nDTSTART:20261023T090000Z\nDTEND:20261023T100000Z')}`,
    {
      expect: ['20261022T090000Z/20261022T100000Z'],
      why: '§3.8.7.4: the higher revision is the current one.',
    },
  ),
  ask(
    'the same SEQUENCE, a later DTSTAMP',
    `${event('DTSTART:20261022T090000Z\nDTEND:20261022T100000Z')}\n${event('DTSTART:20261023T090000Z\nDTEND:20261023T100000Z').replace('20260101T000000Z', '20260102T000000Z')}`,
    {
      expect: ['20261023T090000Z/20261023T100000Z'],
      why: '§3.8.7.2: of the same revision the later stamp is the current one.',
    },
  ),
  ask(
    'the same SEQUENCE, a DTSTAMP a second later',
    `${event('DTSTART:20261022T090000Z\nDTEND:20261022T100000Z')}\n${event('DTSTART:20261023T090000Z\nDTEND:20261023T100000Z').replace('20260101T000000Z', '20260101T000001Z')}`,
  ),
  ask(
    'the same UID, neither newer',
    `${event('DTSTART:20261022T090000Z\nDTEND:20261022T100000Z')}\n${event('DTSTART:20261023T090000Z\nDTEND:20261023T100000Z')}`,
  ),
  ask(
    'a higher SEQUENCE of an override',
    `${event(daily)}\n${moved(OF_24, '20261024', '150000', '163000', '\nSEQUENCE:1')}\n${moved(OF_24, '20261024', '180000', '190000', '\nSEQUENCE:2')}`,
  ),
  ask(
    'a newer copy that was cancelled',
    `${event('DTSTART:20261022T090000Z\nDTEND:20261022T100000Z')}\n${event('SEQUENCE:1\nSTATUS:CANCELLED\nDTSTART:20261022T090000Z\nDTEND:20261022T100000Z')}`,
    { expect: [], why: '§3.8.7.4: the higher revision is the current one, and it says cancelled.' },
  ),
  ask(
    'the rest of a series cancelled, without a time',
    `${event(daily)}\n${event('RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261023T090000\nSTATUS:CANCELLED')}`,
    {
      expect: ['20261021T070000Z/20261021T080000Z', '20261022T070000Z/20261022T080000Z'],
      why: '§3.2.13 with STATUS (§3.8.1.11): what follows is called off, and needs no time for that.',
    },
  ),
  ask(
    'the same event twice',
    `${event('DTSTART:20261022T090000Z\nDTEND:20261022T100000Z')}\n${event('DTSTART:20261022T090000Z\nDTEND:20261022T100000Z')}`,
  ),
];
