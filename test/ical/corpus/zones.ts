/** Seven zones over both of their clock changes: hours, skipped and doubled hours, days, nights, lengths. */
import { ask, type CorpusCase, event } from './case.ts';

/**
 * `at` is a wall-clock time that the change skips or doubles, where there is one; `shift` its minutes, 0 where the day
 * by the clock has 24 hours all the same.
 */
const CHANGES = [
  { zone: 'Europe/Berlin', day: '20260329', at: '023000', shift: 60 },
  { zone: 'Europe/Berlin', day: '20261025', at: '023000', shift: -60 },
  { zone: 'America/New_York', day: '20260308', at: '023000', shift: 60 },
  { zone: 'America/New_York', day: '20261101', at: '013000', shift: -60 },
  { zone: 'Asia/Kolkata', day: '20260329', at: '023000', shift: 0 },
  { zone: 'Asia/Kolkata', day: '20261025', at: '023000', shift: 0 },
  { zone: 'Australia/Lord_Howe', day: '20261004', at: '021500', shift: 30 },
  { zone: 'Australia/Lord_Howe', day: '20260405', at: '014500', shift: -30 },
  { zone: 'Pacific/Apia', day: '20111230', at: '120000', shift: 0 },
  { zone: 'Pacific/Apia', day: '20210404', at: '033000', shift: -60 },
  { zone: 'Africa/Casablanca', day: '20260215', at: '023000', shift: -60 },
  { zone: 'Africa/Casablanca', day: '20260322', at: '023000', shift: 60 },
  { zone: 'America/Sao_Paulo', day: '20181104', at: '003000', shift: 60 },
  { zone: 'America/Sao_Paulo', day: '20190217', at: '233000', shift: -60 },
];

const dayOf = (day: string, move: number) => {
  const [, year, month, date] = /^(....)(..)(..)$/.exec(day) ?? [];
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(date) + move)).toISOString().slice(0, 10);
};
const plain = (iso: string) => iso.replaceAll('-', '');

const DOUBLED = {
  engine: 'dateutil',
  why: '§3.3.5: a local time that comes twice is the first. recurring_ical_events takes the second.',
} as const;
const NO_SUCH_DAY = {
  engine: 'none' as const,
  expect: [
    '20111228T100000Z/20111229T100000Z',
    '20111229T100000Z/20111230T100000Z',
    '20111230T100000Z/20111231T100000Z',
    '20111231T100000Z/20120101T100000Z',
  ],
  why: '§3.3.10 ignores invalid dates, and Samoa had no 30 December 2011: the engines give it no length instead.',
};
const BY_THE_CLOCK = {
  engine: 'dateutil',
  why: '§3.3.6: days are nominal, so a day ends when the clock shows the same. recurring_ical_events adds 24 hours.',
} as const;

export const ZONE_CASES: CorpusCase[] = CHANGES.flatMap(({ zone, day, at, shift }) => {
  const before = plain(dayOf(day, -2));
  const after = plain(dayOf(day, -1));
  const window = { zone, from: dayOf(day, -5), to: dayOf(day, 6) };
  const start = (time: string) => `DTSTART;TZID=${zone}:${before}T${time}`;
  const repeated = 'RRULE:FREQ=DAILY;COUNT=5';
  const name = (what: string) => `${zone} around ${day}: ${what}`;
  // Morocco's winter is its summer time in some zone data: there the engine takes the other one of the two.
  const mayAgree = zone === 'Africa/Casablanca' ? { mayAgree: true as const } : {};
  const doubled = shift < 0 ? { ...DOUBLED, ...mayAgree } : {};
  const days = day === '20111230' ? NO_SUCH_DAY : {};
  const changed = shift === 0 ? {} : BY_THE_CLOCK;
  return [
    ask(
      name('mornings'),
      event(`${start('093000')}\nDTEND;TZID=${zone}:${before}T101500\n${repeated}`),
      window,
    ),
    ask(name('the hour of the change'), event(`${start(at)}\nDURATION:PT30M\n${repeated}`), {
      ...window,
      ...doubled,
    }),
    ask(name('whole days'), event(`DTSTART;VALUE=DATE:${before}\nDTEND;VALUE=DATE:${after}\n${repeated}`), {
      ...window,
      ...days,
    }),
    ask(name('nights'), event(`${start('220000')}\nDTEND;TZID=${zone}:${after}T060000\n${repeated}`), window),
    ask(name('a day by the clock'), event(`${start('120000')}\nDURATION:P1D\n${repeated}`), {
      ...window,
      ...changed,
    }),
    ask(name('24 hours'), event(`${start('120000')}\nDURATION:PT24H\n${repeated}`), window),
  ];
});
