/** Damage to calendars: what happens to bytes on their way, and what bad programs write. */

/** Numbers from a seed (mulberry32), so that a failure can be run again. */
export function randomFrom(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, of: <T>(list: readonly T[]): T => list[below(list.length)] as T };
}

export type Random = ReturnType<typeof randomFrom>;

type Damage = (bytes: Buffer, random: Random) => Buffer;

const HOSTILE = [
  'RRULE:FREQ=SECONDLY',
  'RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30',
  'RRULE:FREQ=YEARLY;INTERVAL=999999999;COUNT=999999999',
  'RRULE:FREQ=MINUTELY;BYSETPOS=-366;COUNT=99999999',
  'RRULE:FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11;BYMINUTE=0,1,2,3,4,5,6,7,8,9;BYSECOND=0,1,2,3,4,5,6,7,8,9',
  'DURATION:P999999W',
  'DTSTART;TZID=America/New_York:00010101T000000',
  'RDATE;VALUE=PERIOD:00000101T000000Z/99991231T235959Z',
  'BEGIN:VEVENT',
  'BEGIN:VALARM',
  'END:VEVENT',
  'END:VCALENDAR',
  'BEGIN:VCALENDAR',
  'EXDATE:20261022T090000Z',
  'TZOFFSETTO:+9999',
  'constructor:1',
  '__proto__;x=1:1',
  'SEQUENCE:99999999999999999999',
  ';:=,"',
  '\u{1f4a3}'.repeat(40),
];

const replaced = (bytes: Buffer, from: number, length: number, by: Buffer | string) =>
  Buffer.concat([bytes.subarray(0, from), Buffer.from(by), bytes.subarray(from + length)]);

const byLine = (change: (lines: string[], at: number, random: Random) => void): Damage => {
  return (bytes, random) => {
    const lines = bytes.toString('latin1').split('\r\n');
    change(lines, random.below(lines.length), random);
    return Buffer.from(lines.join('\r\n'), 'latin1');
  };
};

/** Each keeps to the bytes it is given. */
export const DAMAGE: Record<string, Damage> = {
  'a byte changed': (bytes, random) =>
    replaced(bytes, random.below(bytes.length), 1, Buffer.of(random.below(256))),
  'a bit turned': (bytes, random) => {
    const at = random.below(bytes.length);
    return replaced(bytes, at, 1, Buffer.of((bytes[at] as number) ^ (1 << random.below(8))));
  },
  'bytes lost': (bytes, random) => replaced(bytes, random.below(bytes.length), 1 + random.below(30), ''),
  'bytes repeated': (bytes, random) => {
    const at = random.below(bytes.length);
    return replaced(bytes, at, 0, bytes.subarray(at, at + 1 + random.below(80)));
  },
  'a number changed': (bytes, random) => {
    const digits = [...bytes.entries()].filter(([, byte]) => byte >= 48 && byte <= 57).map(([at]) => at);
    return digits.length === 0 ? bytes : replaced(bytes, random.of(digits), 1, String(random.below(10)));
  },
  'a line lost': byLine((lines, at) => lines.splice(at, 1)),
  'a line twice': byLine((lines, at) => lines.splice(at, 0, lines[at] ?? '')),
  'two lines swapped': byLine((lines, at, random) => {
    const other = random.below(lines.length);
    [lines[at], lines[other]] = [lines[other] ?? '', lines[at] ?? ''];
  }),
  'two lines joined': byLine((lines, at) => lines.splice(at, 2, `${lines[at]}${lines[at + 1] ?? ''}`)),
  'a line broken': byLine((lines, at, random) => {
    const line = lines[at] ?? '';
    const place = random.below(line.length + 1);
    lines.splice(at, 1, line.slice(0, place), line.slice(place));
  }),
  'a line folded': byLine((lines, at, random) => {
    const line = lines[at] ?? '';
    const place = random.below(line.length + 1);
    lines.splice(at, 1, line.slice(0, place), ` ${line.slice(place)}`);
  }),
  'a hostile line': byLine((lines, at, random) => lines.splice(at, 0, random.of(HOSTILE))),
  'the rest cut off': (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
};
