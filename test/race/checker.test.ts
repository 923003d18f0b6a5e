import { describe, expect, it } from 'vitest';
import { type Act, type CellOp, checkCell } from './checker.fixture.ts';
import { faultsOf } from './faults.fixture.ts';
import { CELL, type Check, type RaceType, type Recorded } from './history.fixture.ts';

const op = (from: number, to: number, act: Act, optional = false): CellOp => ({ from, to, act, optional });
const take = (claim: string, key = 'a', seats = 1): Act => ({ do: 'take', claim, key, seats });
const leave = (claim: string, had = true): Act => ({ do: 'leave', claim, had });
const refused = (key = 'a', seats = 1): Act => ({ do: 'refused', key, seats, without: null });
const fits = (...ops: CellOp[]) => checkCell(ops).ok;

describe('one cell', () => {
  it('is taken by one after the other', () => {
    expect(fits(op(0, 1, take('x')), op(2, 3, leave('x')), op(4, 5, take('y')))).toBe(true);
  });

  it('is not taken twice', () => {
    expect(fits(op(0, 1, take('x')), op(2, 3, take('y')))).toBe(false);
    expect(fits(op(0, 9, take('x')), op(0, 9, take('y')))).toBe(false);
  });

  it('may be left and taken at once, in the order that works', () => {
    expect(fits(op(0, 1, take('x')), op(2, 9, take('y')), op(2, 9, leave('x')))).toBe(true);
    expect(fits(op(0, 1, take('x')), op(2, 3, take('y')), op(4, 9, leave('x')))).toBe(false);
  });

  it('has as many seats as its group says, and none for another group', () => {
    const [x, y, z] = [take('x', 'a', 2), take('y', 'a', 2), take('z', 'a', 2)];
    expect(fits(op(0, 1, x), op(2, 3, y))).toBe(true);
    expect(fits(op(0, 1, x), op(2, 3, y), op(4, 5, z))).toBe(false);
    expect(fits(op(0, 1, x), op(2, 3, take('y', 'b', 2)))).toBe(false);
  });

  it('refuses nobody while there is a seat', () => {
    expect(fits(op(0, 1, refused()))).toBe(false);
    expect(fits(op(0, 1, take('x')), op(2, 3, refused()))).toBe(true);
    expect(fits(op(0, 1, take('x', 'a', 2)), op(2, 3, refused('a', 2)))).toBe(false);
    expect(fits(op(0, 1, take('x')), op(2, 3, leave('x')), op(4, 5, refused()))).toBe(false);
    // In the midst of both: before x left.
    expect(fits(op(0, 1, take('x')), op(2, 9, leave('x')), op(2, 9, refused()))).toBe(true);
  });

  it('lets what nobody answered have happened late or never', () => {
    const late = op(0, Number.POSITIVE_INFINITY, take('x'), true);
    expect(fits(late, op(1, 2, take('y')), op(3, 4, leave('y')), op(5, 6, refused()))).toBe(true);
    expect(fits(late, op(1, 2, take('y')))).toBe(true);
    // Once it has happened it stays.
    expect(fits(late, op(1, 2, refused()), op(3, 4, take('y')))).toBe(false);
    const left = op(2, Number.POSITIVE_INFINITY, leave('x'), true);
    expect(fits(op(0, 1, take('x')), left, op(3, 4, refused()), op(5, 6, take('y')))).toBe(true);
  });

  it('holds a claim that moves within it', () => {
    const moved = op(2, 3, { do: 'move', claim: 'x', key: 'b', seats: 2 });
    expect(fits(op(0, 1, take('x', 'a', 2)), moved, op(4, 5, take('y', 'b', 2)))).toBe(true);
    expect(fits(op(0, 1, take('x', 'a', 2)), op(0, 1, take('y', 'a', 2)), moved)).toBe(false);
  });

  it('is in the end as it was seen', () => {
    const seen = (...claims: string[]) => op(8, 9, { do: 'seen', claims, of: new Set(['x', 'y']) });
    expect(fits(op(0, 1, take('x')), seen('x'))).toBe(true);
    expect(fits(op(0, 1, take('x')), seen())).toBe(false);
    expect(fits(seen('y'))).toBe(false);
    expect(fits(op(0, 1, take('z')), seen())).toBe(true);
  });

  it('says what fits nowhere', () => {
    const verdict = checkCell([op(0, 1, take('x')), op(2, 3, take('y'))]);
    expect(verdict).toMatchObject({ ok: false, stuck: [{ act: take('y') }] });
  });

  it('is judged in time when many wait at once', () => {
    const ops = Array.from({ length: 40 }, (_, i) => op(100, 200, refused(i % 2 ? 'a' : 'b', i % 2 ? 1 : 2)));
    for (let i = 0; i < 12; i++) {
      ops.push(op(i * 10, i * 10 + 15, take(`c${i}`)), op(i * 10, i * 10 + 15, leave(`c${i}`)));
    }
    ops.push(op(90, 130, take('last')));
    expect(fits(...ops)).toBe(true);
    expect(fits(...ops, op(300, 301, take('more')))).toBe(false);
  });
});

const type = (more: Partial<RaceType> = {}): RaceType => ({
  id: 'et',
  scheduling: 'SINGLE',
  hosts: ['ada'],
  quorum: 0,
  length: CELL,
  seats: 1,
  ...more,
});
const SOLO = type();
const LONG = type({ id: 'long', length: 2 * CELL });
const ANY = type({ id: 'any', scheduling: 'ROUND_ROBIN', hosts: ['ada', 'bob'] });

const held = (
  claim: string,
  of: RaceType,
  start: number,
  from: number,
  hosts: string[] = ['ada'],
): Recorded => ({
  op: 'hold',
  type: of,
  start,
  from,
  to: from + 10,
  answer: { is: 'SlotHold', claim, hosts, expiresAt: from + 1_000 },
});
const taken = (of: RaceType, start: number, from: number): Recorded => ({
  op: 'hold',
  type: of,
  start,
  from,
  to: from + 10,
  answer: 'SlotTaken',
});
const confirmed = (claim: string, booking: string, start: number, from: number): Recorded => ({
  op: 'confirm',
  claim,
  from,
  to: from + 10,
  answer: { is: 'Booking', booking, start, hosts: ['ada'] },
});
const check = (history: Recorded[], more: Partial<Check> = {}) =>
  faultsOf({ types: [SOLO, LONG, ANY], history, prolonged: 100, ending: null, ...more });

describe('a history', () => {
  it('of holds that expire, are given back and become bookings is one that can have been', () => {
    expect(
      check([
        held('x', SOLO, 0, 100),
        taken(SOLO, 0, 200),
        { op: 'release', claim: 'x', from: 300, to: 310, answer: true },
        held('y', SOLO, 0, 400),
        taken(LONG, 0, 600),
        held('z', SOLO, 0, 1_500),
        confirmed('z', 'bkg', 0, 1_600),
        confirmed('z', 'bkg', 0, 1_700),
        taken(SOLO, 0, 9_000),
        {
          op: 'reschedule',
          claim: 'z',
          start: CELL,
          from: 9_100,
          to: 9_110,
          answer: { is: 'Booking', start: CELL, hosts: ['ada'] },
        },
        held('w', SOLO, 0, 9_200),
        { op: 'cancel', claim: 'z', from: 9_300, to: 9_310, answer: 'Booking' },
        held('v', SOLO, CELL, 9_400),
      ]),
    ).toEqual([]);
  });

  it('in which two hold the same seat is not', () => {
    expect(check([held('x', SOLO, 0, 100), held('y', SOLO, 0, 500)])).toHaveLength(1);
    expect(check([held('x', LONG, 0, 100), held('y', SOLO, CELL, 500)])).toHaveLength(1);
    expect(check([held('x', ANY, 0, 100, ['bob']), held('y', ANY, 0, 500, ['bob'])])).toHaveLength(1);
  });

  it('in which a hold outlives its time is not, unless it was being confirmed', () => {
    expect(check([held('x', SOLO, 0, 100), taken(SOLO, 0, 1_500)])).not.toEqual([]);
    expect(check([held('x', SOLO, 0, 100), held('y', SOLO, 0, 900)])).not.toEqual([]);
    const stale: Recorded = { op: 'confirm', claim: 'x', from: 1_000, to: 1_450, answer: 'SourceStale' };
    expect(check([held('x', SOLO, 0, 100), stale, taken(SOLO, 0, 1_500)])).toEqual([]);
  });

  it('in which a hold is said to be over that was not is none', () => {
    const over: Recorded = { op: 'confirm', claim: 'x', from: 300, to: 310, answer: 'HoldExpired' };
    expect(check([held('x', SOLO, 0, 100), over])).not.toEqual([]);
    expect(check([held('x', SOLO, 0, 100), { ...over, from: 1_200, to: 1_210 }])).toEqual([]);
  });

  it('in which one hold became two bookings, or lost its slot, is not', () => {
    expect(
      check([held('x', SOLO, 0, 100), confirmed('x', 'b1', 0, 200), confirmed('x', 'b2', 0, 300)]),
    ).toEqual(['two bookings of x']);
    const lost: Recorded = { op: 'confirm', claim: 'x', from: 200, to: 210, answer: 'SlotTaken' };
    expect(check([held('x', SOLO, 0, 100), lost])).toContain('the hold x lost its slot');
  });

  it('in which a team was refused although one was free all along is not', () => {
    expect(check([held('x', SOLO, 0, 100), taken(ANY, 0, 200)])).toEqual(['any at 0 was refused and free']);
    expect(check([held('x', SOLO, 0, 100), held('y', ANY, 0, 150, ['bob']), taken(ANY, 0, 200)])).toEqual([]);
  });

  it('in which a booking comes back to a start that it left takes that start again, and not meanwhile', () => {
    const moved = (start: number, from: number): Recorded => ({
      op: 'reschedule',
      claim: 'x',
      start,
      from,
      to: from + 10,
      answer: { is: 'Booking', start, hosts: ['ada'] },
    });
    const away = [held('x', SOLO, 0, 100), confirmed('x', 'bkg', 0, 200), moved(4 * CELL, 300)];
    expect(check([...away, moved(0, 500), taken(LONG, 0, 600)])).toEqual([]);
    expect(check([...away, taken(LONG, 0, 400), moved(0, 500)])).toEqual(['long at 0 was refused and free']);
  });

  it('that ends with a booking lost, or one too many, is not', () => {
    const history = [held('x', SOLO, 0, 100), confirmed('x', 'bkg', 0, 200)];
    const booked = new Map([['x', { start: 0, hosts: ['ada'] }]]);
    expect(check(history, { ending: { at: 5_000, booked } })).toEqual([]);
    expect(check(history, { ending: { at: 5_000, booked: new Map() } })).toHaveLength(1);
    const cancel: Recorded = { op: 'cancel', claim: 'x', from: 300, to: 310, answer: 'Booking' };
    expect(check([...history, cancel], { ending: { at: 5_000, booked } })).toHaveLength(1);
    const unheard: Recorded = { ...cancel, to: Number.POSITIVE_INFINITY, answer: 'unknown' };
    expect(check([...history, unheard], { ending: { at: 5_000, booked } })).toEqual([]);
    expect(check([...history, unheard], { ending: { at: 5_000, booked: new Map() } })).toEqual([]);
  });

  it('lets a request that nobody answered have held a slot, or not', () => {
    const unheard: Recorded = {
      op: 'hold',
      type: SOLO,
      start: 0,
      from: 100,
      to: Number.POSITIVE_INFINITY,
      answer: 'unknown',
    };
    expect(check([unheard, taken(SOLO, 0, 500), held('y', SOLO, 0, 2_000)])).toEqual([]);
    expect(check([unheard, held('y', SOLO, 0, 500)])).toEqual([]);
  });
});
