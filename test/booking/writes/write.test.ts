import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createBookingWriter } from '../../../src/booking/writes/write.ts';
import { ProviderError } from '../../../src/providers/port.ts';
import type { AccountStatus } from '../../../src/store/access/accounts.ts';
import type { Booking } from '../../../src/store/bookings/bookings.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/time/clock.ts';
import { at, createRoom, NOW, type Room, type RoomHost } from './world.fixture.ts';

let room: Room;
beforeAll(async () => {
  room = await createRoom();
});
afterEach(() => room.simulator.faults.clear());
afterAll(() => room?.close());

const EVER = 1_000;
/** Where events are made, and how often that was asked since. */
const EVENTS = '/events(/[^/]+)?$';
const counting = () => {
  const before = room.asked().length;
  return () =>
    room
      .asked()
      .slice(before)
      .map(({ method }) => method);
};

describe.each(['google', 'microsoft'] as const)('a booking in a calendar of %s', (provider) => {
  let host: RoomHost;
  let hour = 0;
  beforeAll(async () => {
    host = await room.connect(provider, `host-${provider}`);
  });
  const book = (): Promise<Booking> => room.book([host.host], ++hour * 10);
  const eventsAt = (start: number) => room.events(host).filter((event) => event.start === start);
  const guests = (start: number) => {
    const attendees = eventsAt(start)[0]?.event.extra.attendees ?? [];
    return (attendees as { email?: string; emailAddress?: { address: string } }[]).map(
      ({ email, emailAddress }) => email ?? emailAddress?.address,
    );
  };

  it('is written with its attendee, moved, and deleted', async () => {
    const booking = await book();
    const start = booking.startsAt.getTime();
    await room.work();
    const [event] = eventsAt(start);
    expect(event).toMatchObject({
      end: start + HOUR,
      event: { title: 'Intro: Grace Hopper', showAs: 'busy' },
    });
    expect(guests(start)).toEqual(['grace@example.net']);
    const text = JSON.stringify(event?.event.extra);
    const link = `Move or cancel: https://cal.example/book/b/${booking.id}.signature`;
    for (const part of ['grace@example.net', 'America/New_York', link, 'compilers'])
      expect(text).toContain(part);
    expect(await room.row(booking)).toMatchObject({
      ...{ status: 'WRITTEN', doneRevision: 1, externalId: event?.event.id, dueAt: null, leaseId: null },
      ...{ writtenStartsAt: booking.startsAt, writtenEndsAt: booking.endsAt, failures: 0, error: null },
    });
    expect(room.published).toContain(`busy:${host.calendar.id}`);

    const asked = counting();
    await room.move(booking, hour * 10 + 5);
    await room.work();
    expect(eventsAt(start)).toEqual([]);
    expect(eventsAt(start + 5 * HOUR)).toMatchObject([
      { end: start + 6 * HOUR, event: { id: event?.event.id } },
    ]);
    expect(guests(start + 5 * HOUR)).toEqual(['grace@example.net']);
    expect(asked()).toEqual(['GET', 'PATCH']);

    await room.cancel(await room.booking(booking));
    await room.work();
    expect(eventsAt(start + 5 * HOUR)).toEqual([]);
    expect(await room.row(booking)).toMatchObject({ status: 'WRITTEN', doneRevision: 3, dueAt: null });
    expect(asked().at(-1)).toBe('DELETE');
  });

  it('blocks nothing beside its native time, neither before it is read back nor after', async () => {
    const booking = await book();
    await room.work();
    const own = await room.row(booking);
    await room.pull(host);
    expect(await room.busy(host)).toEqual([]);
    await room.move(booking, hour * 10 + 5);
    expect(await room.busy(host)).toEqual([]);
    await room.work();
    expect(await room.busy(host)).toEqual([]);
    await room.pull(host);
    expect(await room.busy(host)).toEqual([]);
    await room.cancel(await room.booking(booking));
    await room.work();
    expect(await room.busy(host)).toEqual([]);
    await room.pull(host);
    expect(await room.busy(host)).toEqual([]);
    expect(own.externalId).not.toBeNull();
  });

  it('is written in the end when the provider was down', async () => {
    const booking = await book();
    room.simulator.faults.add({ kind: 'answer', path: EVENTS, status: 503, times: 3 });
    for (let failures = 1; failures <= 3; failures++) {
      await room.work();
      const row = await room.row(booking);
      expect(row).toMatchObject({
        status: 'PENDING',
        failures,
        error: expect.stringMatching(/^transient: /),
      });
      const wait = (row.dueAt?.getTime() ?? 0) - room.clock.at;
      const longest = 5 * SECOND * 2 ** (failures - 1);
      expect(wait).toBeGreaterThanOrEqual(0.75 * longest);
      expect(wait).toBeLessThanOrEqual(longest + 1);
      room.clock.at += wait;
    }
    await room.work();
    expect(eventsAt(booking.startsAt.getTime())).toHaveLength(1);
    expect(await room.row(booking)).toMatchObject({ status: 'WRITTEN', failures: 0, error: null });
  });

  it('waits as long as the provider asks for', async () => {
    const booking = await book();
    const headers = { 'retry-after': '120' };
    room.simulator.faults.add({ kind: 'answer', path: EVENTS, status: 429, headers });
    await room.work();
    const asked = counting();
    const { dueAt } = await room.row(booking);
    expect(dueAt).toEqual(new Date(room.clock.at + 2 * MINUTE));
    room.clock.at += 2 * MINUTE - 1;
    await room.work();
    expect(asked()).toEqual([]);
    room.clock.at += 1;
    await room.work();
    expect(eventsAt(booking.startsAt.getTime())).toHaveLength(1);
  });

  it.each(['cut', 'timeout'] as const)('is written once though the answer was lost (%s)', async (how) => {
    const booking = await book();
    const start = booking.startsAt.getTime();
    const lost = how === 'cut' ? { cut: true } : { status: 504 };
    const lose = (method: string) =>
      room.simulator.faults.add({ kind: 'answer', path: EVENTS, method, applied: true, ...lost });
    const again = async () => {
      await room.work();
      expect(await room.row(booking)).toMatchObject({ status: 'PENDING', failures: 1 });
      room.clock.at += 10 * SECOND;
      await room.work();
    };
    lose('POST');
    await again();
    expect(eventsAt(start)).toHaveLength(1);
    await room.move(booking, hour * 10 + 5);
    lose('PATCH');
    await again();
    expect(eventsAt(start + 5 * HOUR)).toHaveLength(1);
    await room.cancel(await room.booking(booking));
    lose('DELETE');
    await again();
    expect(eventsAt(start + 5 * HOUR)).toEqual([]);
  });

  it('stands where it was moved to, though nobody heard that it had been written before', async () => {
    const booking = await book();
    const start = booking.startsAt.getTime();
    room.simulator.faults.add({ kind: 'answer', path: EVENTS, method: 'POST', applied: true, cut: true });
    await room.work();
    expect(eventsAt(start)).toHaveLength(1);
    await room.move(booking, hour * 10 + 5);
    await room.work();
    expect(eventsAt(start)).toEqual([]);
    expect(eventsAt(start + 5 * HOUR)).toHaveLength(1);
  });

  it('is gone when it was cancelled before anybody heard that it had been written', async () => {
    const booking = await book();
    room.simulator.faults.add({ kind: 'answer', path: EVENTS, method: 'POST', applied: true, cut: true });
    await room.work();
    await room.cancel(booking);
    await room.work();
    expect(eventsAt(booking.startsAt.getTime())).toEqual([]);
    expect(await room.row(booking)).toMatchObject({ status: 'WRITTEN', dueAt: null });
  });

  it('is FAILED when it is refused, and tried again rarely', async () => {
    const booking = await book();
    room.simulator.faults.add({ kind: 'answer', path: EVENTS, status: 403, times: 1 });
    await room.work();
    const row = await room.row(booking);
    expect(row).toMatchObject({ status: 'FAILED', error: expect.stringMatching(/^rejected: /) });
    expect(row.dueAt?.getTime()).toBeGreaterThanOrEqual(room.clock.at + 6 * HOUR);
    room.clock.at = row.dueAt?.getTime() ?? 0;
    await room.work();
    expect(await room.row(booking)).toMatchObject({ status: 'WRITTEN', error: null });
    expect(eventsAt(booking.startsAt.getTime())).toHaveLength(1);
    room.clock.at = NOW;
  });

  it('is written by its own retries after 30 seconds of 401, and is never FAILED', async () => {
    const booking = await book();
    room.simulator.faults.add({ kind: 'answer', path: EVENTS, status: 401, times: EVER });
    for (let seconds = 0; seconds <= 30; seconds++) {
      await room.work();
      expect(await room.row(booking)).toMatchObject({
        status: 'PENDING',
        error: expect.stringMatching(/^transient: /),
      });
      room.clock.at += SECOND;
    }
    room.simulator.faults.clear();
    const { dueAt } = await room.row(booking);
    expect((dueAt?.getTime() ?? 0) - room.clock.at).toBeLessThanOrEqual(40 * SECOND);
    room.clock.at = dueAt?.getTime() ?? 0;
    await room.work();
    expect(await room.row(booking)).toMatchObject({ status: 'WRITTEN', failures: 0, retryPullSince: null });
    room.clock.at = NOW;
  });

  it('that failed is due as soon as a pull of its account succeeds, once for each failure', async () => {
    const booking = await book();
    room.simulator.faults.add({ kind: 'answer', path: EVENTS, method: 'POST', status: 503, times: EVER });
    for (let failures = 0; failures < 12; failures++) {
      await room.work();
      room.clock.at = (await room.row(booking)).dueAt?.getTime() ?? 0;
    }
    await room.work();
    const waiting = await room.row(booking);
    expect((waiting.dueAt?.getTime() ?? 0) - room.clock.at).toBeGreaterThan(30 * MINUTE);
    // A pull soon after the failure leaves the write alone: a provider that refuses writes alone is not asked with each pull.
    await room.pull(host);
    expect((await room.row(booking)).dueAt).toEqual(waiting.dueAt);
    room.clock.at += 5 * MINUTE;
    await room.pull(host);
    const due = await room.row(booking);
    expect(due.dueAt?.getTime()).toBeLessThanOrEqual(room.clock.at);
    const jobs = await room.store.$queryRaw<{ key: string }[]>`
      select key from graphile_worker.jobs where key = ${`write:${due.id}`}`;
    expect(jobs).toHaveLength(1);
    room.simulator.faults.clear();
    await room.work();
    expect(await room.row(booking)).toMatchObject({ status: 'WRITTEN', failures: 0 });
    room.clock.at = NOW;
  });

  it('that was refused is due when pulls had failed too and succeed again', async () => {
    const booking = await book();
    room.simulator.faults.add({ kind: 'answer', path: '.', status: 403, times: EVER });
    await room.work();
    await room.pull(host);
    expect(await room.row(booking)).toMatchObject({ status: 'FAILED' });
    room.simulator.faults.clear();
    await room.pull(host);
    expect(await room.row(booking)).toMatchObject({ status: 'PENDING' });
    await room.work();
    expect(await room.row(booking)).toMatchObject({ status: 'WRITTEN' });
    room.clock.at = NOW;
  });

  it('that was refused while pulls succeed is tried by them once an hour', async () => {
    const booking = await book();
    room.simulator.faults.add({ kind: 'answer', path: EVENTS, method: 'POST', status: 403, times: 1 });
    await room.work();
    await room.pull(host);
    room.clock.at += HOUR - MINUTE;
    await room.pull(host);
    expect(await room.row(booking)).toMatchObject({ status: 'FAILED' });
    room.clock.at += MINUTE;
    await room.pull(host);
    expect(await room.row(booking)).toMatchObject({ status: 'PENDING' });
    await room.work();
    expect(await room.row(booking)).toMatchObject({ status: 'WRITTEN' });
    room.clock.at = NOW;
  });

  it('that was refused is tried again at once when it is moved', async () => {
    const booking = await book();
    room.simulator.faults.add({ kind: 'answer', path: EVENTS, status: 403, times: 1 });
    await room.work();
    await room.move(booking, hour * 10 + 5);
    await room.work();
    expect(await room.row(booking)).toMatchObject({ status: 'WRITTEN' });
    expect(eventsAt(booking.startsAt.getTime() + 5 * HOUR)).toHaveLength(1);
  });

  it('waits for an account that lost its grant, and is written once it is healed', async () => {
    const booking = await book();
    const { id } = await room.row(booking);
    const status = (to: AccountStatus) =>
      room.store.account.update({ where: { id: host.account }, data: { status: to } });
    await status('AUTH_REVOKED');
    const asked = counting();
    await room.work();
    expect(await room.row(booking)).toMatchObject({ status: 'FAILED', dueAt: null });
    await room.work();
    await room.writer.write(id);
    expect(asked()).toEqual([]);
    await status('CONNECTED');
    await room.work();
    expect(await room.row(booking)).toMatchObject({ status: 'WRITTEN', error: null });
    expect(eventsAt(booking.startsAt.getTime())).toHaveLength(1);
  });

  it('asks for a pull when only the provider knows that the grant is gone', async () => {
    const booking = await book();
    room.revoked.add(host.account);
    await room.work();
    expect(await room.row(booking)).toMatchObject({
      status: 'FAILED',
      error: expect.stringMatching(/^auth-revoked: /),
    });
    const state = await room.store.calendarState.findUnique({ where: { calendarId: host.calendar.id } });
    expect(state?.dirtySince).not.toBeNull();
    room.revoked.delete(host.account);
    await room.move(booking, hour * 10 + 5);
    await room.work();
    expect(await room.row(booking)).toMatchObject({ status: 'WRITTEN' });
  });

  it('that is long over is written no more', async () => {
    const booking = await book();
    room.clock.at = booking.endsAt.getTime() + DAY + 1;
    const asked = counting();
    await room.work();
    await room.work();
    expect(await room.row(booking)).toMatchObject({ status: 'FAILED', dueAt: null });
    expect(asked()).toEqual([]);
    room.clock.at = NOW;
  });

  it('keeps guests whom its host added', async () => {
    const booking = await book();
    await room.work();
    const [event] = eventsAt(booking.startsAt.getTime());
    const colleague = { email: 'alan@example.net', emailAddress: { address: 'alan@example.net' } };
    const attendees = [...((event?.event.extra.attendees as object[]) ?? []), colleague];
    room.world.updateEvent(host.calendar.externalId, event?.event.id ?? '', { extra: { attendees } });
    await room.move(booking, hour * 10 + 5);
    await room.work();
    expect(guests(booking.startsAt.getTime() + 5 * HOUR)).toEqual(['grace@example.net', 'alan@example.net']);
  });
});

describe('a booking of several hosts', () => {
  it('has an event at each, and its attendee is invited once', async () => {
    const ada = await room.connect('google', 'ada');
    const bob = await room.connect('microsoft', 'bob');
    const native = await room.addHost('Nora Native');
    const booking = await room.book([native, ada.host, bob.host], 1);
    await room.work();
    const invited = (of: RoomHost) =>
      room.events(of).map(({ event }) => (event.extra.attendees as object[] | undefined)?.length ?? 0);
    expect([invited(ada), invited(bob)]).toEqual([[1], [0]]);
    expect(JSON.stringify(room.events(ada)[0]?.event.extra)).toContain('Nora Native, bob');

    // The host who is the first one now invites.
    await room.move(booking, 2, [bob.host.id, native.id]);
    await room.work();
    expect([invited(ada), invited(bob)]).toEqual([[], [1]]);
    expect(room.events(bob)).toMatchObject([{ start: at(2) }]);
    await room.move(await room.booking(booking), 3, [ada.host.id, bob.host.id]);
    await room.work();
    expect([invited(ada), invited(bob)]).toEqual([[1], [0]]);
    expect(room.events(ada)).toMatchObject([{ start: at(3) }]);
  });

  it('is written where it can be, whatever becomes of the others', async () => {
    const one = await room.connect('google', 'one');
    const two = await room.connect('microsoft', 'two');
    const booking = await room.book([one.host, two.host], 1);
    room.simulator.faults.add({ kind: 'answer', path: '^/google/', status: 500, times: 1 });
    await room.work();
    expect(room.events(one)).toEqual([]);
    expect(room.events(two)).toHaveLength(1);
    expect((await room.rows(booking)).map(({ status }) => status)).toEqual(['PENDING', 'WRITTEN']);
  });
});

describe('a write', () => {
  it('waits longer than an hour only when it is asked to', async () => {
    const { host } = await room.connect('google', 'generous');
    const booking = await room.book([host], 1);
    const { id } = await room.row(booking);
    let retryAfter = 2 * HOUR;
    const writer = room.withPort('google', () => ({
      create: async () => {
        throw new ProviderError('transient', 'down', { retryAfter });
      },
    }));
    await writer.write(id);
    expect((await room.row(booking)).dueAt).toEqual(new Date(room.clock.at + 2 * HOUR));
    retryAfter = 0;
    await room.store.bookingWrite.update({ where: { id }, data: { failures: 40, dueAt: new Date(NOW) } });
    await writer.write(id);
    const wait = ((await room.row(booking)).dueAt?.getTime() ?? 0) - room.clock.at;
    expect(wait).toBeGreaterThanOrEqual(0.75 * HOUR);
    expect(wait).toBeLessThanOrEqual(HOUR);
  });

  it('to a provider that is not offered any more is FAILED', async () => {
    const { host } = await room.connect('google', 'unoffered');
    const booking = await room.book([host], 1);
    await createBookingWriter({ ...room.deps, providers: new Map() }).write((await room.row(booking)).id);
    expect(await room.row(booking)).toMatchObject({
      status: 'FAILED',
      error: expect.stringContaining('not offered'),
      leaseId: null,
    });
  });
});
