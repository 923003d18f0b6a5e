import { describe, expect, it } from 'vitest';
import { type ItipObject, mailboxesOf, readItip, withoutSubaddress } from '../../src/ical/itip.ts';
import { mergeItip } from '../../src/ical/merge-itip.ts';
import { readCalendar } from '../../src/ical/read/calendar.ts';
import { formatReply } from '../../src/ical/reply.ts';
import { DAY } from '../../src/time/clock.ts';

const NOW = Date.UTC(2026, 10, 21);
const ME = ['ada@cal.example'];

function object(method: string, sequence: number, stamp: number, ...lines: string[]): ItipObject {
  const [found] = readItip(
    [
      ...['BEGIN:VCALENDAR', `METHOD:${method}`, 'BEGIN:VEVENT', 'UID:u', `SEQUENCE:${sequence}`],
      ...[`DTSTAMP:20261120T${String(stamp).padStart(2, '0')}0000Z`, ...lines],
      ...[
        'ORGANIZER:mailto:olga@corp.example',
        'ATTENDEE:mailto:ada@cal.example',
        'END:VEVENT',
        'END:VCALENDAR',
      ],
    ].join('\r\n'),
  );
  if (!found) throw new Error('no object');
  return found;
}

const series = (hour: string) => [
  `DTSTART:20261123T${hour}0000Z`,
  'DURATION:PT30M',
  'RRULE:FREQ=DAILY;COUNT=4',
];
const of = (day: number, hour: string, to = hour) => [
  `RECURRENCE-ID:202611${day}T${hour}0000Z`,
  `DTSTART:202611${day}T${to}0000Z`,
  'DURATION:PT30M',
];

/** A life of a series, as its organizer sends it. */
const LIFE = [
  object('REQUEST', 0, 1, ...series('09')),
  object('REQUEST', 0, 2, ...of(24, '09', '15')),
  object('CANCEL', 1, 3, ...of(25, '09')),
  object('REQUEST', 2, 4, ...series('11')),
  // Changed more often than the series itself.
  object('REQUEST', 5, 5, ...of(26, '11', '16')),
  object('CANCEL', 4, 6),
];

function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield [];
  for (const [i, item] of items.entries()) {
    for (const rest of permutations([...items.slice(0, i), ...items.slice(i + 1)])) yield [item, ...rest];
  }
}

const kept = (objects: readonly ItipObject[]) =>
  objects.reduce<string | null>((text, one) => mergeItip(text, one, ME).text ?? text, null);

function times(text: string | null): string[] {
  const window = { from: NOW, to: NOW + 30 * DAY };
  const { events, partial } = readCalendar(text ?? '', { zone: 'UTC', owner: [], window });
  expect(partial).toBe(false);
  return events.map(({ start }) => new Date(start).toISOString().slice(5, 13)).sort();
}

describe('what is kept of an invitation', () => {
  it.each([
    [1, ['11-23T09', '11-24T09', '11-25T09', '11-26T09']],
    [2, ['11-23T09', '11-24T15', '11-25T09', '11-26T09']],
    [3, ['11-23T09', '11-24T15', '11-26T09']],
    [4, ['11-23T11', '11-24T11', '11-25T11', '11-26T11']],
    [5, ['11-23T11', '11-24T11', '11-25T11', '11-26T16']],
    [6, []],
  ])('is the same in whatever order its first %i messages come, some of them twice', (length, wanted) => {
    for (const order of permutations(LIFE.slice(0, length))) {
      expect(times(kept(order))).toEqual(wanted);
      expect(times(kept([...order, ...order]))).toEqual(wanted);
    }
  });

  it('is its end, of two words that are equally new', () => {
    const both = [object('REQUEST', 1, 1, ...series('09')), object('CANCEL', 1, 1)];
    expect(times(kept(both))).toEqual([]);
    expect(times(kept(both.reverse()))).toEqual([]);
  });

  it('has the exceptions that come with a series, however low they are numbered', () => {
    const plan = object('REQUEST', 3, 5, ...series('12'));
    const exception = object('REQUEST', 0, 2, ...of(24, '12', '16'));
    const whole = { ...plan, events: [...exception.events, ...plan.events] };
    const wanted = ['11-23T12', '11-24T16', '11-25T12', '11-26T12'];
    expect(times(kept([whole]))).toEqual(wanted);
    expect(times(kept([...LIFE.slice(0, 4), whole]))).toEqual(wanted);
  });

  it('is the time alone, its title and its numbers', () => {
    const text = kept([
      object('REQUEST', 0, 1, ...series('09'), 'SUMMARY:Talk', 'DESCRIPTION:Secret', 'LOCATION:Rome'),
    ]);
    expect(text).toContain('SUMMARY:Talk');
    expect(text).not.toMatch(/Secret|Rome|olga|ada/);
  });

  it('is not more than what matters: alarms and other components stay out', () => {
    const [found, ...rest] = readItip(
      [
        'BEGIN:VCALENDAR\r\nMETHOD:request\r\nBEGIN:VTODO\r\nUID:todo\r\nEND:VTODO\r\nBEGIN:VEVENT\r\nUID:u',
        'BEGIN:VALARM\r\nUID:alarm\r\nDTSTART:20000101T000000Z\r\nEND:VALARM\r\nDTSTART:20261123T090000Z\r\nEND:VEVENT',
        'END:VCALENDAR',
      ].join('\r\n'),
    );
    expect(rest).toEqual([]);
    expect(found?.method).toBe('REQUEST');
    expect(found?.events.flatMap(({ lines }) => lines.map(({ text }) => text))).toEqual([
      'UID:u',
      'DTSTART:20261123T090000Z',
    ]);
  });
});

describe('a zone that an invitation defines', () => {
  const message = (defined: string, ...times: string[]) =>
    [
      ...['BEGIN:VCALENDAR', 'METHOD:REQUEST', 'BEGIN:VTIMEZONE', `TZID:${defined}`, 'BEGIN:STANDARD'],
      ...[
        'DTSTART:19700101T000000',
        'TZOFFSETFROM:+0300',
        'TZOFFSETTO:+0300',
        'END:STANDARD',
        'END:VTIMEZONE',
      ],
      ...['BEGIN:VEVENT', 'UID:u', 'DTSTAMP:20261120T000000Z', ...times, 'END:VEVENT', 'END:VCALENDAR'],
    ].join('\r\n');

  it.each([
    ['Works\\, Office', '"Works, Office"'],
    ['Works\\, Office', 'Works, Office'],
    ['(UTC+03:00) Works\\, Office', '(UTC+03:00) Works, Office'],
    ['Works', '"WORKS "'],
    ['', ''],
  ])('is stored with it when %j is used as %j', (defined, tzid) => {
    const objects = readItip(message(defined, `DTSTART;TZID=${tzid}:20261123T120000`, 'DURATION:PT1H'));
    expect(times(kept(objects))).toEqual(['11-23T09']);
  });

  it('is stored when it is the calendar’s own alone', () => {
    const text = message('Works\\, Office', 'DTSTART:20261123T120000', 'DURATION:PT1H');
    const own = text.replace('METHOD', 'X-WR-TIMEZONE:Works\\, Office\r\nMETHOD');
    expect(times(kept(readItip(own)))).toEqual(['11-23T09']);
  });

  it('has one name in all messages about an instance', () => {
    const of = (tzid: string, sequence: number, at: string) =>
      readItip(
        message(
          'Works\\, Office',
          `SEQUENCE:${sequence}`,
          `RECURRENCE-ID;TZID=${tzid}:20261123T120000`,
          `DTSTART;TZID=${tzid}:20261123T${at}0000`,
          'DURATION:PT1H',
        ),
      );
    const objects = [...of('"Works, Office"', 0, '13'), ...of('Works\\, Office', 1, '14')];
    expect(times(kept(objects))).toEqual(['11-23T11']);
  });
});

describe('a reply', () => {
  const options = { mailboxes: ME, name: 'Ada', now: NOW };

  it('goes to nobody when the host organizes it, or nobody does', () => {
    const own = object('REQUEST', 0, 1, ...series('09'));
    expect(formatReply(own, options)).toContain('METHOD:REPLY');
    expect(formatReply(own, { ...options, mailboxes: ['olga@corp.example'] })).toBeNull();
    const nobody = {
      ...own,
      events: own.events.map((event) => ({
        ...event,
        lines: event.lines.filter(({ name }) => name !== 'organizer'),
      })),
    };
    expect(formatReply(nobody, options)).toBeNull();
  });

  it('can be read by its recipient, however long its lines are', () => {
    const title = `SUMMARY:${'Größe ☕ '.repeat(40)}!`;
    const text = formatReply(object('REQUEST', 7, 1, ...series('09'), title), options) ?? '';
    expect(text.split('\r\n').every((line) => Buffer.byteLength(line) <= 75)).toBe(true);
    const [reply] = readItip(text);
    expect(reply).toMatchObject({ method: 'REPLY', uid: 'u', events: [{ sequence: 7, recurrence: null }] });
    expect(reply?.events[0]?.lines.map(({ text: line }) => line)).toContain(title);
  });
});

describe('mailboxes', () => {
  it('are read from addresses as others write them', () => {
    const of = (line: string) => {
      const [found] = readItip(
        `BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\n${line}\r\nEND:VEVENT\r\nEND:VCALENDAR`,
      );
      return found?.events[0]?.lines.filter(({ name }) => name === 'attendee').flatMap(mailboxesOf);
    };
    expect(of('ATTENDEE:MAILTO:Ada@Cal.Example')).toEqual(['ada@cal.example']);
    expect(of('ATTENDEE;EMAIL=ada@cal.example:/a/principal/')).toEqual(['ada@cal.example']);
    expect(of('ATTENDEE:mailto:ada%2Bx@cal.example')).toEqual(['ada+x@cal.example']);
    expect(of('ATTENDEE:invalid:nomail')).toEqual([]);
    expect(['a+b@c', 'a+b+c@d', 'a@b+c', '+x@y'].map(withoutSubaddress)).toEqual([
      'a@c',
      'a@d',
      'a@b+c',
      '@y',
    ]);
  });
});

describe('a damaged invitation', () => {
  it('is never more than unreadable, whatever is wrong with it', () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % below;
    };
    const whole = `${kept(LIFE.slice(0, 3))}`.replaceAll(
      'VERSION:2.0',
      'METHOD:REQUEST\r\nORGANIZER:mailto:o@x.example',
    );
    let taken = 0;
    for (let run = 0; run < 1_500; run++) {
      const text = [...whole];
      for (let edit = 0; edit <= random(6); edit++) {
        const at = random(text.length);
        text.splice(
          at,
          random(12),
          ...[...'\r\n:;=,"+@0Z'].slice(random(11), random(11)),
          ...text.slice(random(text.length)).slice(0, random(40)),
        );
      }
      for (const one of readItip(text.join(''))) {
        const { text: after } = mergeItip(whole, one, ME);
        formatReply(one, { mailboxes: ME, name: 'Ada', now: NOW });
        if (after === null) continue;
        taken++;
        // What is kept can always be read again, and is understood the same.
        expect(mergeItip(after, one, ME).text).toBeNull();
      }
    }
    expect(taken).toBeGreaterThan(50);
  });
});
