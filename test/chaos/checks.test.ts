import { describe, expect, it } from 'vitest';
import { CELL, type RaceType, type Recorded } from '../race/history.fixture.ts';
import { bookedOverEvents } from './checks.fixture.ts';
import type { HostEvent } from './editors.fixture.ts';

const SOLO: RaceType = {
  id: 'solo',
  scheduling: 'SINGLE',
  hosts: ['ada'],
  quorum: 1,
  length: CELL,
  seats: 1,
};
const place = (start: number) => ({ is: 'Booking' as const, start, hosts: ['ada'] });
const booked = (start: number): Recorded[] => [
  {
    op: 'hold',
    type: SOLO,
    start,
    from: 100,
    to: 110,
    answer: { is: 'SlotHold', claim: 'x', hosts: ['ada'], expiresAt: 1_000 },
  },
  { op: 'confirm', claim: 'x', from: 200, to: 210, answer: { booking: 'bkg', ...place(start) } },
];
const moved = (start: number, from: number): Recorded => ({
  op: 'reschedule',
  claim: 'x',
  start,
  from,
  to: from + 10,
  answer: place(start),
});
const event = (start: number, from: number): HostEvent => ({
  id: `event-${start}`,
  host: 'ada',
  start,
  end: start + CELL,
  from,
  to: Number.POSITIVE_INFINITY,
});
const faults = (history: Recorded[], events: HostEvent[]) => bookedOverEvents(history, [SOLO], events);

describe('a booking over an event of its host', () => {
  it('is wrong when the event stood there before it was confirmed', () => {
    expect(faults(booked(0), [event(0, 150)])).toHaveLength(1);
    expect(faults(booked(0), [event(0, 205)])).toEqual([]);
  });

  it('is wrong when it was moved there after the event', () => {
    expect(faults([...booked(0), moved(CELL, 400)], [event(CELL, 300)])).toHaveLength(1);
    expect(faults([...booked(0), moved(CELL, 400), moved(0, 600)], [event(0, 500)])).toHaveLength(1);
  });

  it('is right when it was moved to the start that it had before the event', () => {
    expect(faults([...booked(0), moved(0, 400)], [event(0, 300)])).toEqual([]);
    const there = [...booked(0), moved(CELL, 400), moved(CELL, 600)];
    expect(faults(there, [event(CELL, 500)])).toEqual([]);
  });
});
