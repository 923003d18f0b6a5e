/** What is added to a series and taken from it. */
import { ask, event } from './case.ts';

const daily = `DTSTART;TZID=Europe/Berlin:20261021T090000
DTEND;TZID=Europe/Berlin:20261021T100000
RRULE:FREQ=DAILY;COUNT=6`;
const allDay = `DTSTART;VALUE=DATE:20261021
DTEND;VALUE=DATE:20261022
RRULE:FREQ=DAILY;COUNT=6`;
export const SET_CASES = [
  ask('EXDATE', event(`${daily}\nEXDATE;TZID=Europe/Berlin:20261022T090000`)),
  ask(
    'EXDATE with several values',
    event(`${daily}\nEXDATE;TZID=Europe/Berlin:20261022T090000,20261024T090000`),
  ),
  ask(
    'EXDATE in several lines',
    event(`${daily}\nEXDATE;TZID=Europe/Berlin:20261022T090000\nEXDATE:20261024T070000Z`),
  ),
  ask('EXDATE in UTC', event(`${daily}\nEXDATE:20261025T080000Z`)),
  ask('EXDATE in another zone', event(`${daily}\nEXDATE;TZID=America/New_York:20261022T030000`)),
  ask('EXDATE that meets nothing', event(`${daily}\nEXDATE;TZID=Europe/Berlin:20261022T093000`)),
  ask('EXDATE of DTSTART', event(`${daily}\nEXDATE;TZID=Europe/Berlin:20261021T090000`)),
  ask(
    'EXDATE of every instance',
    event(
      `DTSTART:20261021T090000Z\nDTEND:20261021T100000Z\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20261021T090000Z,20261022T090000Z`,
    ),
  ),
  ask('EXDATE that is a date, of whole days', event(`${allDay}\nEXDATE;VALUE=DATE:20261023`)),
  ask('EXDATE that is a date, of hours', event(`${daily}\nEXDATE;VALUE=DATE:20261023`)),
  ask('EXDATE that is a time, of whole days', event(`${allDay}\nEXDATE:20261023T000000`), {
    expect: [
      '20261020T220000Z/20261021T220000Z',
      '20261021T220000Z/20261022T220000Z',
      '20261022T220000Z/20261023T220000Z',
      '20261023T220000Z/20261024T220000Z',
      '20261024T220000Z/20261025T230000Z',
      '20261025T230000Z/20261026T230000Z',
    ],
    why: '§3.8.5.1: an exception is of the type of what it takes away. This one meets nothing.',
  }),
  ask('EXDATE of an RDATE', event(`${daily}\nRDATE:20261101T120000Z\nEXDATE:20261101T120000Z`)),
  ask('EXDATE that nobody can read', event(`${daily}\nEXDATE:tomorrow`), {
    expect: [
      '20261021T070000Z/20261021T080000Z',
      '20261022T070000Z/20261022T080000Z',
      '20261023T070000Z/20261023T080000Z',
      '20261024T070000Z/20261024T080000Z',
      '20261025T080000Z/20261025T090000Z',
      '20261026T080000Z/20261026T090000Z',
    ],
    why: 'Nothing that can’t be read makes time free.',
  }),
  ask(
    'COUNT counts what EXDATE takes',
    event(`${daily}\nEXDATE:20261021T070000Z,20261022T070000Z,20261023T070000Z`),
  ),
  ask('RDATE', event(`${daily}\nRDATE;TZID=Europe/Berlin:20261101T090000`)),
  ask(
    'RDATE with several values',
    event(`${daily}\nRDATE;TZID=Europe/Berlin:20261101T090000,20261102T120000`),
  ),
  ask('RDATE in another zone', event(`${daily}\nRDATE;TZID=America/New_York:20261101T090000`)),
  ask(
    'RDATE without a rule',
    event(`DTSTART:20261021T090000Z\nDTEND:20261021T100000Z\nRDATE:20261023T090000Z`),
  ),
  ask('RDATE that the rule has too', event(`${daily}\nRDATE;TZID=Europe/Berlin:20261022T090000`)),
  ask('RDATE of whole days', event(`${allDay}\nRDATE;VALUE=DATE:20261101,20261103`)),
  ask('RDATE that is a date, of hours', event(`${daily}\nRDATE;VALUE=DATE:20261101`), {
    expect: [
      '20261021T070000Z/20261021T080000Z',
      '20261022T070000Z/20261022T080000Z',
      '20261023T070000Z/20261023T080000Z',
      '20261024T070000Z/20261024T080000Z',
      '20261025T080000Z/20261025T090000Z',
      '20261026T080000Z/20261026T090000Z',
      '20261031T230000Z/20261101T230000Z',
    ],
    why: '§3.8.5.2 doesn’t say which of its hours: all of the day is taken.',
  }),
  ask('RDATE that is a period', event(`${daily}\nRDATE;VALUE=PERIOD:20261101T120000Z/20261101T150000Z`), {
    expect: [
      '20261021T070000Z/20261021T080000Z',
      '20261022T070000Z/20261022T080000Z',
      '20261023T070000Z/20261023T080000Z',
      '20261024T070000Z/20261024T080000Z',
      '20261025T080000Z/20261025T090000Z',
      '20261026T080000Z/20261026T090000Z',
      '20261101T120000Z/20261101T150000Z',
    ],
    why: '§3.8.5.2: a period has its own end. The engine can’t add one to hours.',
  }),
  ask(
    'RDATE that is a period with a length',
    event(`${daily}\nRDATE;VALUE=PERIOD:20261101T120000Z/PT20M,20261102T120000Z/P1D`),
    {
      expect: [
        '20261021T070000Z/20261021T080000Z',
        '20261022T070000Z/20261022T080000Z',
        '20261023T070000Z/20261023T080000Z',
        '20261024T070000Z/20261024T080000Z',
        '20261025T080000Z/20261025T090000Z',
        '20261026T080000Z/20261026T090000Z',
        '20261101T120000Z/20261101T122000Z',
        '20261102T120000Z/20261103T120000Z',
      ],
      why: '§3.8.5.2 and §3.3.9: a period may end after a duration, here one by the clock.',
    },
  ),
  ask(
    'RDATE that is a period of two years',
    event(
      'DTSTART:20240101T090000Z\nDTEND:20240101T100000Z\nRDATE;VALUE=PERIOD:20250101T000000Z/20270101T000000Z',
    ),
    {
      expect: ['20250101T000000Z/20270101T000000Z'],
      why: '§3.8.5.2 and §3.3.9: a period has its own end, however far. The engine can’t add one to hours.',
    },
  ),
  ask(
    'RDATE before DTSTART',
    event(`DTSTART:20261025T090000Z\nDTEND:20261025T100000Z\nRDATE:20261022T090000Z`),
  ),
];
