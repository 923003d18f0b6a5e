/** Which zone a time is in: by the name as it is written, by the calendar's own definition, and by what a name means. */
import { describe, expect, it } from 'vitest';
import { type ReadOptions, readCalendar } from '../../../src/ical/read/calendar.ts';
import { DAY } from '../../../src/time/clock.ts';
import { zoneDataInfo } from '../../../src/time/installed-zones.ts';
import { formatUtcDateTime } from '../../../src/time/instant-text.ts';
import { calendarOf, event } from '../corpus/index.ts';

const window = { from: Date.UTC(2026, 6, 1), to: Date.UTC(2027, 0, 1) };
/** Nine hours ahead all the year, so that a guess is seen. */
const options: ReadOptions = { zone: 'Asia/Tokyo', owner: [], window };
const read = (ics: string) => readCalendar(calendarOf(ics), options);

/** A zone with clock changes as in Lisbon, two hours ahead in summer. */
const vtimezone = (tzid: string, { summer = '+0200', winter = '+0100', daylight = '', more = '' } = {}) =>
  `BEGIN:VTIMEZONE\nTZID:${tzid}${more}\nBEGIN:STANDARD\nDTSTART:16011028T030000\nTZOFFSETFROM:${summer}\nTZOFFSETTO:${winter}\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\n${
    daylight ||
    `BEGIN:DAYLIGHT\nDTSTART:16010325T020000\nTZOFFSETFROM:${winter}\nTZOFFSETTO:${summer}\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT`
  }\nEND:VTIMEZONE`;

/** In July and in December, at ten. @param param TZID as it is written, with what leads to it */
const used = (param: string) =>
  [event(`DTSTART${param}:20260706T100000\nDURATION:PT1H`, 'summer')]
    .concat(event(`DTSTART${param}:20261207T100000\nDURATION:PT1H`, 'winter'))
    .join('\n');

/** Hours of the day in UTC at which the two begin; null when the answer isn't sure. */
function hours(ics: string): number[] | null {
  const { events, partial } = read(ics);
  return partial ? null : events.map(({ start }) => new Date(start).getUTCHours());
}

describe('the name of a zone', () => {
  it.each([
    [
      'escaped where it is defined, quoted where it is used',
      'Lisboa\\, Porto\\; Faro',
      '"Lisboa, Porto; Faro"',
    ],
    ['escaped in both places', 'Lisboa\\, Porto', 'Lisboa\\, Porto'],
    ['escaped where it is used alone', 'Lisboa, Porto', '"Lisboa\\, Porto"'],
    ['unquoted with commas', 'Lisboa\\, Porto', 'Lisboa, Porto'],
    ['unquoted with colons', '(UTC+01:00) Lisboa\\, Porto', '(UTC+01:00) Lisboa, Porto'],
    ['encoded as a parameter', 'The "old" clocks ^', '"The ^\'old^\' clocks ^^"'],
    ['quoted where it is defined', '"Works clocks"', 'Works clocks'],
    ['in single quotes', 'Works clocks', "'Works clocks'"],
    ['with a quote that is not closed', 'Works clocks', '"Works clocks'],
    ['in other letters', 'WORKS clocks', 'Works CLOCKS'],
    ['with spaces around it', ' Works clocks ', '" Works  clocks"'],
    ['with invisible characters', 'Works clocks', 'Works\u00a0clocks\u200b\u200e'],
    ['composed otherwise', 'Z\u00fcrich Werk', 'Zu\u0308rich Werk'],
    ['empty', '', ''],
    ['of nothing that is seen', '\u200b', '"\u2800"'],
  ])('is found when it is %s', (_, defined, tzid) => {
    expect(hours(`${vtimezone(defined)}\n${used(`;TZID=${tzid}`)}`)).toEqual([8, 9]);
  });

  it('is found with spaces around the parameter, and without a value', () => {
    expect(hours(`${vtimezone('Works clocks')}\n${used('; TZID = Works clocks ')}`)).toEqual([8, 9]);
    expect(hours(`${vtimezone('')}\n${used(';TZID')}`)).toEqual([8, 9]);
  });

  it('is found in X-WR-TIMEZONE', () => {
    expect(hours(`X-WR-TIMEZONE:Lisboa\\, Porto\n${used('')}\n${vtimezone('Lisboa, Porto')}`)).toEqual([
      8, 9,
    ]);
  });

  it('means the definition that is spelled alike, where several differ in spelling', () => {
    const both = `${vtimezone('Works')}\n${vtimezone('WORKS', { summer: '+0500', winter: '+0400' })}`;
    expect(hours(`${both}\n${used(';TZID=Works')}`)).toEqual([8, 9]);
    expect(hours(`${both}\n${used(';TZID=WORKS')}`)).toEqual([5, 6]);
  });

  it('is one name in an override and in its series, however it is spelled', () => {
    const series = event(
      'DTSTART;TZID="Lisboa, Porto":20261207T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE;TZID=Lisboa\\, Porto:20261209T100000',
    );
    const moved = event(
      'RECURRENCE-ID;TZID="lisboa\\, porto":20261208T100000\nDTSTART:20261208T200000Z\nDURATION:PT1H',
    );
    expect(hours(`${vtimezone('Lisboa\\, Porto')}\n${series}\n${moved}`)).toEqual([9, 20]);
  });
});

describe('a zone that the calendar defines', () => {
  it.each([
    'EST',
    'MST',
    'HST',
    'CET',
    'GMT',
    'UTC',
    'Etc/GMT+5',
    'GB',
    'W. Europe Standard Time',
    'GMT+0100',
  ])('is what is meant by %s, a name without a region', (name) => {
    const clocks = vtimezone(name, { summer: '-0400', winter: '-0500' });
    expect(hours(`${clocks}\n${used(`;TZID=${name}`)}`)).toEqual([14, 15]);
  });

  it('is not what is meant by a region', () => {
    const clocks = vtimezone('Europe/Berlin', { summer: '-0400', winter: '-0500' });
    expect(hours(`${clocks}\n${used(';TZID=Europe/Berlin')}`)).toEqual([8, 9]);
    const path = '/example.org/2026/Europe/Berlin';
    expect(hours(`${vtimezone(path, { summer: '-0400' })}\n${used(`;TZID=${path}`)}`)).toEqual([8, 9]);
  });

  it.each([
    ['no beginning', 'TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3'],
    ['no offset', 'DTSTART:16010325T020000\nTZOFFSETFROM:+0100\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3'],
    [
      'an offset that is no number',
      'DTSTART:16010325T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:summer\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
    ],
    [
      'no offset before it',
      'DTSTART:16010325T020000\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
    ],
    [
      'a rule without a frequency',
      'DTSTART:16010325T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:BYDAY=-1SU;BYMONTH=3',
    ],
    [
      'a rule with a part that nobody knows',
      'DTSTART:16010325T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=-1XX;BYMONTH=3',
    ],
    [
      'a date that is none',
      'DTSTART:20260329T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRDATE:20270230T020000',
    ],
  ])('is a guess when its summer has %s, and the answer says so', (_, lines) => {
    const daylight = `BEGIN:DAYLIGHT\n${lines}\nEND:DAYLIGHT`;
    expect(hours(`${vtimezone('Works', { daylight })}\n${used(';TZID=Works')}`)).toBeNull();
    expect(hours(`${vtimezone('EST', { daylight })}\n${used(';TZID=EST')}`)).toBeNull();
    // A name or a location that says by itself what is meant needs no definition.
    expect(
      hours(`${vtimezone('Romance Standard Time', { daylight })}\n${used(';TZID=Romance Standard Time')}`),
    ).toEqual([8, 9]);
    const more = '\nX-LIC-LOCATION:Europe/Paris';
    expect(hours(`${vtimezone('Works', { daylight, more })}\n${used(';TZID=Works')}`)).toEqual([8, 9]);
  });

  it('may write its offsets in hours alone', () => {
    expect(hours(`${vtimezone('Works', { summer: '+02', winter: '+1' })}\n${used(';TZID=Works')}`)).toEqual([
      8, 9,
    ]);
  });

  it('counts where one of its definitions can be read', () => {
    const daylight = 'BEGIN:DAYLIGHT\nTZOFFSETTO:+0200\nEND:DAYLIGHT';
    const both = `${vtimezone('Works')}\n${vtimezone('Works', { daylight })}`;
    expect(hours(`${both}\n${used(';TZID=Works')}`)).toEqual([8, 9]);
  });
});

describe('a zone that is not defined', () => {
  it.each([
    ['GMT+0100', 9],
    ['GMT+05:30', 4.5],
    ['UTC-5', 15],
    ['UTC+5:45', 4.25],
    ['+0100', 9],
    ['Z', 10],
    ['Etc/GMT+5', 15],
  ])('is the offset that it states: %s', (name, hour) => {
    const { events, partial } = read(event(`DTSTART;TZID=${name}:20261207T100000\nDURATION:PT1H`));
    expect(partial).toBe(false);
    expect(events.map(({ start }) => (start - Date.UTC(2026, 11, 7)) / 3_600_000)).toEqual([hour]);
  });

  it.each(['', '""', '\u200b', 'Works', '"(UTC+01:00) Works"', 'IST', 'CEST', 'Berlin\\, Tokyo'])(
    'and whose name %j says nothing is a guess, and the answer says so',
    (name) => {
      expect(hours(used(`;TZID=${name}`))).toBeNull();
    },
  );

  it('and has no name is the calendar’s own, where the calendar names one', () => {
    expect(hours(`X-WR-TIMEZONE:Europe/Paris\n${used(';TZID=')}`)).toEqual([8, 9]);
  });
});

describe('X-WR-TIMEZONE', () => {
  it.each([
    ['Europe/Paris', [8, 9]],
    ['Romance Standard Time', [8, 9]],
    ['(UTC+01:00) Brussels\\, Copenhagen\\, Madrid\\, Paris', [8, 9]],
    ['Eastern Time', [14, 15]],
    ['GMT+0530', [4, 4]],
    ['', [1, 1]],
    ['\u200b', [1, 1]],
  ])('%j is the zone of floating times', (name, expected) => {
    expect(hours(`X-WR-TIMEZONE:${name}\n${used('')}`)).toEqual(expected);
  });

  it('that says nothing makes floating times a guess, and the answer says so', () => {
    expect(hours(`X-WR-TIMEZONE:Works\n${used('')}`)).toBeNull();
    expect(hours(`X-WR-TIMEZONE:Works\n${used(';TZID=Europe/Paris')}`)).toEqual([8, 9]);
  });

  it('is named to its provider as IANA calls it, unless the calendar means something else by it', () => {
    expect(read(`X-WR-TIMEZONE:Eastern Time\n${used('')}`).calendar.zone).toBe('America/New_York');
    expect(read(`X-WR-TIMEZONE:EST\n${vtimezone('EST')}\n${used('')}`).calendar.zone).toBeNull();
  });
});

describe('a definition of a zone that the zone data has too', () => {
  const revised = (after: number) =>
    `\nLAST-MODIFIED:${formatUtcDateTime(zoneDataInfo().releasedAt + after)}`;
  const berlin = (more: string) =>
    hours(`${vtimezone('Europe/Berlin', { winter: '+0200', more })}\n${used(';TZID=Europe/Berlin')}`);

  it('counts when it was revised after the data was released', () => {
    expect(berlin(revised(DAY))).toEqual([8, 8]);
  });

  it('does not count when it is older than the data, or says nothing of its age', () => {
    expect(berlin(revised(-DAY))).toEqual([8, 9]);
    expect(berlin('')).toEqual([8, 9]);
    expect(berlin('\nLAST-MODIFIED:soon')).toEqual([8, 9]);
  });

  it('does not count when some of it can’t be read', () => {
    const more = revised(DAY);
    const daylight = 'BEGIN:DAYLIGHT\nDTSTART:soon\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0300\nEND:DAYLIGHT';
    const ics = vtimezone('Europe/Berlin', { winter: '+0200', daylight, more });
    expect(hours(`${ics}\n${used(';TZID=Europe/Berlin')}`)).toEqual([8, 9]);
  });
});
