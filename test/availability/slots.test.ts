/** The contract's sentences on slots, one by one. */
import { describe, expect, it } from 'vitest';
import type { WorkingHours } from '../../src/availability/hours.ts';
import { findSlots, type SlotRules } from '../../src/availability/slots.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const daily = [0, 1, 2, 3, 4, 5, 6];

const at = (time: string) => Date.parse(`${time.includes('T') ? time : `2030-06-03T${time}`}Z`);

interface Case {
  timeZone?: string;
  /** As [start, end], in hours of each day. */
  open?: [start: number, end: number][];
  overrides?: WorkingHours['overrides'];
  rules?: Partial<SlotRules>;
  busy?: [start: string, end: string][];
  from?: string;
  to?: string;
  now?: string;
}

/** Hourly slots of 2030-06-03 in UTC, 9 to 12, unless the case says otherwise; as HH:MM in UTC. */
function slots(given: Case): string[] {
  const { timeZone = 'UTC', open = [[9, 12]], overrides = [], busy = [] } = given;
  const weekly = open.map(([start, end]) => ({ days: daily, start: start * 60, end: end * 60 }));
  const rules: SlotRules = {
    length: HOUR,
    interval: HOUR,
    bufferBefore: 0,
    bufferAfter: 0,
    minimumNotice: 0,
    horizon: null,
    ...given.rules,
  };
  const host = {
    hours: { timeZone, weekly, overrides },
    zoneChanges: [],
    busy: new Float64Array(busy.flat().map(at)),
  };
  const window = { from: at(given.from ?? '00:00'), to: at(given.to ?? '2030-06-04T00:00') };
  const starts = findSlots(rules, host, window, at(given.now ?? '2030-01-01T00:00'));
  return Array.from(starts, (start) => new Date(start).toISOString().slice(11, 16));
}

describe('offered starts', () => {
  it('step by interval from the start of each range as written', () => {
    expect(
      slots({
        open: [
          [9.25, 12],
          [13, 15],
        ],
        rules: { interval: 40 * MINUTE },
      }),
    ).toEqual(['09:15', '09:55', '10:35', '13:00', '13:40']);
  });

  it('keep the grid of a range that began before the window', () => {
    expect(slots({ from: '09:30', rules: { interval: 50 * MINUTE } })).toEqual(['09:50', '10:40']);
  });

  it('step in elapsed time: a clock change inside a range shifts nothing', () => {
    const night = {
      timeZone: 'Europe/Berlin',
      open: [[1, 6]] as [number, number][],
      rules: { interval: 2 * HOUR },
    };
    expect(slots({ ...night, from: '2030-03-31T00:00', to: '2030-03-31T12:00' })).toEqual(['00:00', '02:00']);
    expect(slots({ ...night, from: '2030-10-26T22:00', to: '2030-10-27T12:00' })).toEqual([
      '23:00',
      '01:00',
      '03:00',
    ]);
  });

  it('run from one range into the next where they touch, each range with its own grid', () => {
    const rules = { length: 2 * HOUR, interval: HOUR };
    expect(
      slots({
        open: [
          [9, 10.5],
          [10.5, 13],
        ],
        rules,
      }),
    ).toEqual(['09:00', '10:00', '10:30']);
    expect(
      slots({
        open: [
          [9, 10.5],
          [11, 13],
        ],
        rules,
      }),
    ).toEqual(['11:00']);
  });

  it('run across midnight where ranges touch', () => {
    const given = { rules: { length: 4 * HOUR, interval: 2 * HOUR }, from: '20:00', to: '2030-06-04T05:00' };
    expect(
      slots({
        ...given,
        open: [
          [0, 3],
          [22, 24],
        ],
      }),
    ).toEqual(['22:00']);
    expect(
      slots({
        ...given,
        open: [
          [0, 3],
          [22, 23.5],
        ],
      }),
    ).toEqual([]);
  });

  it('are offered once where ranges overlap, ascending', () => {
    expect(
      slots({
        open: [
          [9, 12],
          [10, 13],
          [9.5, 11.5],
        ],
      }),
    ).toEqual(['09:00', '09:30', '10:00', '10:30', '11:00', '12:00']);
  });

  it('lie with their end in the working hours', () => {
    expect(slots({ open: [[9, 10.75]], rules: { interval: 15 * MINUTE } })).toEqual([
      '09:00',
      '09:15',
      '09:30',
      '09:45',
    ]);
  });

  it('lie with their end in [from, to)', () => {
    expect(slots({ from: '09:00', to: '11:00' })).toEqual(['09:00', '10:00']);
    expect(slots({ from: '09:01', to: '10:59' })).toEqual([]);
  });
});

describe('busy time', () => {
  it('takes the slots that it overlaps, not those that it touches', () => {
    expect(slots({ busy: [['10:00', '11:00']] })).toEqual(['09:00', '11:00']);
    expect(slots({ busy: [['09:59', '10:01']] })).toEqual(['11:00']);
  });

  it('may begin before the window and end after it', () => {
    expect(slots({ from: '09:00', busy: [['2030-06-02T00:00', '10:00']] })).toEqual(['10:00', '11:00']);
    expect(slots({ busy: [['2030-06-02T00:00', '2030-06-05T00:00']] })).toEqual([]);
  });

  it('keeps bufferBefore and bufferAfter free', () => {
    const busy: [string, string][] = [['10:00', '10:30']];
    const quarter = { length: 30 * MINUTE, interval: 15 * MINUTE };
    expect(slots({ busy, open: [[9, 11.5]], rules: quarter })).toEqual([
      '09:00',
      '09:15',
      '09:30',
      '10:30',
      '10:45',
      '11:00',
    ]);
    expect(slots({ busy, open: [[9, 11.5]], rules: { ...quarter, bufferBefore: 15 * MINUTE } })).toEqual([
      '09:00',
      '09:15',
      '09:30',
      '10:45',
      '11:00',
    ]);
    expect(slots({ busy, open: [[9, 11.5]], rules: { ...quarter, bufferAfter: 20 * MINUTE } })).toEqual([
      '09:00',
      '10:30',
      '10:45',
      '11:00',
    ]);
  });

  it('collides with buffers that reach out of the working hours and the window', () => {
    const given = { from: '09:00', to: '12:00', rules: { bufferBefore: HOUR, bufferAfter: HOUR } };
    expect(
      slots({
        ...given,
        busy: [
          ['07:00', '08:00'],
          ['13:00', '14:00'],
        ],
      }),
    ).toEqual(['09:00', '10:00', '11:00']);
    expect(
      slots({
        ...given,
        busy: [
          ['08:30', '08:31'],
          ['12:30', '12:31'],
        ],
      }),
    ).toEqual(['10:00']);
  });
});

describe('now', () => {
  it('is not after the start', () => {
    expect(slots({ now: '10:00' })).toEqual(['10:00', '11:00']);
    expect(slots({ now: '10:01' })).toEqual(['11:00']);
  });

  it('plus minimumNotice is not after the start', () => {
    expect(slots({ now: '08:00', rules: { minimumNotice: 2 * HOUR } })).toEqual(['10:00', '11:00']);
    expect(slots({ now: '08:01', rules: { minimumNotice: 2 * HOUR } })).toEqual(['11:00']);
  });

  it('plus horizon is not before the start', () => {
    expect(slots({ now: '08:00', rules: { horizon: 2 * HOUR } })).toEqual(['09:00', '10:00']);
    expect(slots({ now: '08:00', rules: { horizon: 2 * HOUR - 1 } })).toEqual(['09:00']);
  });
});

describe('a range beside a clock change', () => {
  it('begins its grid after the gap when its start is skipped', () => {
    const given = {
      timeZone: 'Europe/Berlin',
      open: [[2.5, 5]] as [number, number][],
      rules: { interval: 45 * MINUTE },
    };
    expect(slots({ ...given, from: '2030-03-31T00:00', to: '2030-03-31T12:00' })).toEqual(['01:00', '01:45']);
  });

  it('begins with the first and ends with the second occurrence of a repeated time', () => {
    const given = {
      timeZone: 'Europe/Berlin',
      open: [[2.5, 2.75]] as [number, number][],
      rules: { length: 15 * MINUTE, interval: 30 * MINUTE },
    };
    expect(slots({ ...given, from: '2030-10-27T00:00', to: '2030-10-27T12:00' })).toEqual([
      '00:30',
      '01:00',
      '01:30',
    ]);
  });
});

describe('the rules', () => {
  it('refuse a length or interval of zero', () => {
    expect(() => slots({ rules: { interval: 0 } })).toThrow(RangeError);
    expect(() => slots({ rules: { length: 0 } })).toThrow(RangeError);
  });
});
