/** RRULE in all its forms, in one zone. */
import { ask, event } from './case.ts';

const rule = (text: string, start = '20261001T090000', end = '20261001T100000') =>
  event(`DTSTART;TZID=Europe/Berlin:${start}\nDTEND;TZID=Europe/Berlin:${end}\nRRULE:${text}`);
const year = { from: '2026-01-01', to: '2027-03-01' };

const RULES = [
  'FREQ=DAILY',
  'FREQ=DAILY;INTERVAL=3',
  'FREQ=DAILY;COUNT=30',
  'FREQ=DAILY;UNTIL=20261028T080000Z',
  'FREQ=DAILY;UNTIL=20261028T075959Z',
  'FREQ=DAILY;BYDAY=MO,WE,FR',
  'FREQ=DAILY;BYMONTH=11',
  'FREQ=DAILY;BYMONTHDAY=1,15,-1',
  'FREQ=DAILY;BYHOUR=9,14;BYMINUTE=0,30',
  'FREQ=DAILY;BYHOUR=14,9',
  'FREQ=DAILY;BYHOUR=9,12,15;BYSETPOS=-1',
  'FREQ=WEEKLY',
  'FREQ=WEEKLY;BYDAY=TU,TH',
  'FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=MO',
  'FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU',
  'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
  'FREQ=WEEKLY;BYDAY=MO,TU;BYHOUR=9,16;BYSETPOS=2,-1',
  'FREQ=WEEKLY;BYMONTH=11;BYDAY=WE',
  'FREQ=WEEKLY;COUNT=4;BYDAY=TH,SA',
  'FREQ=HOURLY;INTERVAL=5',
  'FREQ=HOURLY;BYHOUR=9,10,11;BYDAY=MO',
  'FREQ=HOURLY;BYMINUTE=0,30;COUNT=600',
  'FREQ=MINUTELY;INTERVAL=90;BYHOUR=8,9,10,11,12',
  'FREQ=MINUTELY;INTERVAL=45;COUNT=700',
  'FREQ=SECONDLY;INTERVAL=5400;BYDAY=SA,SU',
  'FREQ=SECONDLY;INTERVAL=43201;COUNT=60',
];
const YEAR_RULES = [
  'FREQ=MONTHLY',
  'FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=10,20',
  'FREQ=MONTHLY;BYMONTHDAY=31',
  'FREQ=MONTHLY;BYMONTHDAY=-1',
  'FREQ=MONTHLY;BYMONTHDAY=-1,-2,5',
  'FREQ=MONTHLY;BYDAY=1MO',
  'FREQ=MONTHLY;BYDAY=-1FR',
  'FREQ=MONTHLY;BYDAY=2TU,4TU',
  'FREQ=MONTHLY;BYDAY=5SA',
  'FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13',
  'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
  'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-2',
  'FREQ=MONTHLY;BYMONTH=3,1',
  'FREQ=MONTHLY;COUNT=5;BYDAY=1SU',
  'FREQ=YEARLY',
  'FREQ=YEARLY;BYMONTH=11,2;BYDAY=1MO',
  'FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'FREQ=YEARLY;BYDAY=-1FR',
  'FREQ=YEARLY;BYYEARDAY=1,100,-1',
  'FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO',
  'FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=SA,SU,MO',
  'FREQ=YEARLY;BYWEEKNO=-1;BYDAY=TH;WKST=SU',
  'FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=2,3,4,5,6,7,8;BYDAY=TU;INTERVAL=1',
  'FREQ=YEARLY;BYMONTHDAY=13;BYDAY=FR',
  'FREQ=YEARLY;BYMONTH=1,12;BYDAY=SU;BYSETPOS=-1',
  'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
];

export const RULE_CASES = [
  ...RULES.map((text) => ask(text, rule(text))),
  ...YEAR_RULES.map((text) => ask(text, rule(text, '20250101T090000', '20250101T100000'), year)),
  ask(
    'every Saturday and the first Monday',
    rule('FREQ=MONTHLY;BYDAY=1MO,SA', '20260103T090000', '20260103T100000'),
    {
      expect: [
        '20261024T070000Z/20261024T080000Z',
        '20261031T080000Z/20261031T090000Z',
        '20261102T080000Z/20261102T090000Z',
      ],
      why: '§3.3.10: BYDAY lists weekdays, each with a number or without. dateutil forgets the plain ones beside others.',
    },
  ),
  ask('the 20th Monday of the year', rule('FREQ=YEARLY;BYDAY=20MO', '20250101T090000', '20250101T100000'), {
    ...year,
    expect: ['20260518T070000Z/20260518T080000Z'],
    why: '§3.3.10: with YEARLY a number counts the weekdays of the year. The engine’s parser refuses two digits.',
  }),
  ask('every 29 February', rule('FREQ=YEARLY', '20160229T090000', '20160229T100000'), {
    from: '2026-01-01',
    to: '2033-01-01',
  }),
  ask('every 31st of a month', rule('FREQ=MONTHLY', '20260131T090000', '20260131T100000'), year),
  ask(
    'a rule that began in 1970',
    rule('FREQ=WEEKLY;INTERVAL=3;BYDAY=FR', '19700102T120000', '19700102T123000'),
  ),
  ask('a rule that ends in the year 9999', rule('FREQ=DAILY;UNTIL=99991231T235959Z')),
  ask(
    'an interval longer than the window',
    rule('FREQ=DAILY;INTERVAL=100', '20260715T090000', '20260715T100000'),
  ),
  ask('a rule that ended before the window', rule('FREQ=DAILY;COUNT=5')),
  ask('a rule that begins after the window', rule('FREQ=DAILY', '20261201T090000', '20261201T100000')),
  ask('a lower-case rule', rule('freq=daily;count=25;byday=mo,tu')),
  ask('an instance that reaches into the window', rule('FREQ=WEEKLY', '20261005T120000', '20261020T060000')),
  ask(
    'DTSTART that its rule does not take, without COUNT',
    rule('FREQ=WEEKLY;BYDAY=MO', '20261021T090000', '20261021T100000'),
  ),
  ask(
    'DTSTART that its rule does not take, with COUNT',
    rule('FREQ=WEEKLY;COUNT=2;BYDAY=MO', '20261021T090000', '20261021T100000'),
    {
      expect: ['20261021T070000Z/20261021T080000Z', '20261026T080000Z/20261026T090000Z'],
      why: '§3.3.10: DTSTART always counts as the first occurrence, so COUNT leaves one more.',
    },
  ),
  ask(
    'UNTIL before DTSTART',
    rule('FREQ=DAILY;UNTIL=20260901T000000Z', '20261021T090000', '20261021T100000'),
    {
      engine: 'dateutil',
      why: '§3.8.5.3: DTSTART is the first instance of the set, whatever bounds the rule.',
    },
  ),
  ask(
    'UNTIL that is a date, DTSTART with a zone',
    rule('FREQ=DAILY;UNTIL=20261023', '20261021T090000', '20261021T100000'),
    {
      expect: [
        '20261021T070000Z/20261021T080000Z',
        '20261022T070000Z/20261022T080000Z',
        '20261023T070000Z/20261023T080000Z',
      ],
      why: '§3.3.10 wants a UTC time here. A date must mean the whole of it: UNTIL includes its bound.',
    },
  ),
  ask(
    'UNTIL that floats, DTSTART with a zone',
    rule('FREQ=DAILY;UNTIL=20261023T090000', '20261021T090000', '20261021T100000'),
  ),
  ask(
    'COUNT and UNTIL together',
    rule('FREQ=DAILY;COUNT=2;UNTIL=20261023T090000Z', '20261021T090000', '20261021T100000'),
    {
      expect: [
        '20261021T070000Z/20261021T080000Z',
        '20261022T070000Z/20261022T080000Z',
        '20261023T070000Z/20261023T080000Z',
      ],
      why: '§3.3.10 forbids both. Either may be meant, so nothing that either allows is free.',
    },
  ),
  ask(
    'UNTIL and the larger COUNT',
    rule('FREQ=DAILY;COUNT=4;UNTIL=20261022T090000Z', '20261021T090000', '20261021T100000'),
    {
      expect: [
        '20261021T070000Z/20261021T080000Z',
        '20261022T070000Z/20261022T080000Z',
        '20261023T070000Z/20261023T080000Z',
        '20261024T070000Z/20261024T080000Z',
      ],
      why: '§3.3.10 forbids both. Either may be meant, so nothing that either allows is free.',
    },
  ),
  ask('BYWEEKNO alone', rule('FREQ=YEARLY;BYWEEKNO=44', '20250106T090000', '20250106T100000'), {
    expect: ['20261026T080000Z/20261026T090000Z'],
    why: '§3.3.10: what a rule leaves out comes from DTSTART, here the weekday.',
  }),
  ask(
    'two rules',
    event(
      'DTSTART:20261021T090000Z\nDTEND:20261021T100000Z\nRRULE:FREQ=DAILY;COUNT=3\nRRULE:FREQ=WEEKLY;COUNT=2',
    ),
    {
      engine: 'dateutil',
      why: '§3.8.5.3: RRULE should not come twice; where it does, the set is the union.',
    },
  ),
  ask('INTERVAL=0', rule('FREQ=DAILY;INTERVAL=0;COUNT=25'), {
    expect: [
      '20261020T070000Z/20261020T080000Z',
      '20261021T070000Z/20261021T080000Z',
      '20261022T070000Z/20261022T080000Z',
      '20261023T070000Z/20261023T080000Z',
      '20261024T070000Z/20261024T080000Z',
      '20261025T080000Z/20261025T090000Z',
    ],
    why: '§3.3.10 wants a positive number; the least one leaves no time out.',
  }),
  ask('BYSECOND=60', rule('FREQ=DAILY;BYSECOND=60;COUNT=25'), {
    expect: [
      '20261020T070059Z/20261020T080059Z',
      '20261021T070059Z/20261021T080059Z',
      '20261022T070059Z/20261022T080059Z',
      '20261023T070059Z/20261023T080059Z',
      '20261024T070059Z/20261024T080059Z',
    ],
    why: '§3.3.10 allows 60; §3.3.12: without leap seconds it is read as 59.',
  }),
  ask('a part that nobody knows', rule('FREQ=DAILY;COUNT=25;BYEASTER=1'), {
    partial: true,
    expect: [
      '20261020T070000Z/20261020T080000Z',
      '20261021T070000Z/20261021T080000Z',
      '20261022T070000Z/20261022T080000Z',
      '20261023T070000Z/20261023T080000Z',
      '20261024T070000Z/20261024T080000Z',
      '20261025T080000Z/20261025T090000Z',
    ],
    why: '§3.3.10 doesn’t know it. It could only take instances away, so all stay, and the answer says that it isn’t sure.',
  }),
  ask('a weekday that nobody knows', rule('FREQ=WEEKLY;COUNT=5;BYDAY=XX'), {
    partial: true,
    expect: ['20261022T070000Z/20261022T080000Z', '20261029T080000Z/20261029T090000Z'],
    why: 'No weekday of §3.3.10: DTSTART’s holds, and the answer says that it isn’t sure.',
  }),
  ask('a rule without a frequency', rule('COUNT=5', '20261021T090000', '20261021T100000'), {
    partial: true,
    expect: ['20261021T070000Z/20261021T080000Z'],
    why: '§3.3.10 requires FREQ: only DTSTART can be read.',
  }),
];
