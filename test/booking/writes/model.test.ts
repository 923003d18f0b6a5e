/** Whatever attendees, hosts, providers and dying workers do: in the end each event stands where its booking stands. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Booking } from '../../../src/store/bookings/bookings.ts';
import { HOUR, MINUTE, SECOND } from '../../../src/time/clock.ts';
import { numbers, seedOf } from '../../harness/numbers.ts';
import { at, createRoom, NOW, type Room, type RoomHost } from './world.fixture.ts';

const SEED = seedOf('WRITE_SEED', 20_301_027);
const SEQUENCES = Number(process.env.WRITE_SEQUENCES ?? 6);
const STEPS = Number(process.env.WRITE_STEPS ?? 30);
const METHODS = ['create', 'update', 'delete', 'getEvent'] as const;

let room: Room;
beforeAll(async () => {
  room = await createRoom();
});
afterAll(() => room?.close());

it.each(Array.from({ length: SEQUENCES }, (_, i) => SEED + i))(
  'events and bookings agree in the end (WRITE_SEED=%i)',
  async (seed) => {
    const random = numbers(seed);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
    const hosts = [await room.connect('google', `g${seed}`), await room.connect('microsoft', `m${seed}`)];
    const bookings: Booking[] = [];
    const trail: string[] = [];
    let hour = 0;
    const stored = async () => {
      const found = await Promise.all(bookings.map(room.booking));
      return found.filter(({ status }) => status === 'CONFIRMED');
    };
    const title = ({ attendeeName }: Booking) => `Intro: ${attendeeName}`;
    const eventsOf = (host: RoomHost, booking: Booking) =>
      room.events(host).filter(({ event }) => event.title === title(booking));
    const some = async () => {
      const all = await stored();
      return all.length === 0 ? null : pick(all);
    };

    /** A worker that reaches a call and dies in it, before or after it was made. */
    async function killed() {
      const due = await room.store.bookingWrite.findMany({
        where: { dueAt: { lte: new Date(room.clock.at) } },
      });
      if (due.length === 0) return;
      const { id, provider } = pick(due);
      const after = random() < 0.5;
      let died = () => {};
      const death = new Promise<void>((resolve) => {
        died = resolve;
      });
      const writer = room.withPort(provider as 'google' | 'microsoft', (port) =>
        Object.fromEntries(
          METHODS.map((method) => [
            method,
            async (request: never) => {
              if (after) await port[method](request).catch(() => {});
              died();
              return new Promise(() => {});
            },
          ]),
        ),
      );
      await Promise.race([writer.write(id), death]);
    }

    const steps: Record<string, () => Promise<unknown>> = {
      async book() {
        const some = random() < 0.5 ? hosts : [pick(hosts)];
        const more = { attendeeName: `Guest ${seed} ${bookings.length}` };
        bookings.push(
          await room.book(
            some.map(({ host }) => host),
            ++hour * 3,
            more,
          ),
        );
      },
      async move() {
        const booking = await some();
        const all = random() < 0.3 ? [pick(hosts).host.id] : booking?.hosts;
        if (booking) await room.move(booking, ++hour * 3, all);
      },
      async cancel() {
        const booking = await some();
        if (booking && random() < 0.5) await room.cancel(booking);
      },
      async hostMoves() {
        const [booking, host] = [await some(), pick(hosts)];
        const [found] = booking ? eventsOf(host, booking) : [];
        const start = at(++hour * 3) + 20 * MINUTE;
        // Of what is free, a read of the whole calendar doesn't tell where it stands.
        if (found?.event.showAs === 'busy')
          room.world.moveEvent(host.calendar.externalId, found.event.id, start, start + HOUR);
      },
      async hostDeletes() {
        const [booking, host] = [await some(), pick(hosts)];
        const [found] = booking ? eventsOf(host, booking) : [];
        if (found && random() < 0.4) room.world.deleteEvent(host.calendar.externalId, found.event.id);
      },
      async hostFrees() {
        const [booking, host] = [await some(), pick(hosts)];
        const [found] = booking ? eventsOf(host, booking) : [];
        const showAs = random() < 0.5 ? 'free' : 'busy';
        if (found) room.world.updateEvent(host.calendar.externalId, found.event.id, { showAs });
      },
      fault: async () =>
        room.simulator.faults.add({
          kind: 'answer',
          path: '/events(/[^/]+)?$',
          times: 1 + Math.floor(random() * 2),
          ...pick([
            { status: 503 },
            { status: 429 },
            { cut: true, applied: true },
            { status: 504, applied: true },
          ]),
        }),
      expire: async () =>
        room.simulator.faults.add({ kind: 'expire-cursors', calendar: pick(hosts).calendar.externalId }),
      killed,
      work: () => room.work(),
      pull: () => room.pull(pick(hosts)),
      async time() {
        room.clock.at += pick([SECOND, 6 * SECOND, 15 * SECOND, MINUTE]);
      },
    };
    const names = Object.keys(steps);
    for (let i = 0; i < STEPS; i++) {
      const name = i < 2 ? 'book' : pick(names);
      trail.push(name);
      await steps[name]?.();
    }

    room.simulator.faults.clear();
    const settled = async () =>
      (await room.store.bookingWrite.count({
        where: { calendarId: { in: hosts.map(({ calendar }) => calendar.id) }, dueAt: { not: null } },
      })) === 0;
    // A worker that failed waits the longer; one that died still holds a lease.
    for (let round = 0; round < 20; round++) {
      room.clock.at += 15 * MINUTE;
      await room.pull(...hosts);
      await room.work();
      if (round > 2 && (await settled())) break;
    }
    const story = trail.join(' ');
    for (const before of bookings) {
      const booking = await room.booking(before);
      const { status, startsAt, endsAt } = booking;
      for (const host of hosts) {
        const wanted =
          status === 'CONFIRMED' && booking.hosts.includes(host.host.id)
            ? [{ start: startsAt.getTime(), end: endsAt.getTime() }]
            : [];
        const found = eventsOf(host, booking).map(({ start, end }) => ({ start, end }));
        expect(found, `${title(booking)} at ${host.email}: ${story}`).toEqual(wanted);
      }
      const rows = await room.rows(booking);
      expect(
        rows.map((row) => [row.status, row.dueAt, row.leaseId]),
        story,
      ).toEqual(rows.map(() => ['WRITTEN', null, null]));
    }
    // All that is left in the calendars is native time, but for what was moved over the edge of a read.
    for (const host of hosts) expect(await room.busy(host), story).toEqual([]);
    room.clock.at = NOW;
  },
);
