/**
 * Ten thousand damaged calendars. None hangs, none crashes, and none makes time free that was taken.
 *
 * What is free is decided like this. Each calendar holds witnesses, and between them a victim of the corpus. Damage may
 * change the time of what it hits; but the time of each witness whose own lines still stand, and whose zone's do, must
 * stay taken, or the calendar must be refused. Only where the damage broke the frame, so that lines of one component lie
 * in another, is it enough that the answer says it is partial.
 *
 * FUZZ_SEED=random, or a number, for other damage than always.
 */
import { describe, expect, it } from 'vitest';
import { decodeCalendar, readCalendar, UnreadableCalendar } from '../../src/ical/read/calendar.ts';
import { CORPUS, event } from './corpus/index.ts';
import { DAMAGE, type Random, randomFrom } from './fuzz.fixture.ts';

const wanted = process.env.FUZZ_SEED;
const SEED = wanted === 'random' ? Math.floor(Math.random() * 2 ** 32) : Number(wanted ?? 20_261_121);
/** Tests of each kind, and calendars of each test: few enough for a busy machine. */
const ROUNDS = 5;
const CALENDARS = 1_000;

const window = { from: Date.UTC(2026, 9, 20), to: Date.UTC(2026, 10, 5) };
/** So few steps that hostile rules cost little; the witnesses need no more. */
const limits = { steps: 200_000 };
const options = { zone: 'Europe/Berlin', owner: ['ada@example.com'], window, limits };

const WITNESSES = [
  event('DTSTART:20261021T060000Z\nDTEND:20261021T070000Z\nSUMMARY:Single', 'witness-1'),
  event(
    'DTSTART;TZID=Europe/Berlin:20261019T180000\nDTEND;TZID=Europe/Berlin:20261019T190000\nRRULE:FREQ=DAILY',
    'witness-2',
  ),
  event('DTSTART;TZID=Own clocks:20261026T110000\nDTEND;TZID=Own clocks:20261026T120000', 'witness-3'),
  event('DTSTART;VALUE=DATE:20261103\nDTEND;VALUE=DATE:20261104', 'witness-4'),
];
const ZONE = `BEGIN:VTIMEZONE
TZID:Own clocks
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0330
TZOFFSETTO:+0330
END:STANDARD
END:VTIMEZONE`;

/** Cut at the victim: what comes before it and after it. */
const BEFORE = `BEGIN:VCALENDAR\n${ZONE}\n${WITNESSES[0]}\n${WITNESSES[1]}\n`.replaceAll('\n', '\r\n');
const AFTER = `${WITNESSES[2]}\n${WITNESSES[3]}\nEND:VCALENDAR\n`.replaceAll('\n', '\r\n');
const VICTIMS = CORPUS.filter(({ from }) => from.startsWith('2026')).map(({ ics }) =>
  Buffer.from(`${ics}\n`.replaceAll('\n', '\r\n')),
);

type Span = { uid: string; start: number; end: number };
const spans = (text: string): Span[] =>
  readCalendar(text, options)
    .events.filter(({ kind }) => kind !== 'FREE')
    .map(({ uid, start, end }) => ({ uid, start, end }));
const WITNESSED = spans(`${BEFORE}${AFTER}`);

let outcomes = { whole: 0, partial: 0, refused: 0 };
const rounds = Array.from({ length: ROUNDS }, (_, round) => round);

/** Each component ends where it began, and none of those that never are is within another. */
function isFramed(text: string): boolean {
  const open: string[] = [];
  for (const [, word = '', name = ''] of text
    .replace(/\r?\n[ \t]/g, '')
    .matchAll(/^(BEGIN|END):(.*?)\r?$/gim)) {
    if (word.toUpperCase() === 'END') {
      if (open.pop() !== name) return false;
    } else {
      const within = open.at(-1);
      const fits =
        name === 'VCALENDAR' ? !within : /^VALARM|STANDARD|DAYLIGHT$/.test(name) || within === 'VCALENDAR';
      if (!fits) return false;
      open.push(name);
    }
  }
  return open.length === 0;
}

/** @returns what of the witnesses' time is free now. */
function freed(text: string, whole: (uid: string) => boolean): Span[] {
  let read: ReturnType<typeof readCalendar>;
  try {
    read = readCalendar(text, options);
  } catch (error) {
    if (!(error instanceof UnreadableCalendar)) throw error;
    outcomes.refused++;
    return [];
  }
  for (const { start, end, recurrenceId } of read.events) {
    if (!(Number.isFinite(start) && start <= end && Number.isFinite(recurrenceId ?? 0))) {
      throw new Error(`no time at all: ${start} ${end} ${recurrenceId}`);
    }
  }
  outcomes[read.partial ? 'partial' : 'whole']++;
  // Only a component that took others' lines may take their time with it.
  if (read.partial && !isFramed(text)) return [];
  const busy = read.events.filter(({ kind }) => kind !== 'FREE');
  return WITNESSED.filter(
    ({ uid, start, end }) => whole(uid) && !busy.some((one) => one.start <= start && one.end >= end),
  );
}

const damaged = (bytes: Buffer, random: Random): Buffer => {
  let now = bytes;
  for (let times = 1 + random.below(3); times > 0 && now.length > 0; times--) {
    now = random.of(Object.values(DAMAGE))(now, random);
  }
  return now;
};

/** A witness is whole when its lines still stand there, unfolded and in order, within a sound frame. */
function wholeIn(text: string): (uid: string) => boolean {
  const plain = text.replace(/\r?\n[ \t]/g, '');
  const has = (lines: string) => plain.includes(`\r\n${lines.replaceAll('\n', '\r\n')}\r\n`);
  const zone = has(ZONE);
  return (uid) => {
    const lines = WITNESSES[Number(uid.slice(-1)) - 1] as string;
    // Another component may claim the same UID by now, and be newer.
    const alone = plain.split(`UID:${uid}`).length === 2;
    return has(lines) && alone && (uid !== 'witness-3' || zone);
  };
}

describe(`damage (FUZZ_SEED=${SEED})`, () => {
  it('is seen when there is some', () => {
    expect(WITNESSED).toHaveLength(19);
    expect(VICTIMS.length).toBeGreaterThan(150);
    const lost = `${BEFORE}${AFTER}`.replace('20261021T060000Z', '20261021T063000Z');
    expect(freed(lost, () => true)).toHaveLength(1);
  });

  it.each(rounds)('to one component leaves the others’ time taken, round %i', (round) => {
    if (round === 0) console.log(`FUZZ_SEED=${SEED}`);
    const random = randomFrom(SEED + 2 * round);
    outcomes = { whole: 0, partial: 0, refused: 0 };
    const failures: unknown[] = [];
    for (let i = 0; i < CALENDARS; i++) {
      const victim = damaged(random.of(VICTIMS), random);
      const text = decodeCalendar(Buffer.concat([Buffer.from(BEFORE), victim, Buffer.from(AFTER)]));
      // What can't be distinguished from a component of its own is none of the victim's any more.
      const found = freed(text, wholeIn(text));
      if (found.length > 0) failures.push({ i, found, victim: victim.toString('latin1') });
    }
    expect(failures).toEqual([]);
    expect(outcomes.whole).toBeGreaterThan(CALENDARS / 5);
  });

  it.each(rounds)('to any byte leaves the time taken of what is still whole, round %i', (round) => {
    const random = randomFrom(SEED + 2 * round + 1);
    const failures: unknown[] = [];
    for (let i = 0; i < CALENDARS; i++) {
      const whole = Buffer.concat([Buffer.from(BEFORE), random.of(VICTIMS), Buffer.from(AFTER)]);
      const text = decodeCalendar(damaged(whole, random));
      const found = freed(text, wholeIn(text));
      if (found.length > 0) failures.push({ i, found, text });
    }
    expect(failures).toEqual([]);
  });
});
