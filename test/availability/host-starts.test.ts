/** The contract's sentences on native time, seats and limits, one by one; with the reasons for what is not offered. */
import { describe, expect, it } from 'vitest';
import { type HostTime, hostStarts, isFree } from '../../src/availability/host-starts.ts';
import type { NativeTime } from '../../src/availability/native.ts';
import { type Reason, reasonsAgainst } from '../../src/availability/reasons.ts';
import type { EventTypeRules } from '../../src/availability/rules.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.parse('2030-01-01T00:00Z');

const at = (time: string) => Date.parse(`${time.includes('T') ? time : `2030-06-03T${time}`}Z`);

/** A booking of the type that is asked about, an hour long, unless stated otherwise. */
const taken = (start: string, changes: Partial<NativeTime> = {}): NativeTime => ({
  kind: 'booking',
  owner: 'bkg',
  eventType: 'evt',
  start: at(start),
  end: at(start) + HOUR,
  bufferBefore: 0,
  bufferAfter: 0,
  busyKind: 'BUSY',
  expiresAt: null,
  ...changes,
});

interface Case {
  rules?: Partial<EventTypeRules>;
  native?: NativeTime[];
  busy?: string[];
  timeZone?: string;
  zoneChanges?: HostTime['zoneChanges'];
  from?: string;
  to?: string;
}

/** Hourly starts of 2030-06-03, a Monday, in UTC from 9 to 12. */
function given({ rules, native = [], busy = [], timeZone = 'UTC', zoneChanges = [], from, to }: Case) {
  const type = {
    id: 'evt',
    rules: {
      length: HOUR,
      lengths: [HOUR],
      interval: HOUR,
      scheduling: 'SINGLE' as const,
      quorum: null,
      hostRules: [],
      seats: 1,
      maxPerDay: null,
      maxPerWeek: null,
      bufferBefore: 0,
      bufferAfter: 0,
      minimumNotice: 0,
      horizon: null,
      tentativeBlocks: true,
      onStale: 'FAIL_CLOSED' as const,
      staleAfter: null,
      maxPerAttendee: null,
      changeNotice: null,
      requireEmailVerification: false,
      approval: false,
      active: true,
      listed: true,
      reminders: [],
      ...rules,
    },
  };
  const host = {
    hours: { timeZone, weekly: [{ days: [0, 1, 2, 3, 4, 5, 6], start: 540, end: 720 }], overrides: [] },
    timeZone,
    zoneChanges,
    busy: new Float64Array(busy.map(at)),
    native,
  };
  return { type, host, window: { from: at(from ?? '00:00'), to: at(to ?? '2030-06-04T00:00') } };
}

/** Starts as HH:MM, with the seats left where there are more than one. */
function offered(asked: Case): string[] {
  const { type, host, window } = given(asked);
  const { starts, left } = hostStarts(type, host, window, NOW);
  return Array.from(starts, (start, i) => {
    const time = new Date(start).toISOString().slice(11, 16);
    return type.rules.seats > 1 ? `${time} ${left[i]}` : time;
  });
}

function reasons(start: string, asked: Case, now = NOW): Partial<Reason>[] {
  const { type, host } = given(asked);
  const explained = { ...host, calendars: [{ id: 'cal', busy: host.busy }] };
  return reasonsAgainst(type, explained, at(start), now).map((reason) =>
    Object.fromEntries(Object.entries(reason).filter(([, value]) => value !== null)),
  );
}

describe('native time', () => {
  it('of any event type takes the time it overlaps', () => {
    const native = [taken('10:30', { eventType: 'evt_other' })];
    expect(offered({ native })).toEqual(['09:00']);
    const span = { from: at('10:30'), to: at('11:30') };
    expect(reasons('10:00', { native })).toEqual([{ code: 'BOOKED', ...span }]);
    expect(reasons('09:00', { native })).toEqual([]);
  });

  it('of a hold is nothing once it expired', () => {
    const hold = (expiresAt: number) => taken('10:00', { kind: 'hold', expiresAt });
    expect(offered({ native: [hold(NOW)] })).toEqual(['09:00', '10:00', '11:00']);
    expect(offered({ native: [hold(NOW + 1)] })).toEqual(['09:00', '11:00']);
    expect(reasons('10:00', { native: [hold(NOW + 1)] })).toEqual([
      { code: 'HELD', from: at('10:00'), to: at('11:00') },
    ]);
  });

  it('keeps the longer of the earlier one’s buffer after and the later one’s before', () => {
    const rules = { interval: 15 * MINUTE, bufferBefore: 15 * MINUTE, bufferAfter: 30 * MINUTE };
    const booked = (bufferBefore: number, bufferAfter: number) => [
      taken('10:15', { end: at('10:30'), bufferBefore, bufferAfter }),
    ];
    // Before: max(30, 0); after: max(15, 0). Never the sum of both.
    expect(offered({ rules, native: booked(0, 0) })).toEqual(['10:45', '11:00']);
    expect(offered({ rules, native: booked(30 * MINUTE, 15 * MINUTE) })).toEqual(['10:45', '11:00']);
    expect(offered({ rules, native: booked(0, 30 * MINUTE) })).toEqual(['11:00']);
    const short = { ...rules, length: 15 * MINUTE };
    expect(offered({ rules: short, native: booked(60 * MINUTE, 60 * MINUTE) })).toEqual([
      '09:00',
      '11:30',
      '11:45',
    ]);
  });
});

describe('seats', () => {
  const rules = { seats: 3, interval: 30 * MINUTE };

  it('are shared by bookings of the same type and start, and by nothing else', () => {
    const native = [taken('10:00'), taken('10:00', { kind: 'hold', expiresAt: NOW + 1 })];
    expect(offered({ rules, native })).toEqual(['09:00 3', '10:00 1', '11:00 3']);
    expect(reasons('09:30', { rules, native }).map(({ code }) => code)).toEqual(['BOOKED', 'HELD']);
    const other = [...native, taken('10:00', { eventType: 'evt_other' })];
    expect(offered({ rules, native: other })).toEqual(['09:00 3', '11:00 3']);
  });

  it('are gone when as many took them', () => {
    const native = [taken('10:00'), taken('10:00'), taken('10:00')];
    expect(offered({ rules, native })).toEqual(['09:00 3', '11:00 3']);
    expect(reasons('10:00', { rules, native })).toEqual([
      { code: 'SEATS_TAKEN', from: at('10:00'), to: at('11:00') },
    ]);
  });

  it('don’t open what busy time, hours or another group close', () => {
    const native = [taken('10:00')];
    expect(offered({ rules, native, busy: ['10:30', '11:00'] })).toEqual(['09:00 3', '11:00 3']);
    expect(offered({ rules, native: [taken('10:15')] })).toEqual(['09:00 3']);
    // Moved there by the host: each is in the way of the other.
    expect(offered({ rules, native: [taken('10:00'), taken('10:30')] })).toEqual(['09:00 3']);
  });
});

describe('limits', () => {
  const week = { from: '2030-06-03T00:00', to: '2030-06-11T00:00' };
  const daysOffered = (asked: Case) => {
    const { type, host, window } = given({ ...week, ...asked });
    const { starts } = hostStarts(type, host, window, NOW);
    return [...new Set(Array.from(starts, (start) => new Date(start).toISOString().slice(8, 10)))];
  };

  it('per day count bookings and holds of the type by the host’s local day', () => {
    const native = [taken('09:00'), taken('11:00', { kind: 'hold', expiresAt: NOW + 1 })];
    expect(offered({ rules: { maxPerDay: 3 }, native })).toEqual(['10:00']);
    expect(offered({ rules: { maxPerDay: 2 }, native })).toEqual([]);
    expect(reasons('10:00', { rules: { maxPerDay: 2 }, native })).toEqual([{ code: 'DAY_LIMIT' }]);
    const others = native.map((each) => ({ ...each, eventType: 'evt_other' }));
    expect(offered({ rules: { maxPerDay: 2 }, native: others })).toEqual(['10:00']);
  });

  it('per day end at midnight in the host’s zone', () => {
    // 23:30Z is the 4th in Tokyo, whose hours of the 4th begin at 00:00Z.
    const native = [taken('23:30', { end: at('23:45') })];
    const inTokyo = { rules: { maxPerDay: 1 }, native, timeZone: 'Asia/Tokyo' };
    expect(daysOffered(inTokyo)).toEqual(['03', '05', '06', '07', '08', '09', '10']);
  });

  it('per week count from Monday on', () => {
    const native = [taken('2030-06-09T10:00')];
    expect(daysOffered({ rules: { maxPerWeek: 1 }, native })).toEqual(['10']);
    expect(reasons('10:00', { rules: { maxPerWeek: 1 }, native })).toEqual([{ code: 'WEEK_LIMIT' }]);
  });

  it('count in the zone that the host is in by then', () => {
    const zoneChanges = [{ from: '2030-06-05', timeZone: 'Pacific/Kiritimati' }];
    // 14 hours ahead: 11:00Z of the 4th is the 5th's 01:00, so the hours of the 5th are full.
    const native = [taken('2030-06-04T11:00')];
    const { type, host } = given({ rules: { maxPerDay: 1 }, native, zoneChanges });
    expect(isFree(type, host, at('2030-06-04T22:00'), NOW)).toBe(false);
    expect(isFree(type, host, at('2030-06-04T09:00'), NOW)).toBe(true);
    expect(isFree(type, host, at('2030-06-05T10:00'), NOW)).toBe(true);
  });
});

describe('reasons', () => {
  it('tell busy time from what only the buffers need, with its calendar', () => {
    const asked = { rules: { bufferBefore: 30 * MINUTE }, busy: ['08:00', '09:45', '10:30', '11:00'] };
    const span = (from: string, to: string) => ({ calendar: 'cal', from: at(from), to: at(to) });
    expect(reasons('10:00', asked)).toEqual([
      { code: 'BUFFER', ...span('08:00', '09:45') },
      { code: 'BUSY', ...span('10:30', '11:00') },
    ]);
  });

  it('tell what is outside hours from what is off the grid', () => {
    expect(reasons('09:30', {})).toEqual([{ code: 'OFF_GRID' }]);
    expect(reasons('11:30', {})).toEqual([{ code: 'OUTSIDE_HOURS' }]);
    expect(reasons('08:00', {})).toEqual([{ code: 'OUTSIDE_HOURS' }]);
  });

  it('say from when and until when it could be', () => {
    const rules = { minimumNotice: HOUR, horizon: 2 * HOUR };
    const now = at('08:30');
    expect(reasons('09:00', { rules }, now)).toEqual([{ code: 'NOTICE', from: at('09:30') }]);
    expect(reasons('10:00', { rules }, now)).toEqual([]);
    expect(reasons('11:00', { rules }, now)).toEqual([{ code: 'HORIZON', to: at('10:30') }]);
    expect(reasons('09:00', {}, at('09:00') + 1)).toEqual([{ code: 'NOTICE', from: at('09:00') + 1 }]);
  });
});
