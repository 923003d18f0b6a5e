/** Workers that die at each step of a write, come back too late, or are overtaken by another change. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Booking } from '../../../src/store/bookings/bookings.ts';
import { HOUR, SECOND } from '../../../src/time/clock.ts';
import { createRoom, type Room, type RoomHost } from './world.fixture.ts';

let room: Room;
beforeAll(async () => {
  room = await createRoom();
});
afterAll(() => room?.close());

describe.each(['google', 'microsoft'] as const)('a booking in a calendar of %s', (provider) => {
  let host: RoomHost;
  let hour = 0;
  beforeAll(async () => {
    host = await room.connect(provider, `host-${provider}`);
  });
  const book = (): Promise<Booking> => room.book([host.host], ++hour * 10);
  const eventsAt = (start: number) => room.events(host).filter((event) => event.start === start);

  describe('whose worker is killed', () => {
    /** A writer that reaches the step and never leaves it. */
    const hanging = (step: 'before' | 'after', method: 'create' | 'update' | 'delete') => {
      let reached = () => {};
      const arrived = new Promise<void>((resolve) => {
        reached = resolve;
      });
      const writer = room.withPort(provider, (port) => ({
        [method]: async (request: never) => {
          if (step === 'after') await port[method](request);
          reached();
          return new Promise(() => {});
        },
      }));
      return { writer, arrived };
    };
    const kill = async (
      booking: Booking,
      step: 'before' | 'after',
      method: 'create' | 'update' | 'delete',
    ) => {
      const { id } = await room.row(booking);
      const { writer, arrived } = hanging(step, method);
      // A killed process says nothing more; this one meets its deadline when its database may be gone.
      void writer.write(id).catch(() => {});
      await arrived;
      // Its lease keeps everybody else away until it ends.
      await room.writer.write(id);
      expect(await room.row(booking)).toMatchObject({ status: 'PENDING', leaseId: expect.any(String) });
      room.clock.at += 15 * SECOND;
      await room.work();
      expect(await room.row(booking)).toMatchObject({ status: 'WRITTEN', leaseId: null, dueAt: null });
    };

    it.each(['before', 'after'] as const)('%s the call is written, moved and deleted once', async (step) => {
      const booking = await book();
      const start = booking.startsAt.getTime();
      await kill(booking, step, 'create');
      expect(eventsAt(start)).toHaveLength(1);
      await room.move(booking, hour * 10 + 5);
      await kill(booking, step, 'update');
      expect(
        room.events(host).filter((event) => event.event.id === eventsAt(start + 5 * HOUR)[0]?.event.id),
      ).toHaveLength(1);
      await room.cancel(await room.booking(booking));
      await kill(booking, step, 'delete');
      expect(eventsAt(start + 5 * HOUR)).toEqual([]);
    });

    it('and comes back to life has nothing more to say', async () => {
      const booking = await book();
      const { id } = await room.row(booking);
      let go = () => {};
      const gate = new Promise<void>((resolve) => {
        go = resolve;
      });
      let reached = () => {};
      const arrived = new Promise<void>((resolve) => {
        reached = resolve;
      });
      const slow = room.withPort(provider, (port) => ({
        async create(request) {
          const made = await port.create(request);
          reached();
          await gate;
          return { externalId: `not ${made.externalId}` };
        },
      }));
      const work = slow.write(id);
      await arrived;
      room.clock.at += 15 * SECOND;
      await room.work();
      const before = await room.row(booking);
      go();
      await work;
      expect(await room.row(booking)).toEqual(before);
      expect(eventsAt(booking.startsAt.getTime())).toHaveLength(1);
    });
  });

  it('that is changed while it is written ends as it was changed', async () => {
    const booking = await book();
    const start = booking.startsAt.getTime();
    const { id } = await room.row(booking);
    let meanwhile: (() => Promise<void>) | null = () => room.move(booking, hour * 10 + 5);
    const writer = room.withPort(provider, (port) => ({
      async create(request) {
        const made = await port.create(request);
        await meanwhile?.();
        meanwhile = null;
        return made;
      },
    }));
    await writer.write(id);
    expect(eventsAt(start)).toEqual([]);
    expect(eventsAt(start + 5 * HOUR)).toHaveLength(1);
    expect(await room.row(booking)).toMatchObject({ status: 'WRITTEN', doneRevision: 2 });
    meanwhile = async () => room.cancel(await room.booking(booking));
    const another = room.withPort(provider, (port) => ({
      async update(request) {
        const made = await port.update(request);
        await meanwhile?.();
        return made;
      },
    }));
    await room.move(await room.booking(booking), hour * 10 + 6);
    await another.write(id);
    expect(eventsAt(start + 6 * HOUR)).toEqual([]);
    expect(await room.row(booking)).toMatchObject({ wanted: 'absent', status: 'WRITTEN', doneRevision: 4 });
  });
});
