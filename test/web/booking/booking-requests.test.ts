import { expect, it } from 'vitest';
import { cancelBooking, moveBooking, readBooking } from '../../../src/web/booking/booking-requests.ts';
import { createServer } from './server.fixture.ts';

const clock = () => 1_000;
const BOOKING = { __typename: 'Booking', id: 'bk_1' };

it('reads a booking, or reports that the token belongs to none', async () => {
  const server = createServer();
  const found = readBooking(server.deps, clock, 't');
  (await server.last()).reply({ booking: BOOKING });
  expect(await found).toMatchObject({ ok: true, booking: { id: 'bk_1' } });
  const missing = readBooking(server.deps, clock, 't');
  (await server.last()).reply({ booking: null });
  expect(await missing).toEqual({ ok: false, problem: { kind: 'gone' } });
});

it('cancels a booking with a reason, or without one', async () => {
  const server = createServer();
  const cancelled = cancelBooking(server.deps, clock, 't', ' ill ');
  const request = await server.last();
  expect(request.variables).toEqual({ token: 't', reason: 'ill' });
  request.reply({ cancelBooking: BOOKING });
  expect((await cancelled).ok).toBe(true);
  void cancelBooking(server.deps, clock, 't', ' ');
  expect((await server.last()).variables).toEqual({ token: 't', reason: null });
});

it('sends a request without an answer three times in all', async () => {
  const server = createServer();
  const cancelled = cancelBooking(server.deps, clock, 't', '');
  for (let i = 0; i < 3; i++) (await server.last()).fail('NETWORK');
  expect(await cancelled).toEqual({ ok: false, problem: { kind: 'network' } });
  expect(server.asked).toHaveLength(3);
});

it('does not retry a refused request', async () => {
  const server = createServer();
  const moved = moveBooking(server.deps, clock, 't', 0);
  (await server.last()).fail('RATE_LIMITED', 3_000);
  expect(await moved).toEqual({ ok: false, problem: { kind: 'limited', until: 4_000 } });
  expect(server.asked).toHaveLength(1);
});

it.each([
  ['SlotTaken', 'taken'],
  ['SlotNotOffered', 'not-offered'],
  ['SourceStale', 'stale'],
  ['BookingNotFound', 'gone'],
])('moves a booking, or reports the problem: %s', async (member, kind) => {
  const server = createServer();
  const moved = moveBooking(server.deps, clock, 't', Date.UTC(2026, 10, 23));
  const request = await server.last();
  expect(request.variables).toEqual({ token: 't', start: '2026-11-23T00:00:00.000Z' });
  request.reply({ rescheduleBooking: { __typename: member } });
  expect(await moved).toEqual({ ok: false, problem: { kind } });
});
