/** What stands when a race is over: bookings in the store, their time at their hosts, and their events in calendars. */
import type { QueryResultRow } from 'pg';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { until } from '../harness/eventually.ts';
import type { Place, Recorded } from './history.fixture.ts';
import type { RaceHost } from './types.fixture.ts';

export type Query = <T extends QueryResultRow>(sql: string) => Promise<T[]>;

export interface StoredBooking extends Place {
  id: string;
}

/** Confirmed bookings, in the store. */
export async function storedBookings(query: Query): Promise<StoredBooking[]> {
  const found = await query<{ id: string; start: Date; hosts: string[] }>(
    `select id, starts_at as start, hosts from booking where status = 'CONFIRMED'`,
  );
  return found.map(({ id, start, hosts }) => ({ id, start: start.getTime(), hosts }));
}

/** Those of them that the visitors heard of, by the hold that each was made of. */
export function bookedClaims(
  history: readonly Recorded[],
  stored: readonly StoredBooking[],
): Map<string, Place> {
  const claims = new Map<string, string>();
  for (const record of history) {
    if (record.op === 'confirm' && typeof record.answer !== 'string')
      claims.set(record.answer.booking, record.claim);
  }
  return new Map(
    stored.flatMap(({ id, start, hosts }) => {
      const claim = claims.get(id);
      return claim ? [[claim, { start, hosts }] as const] : [];
    }),
  );
}

/** @returns what is wrong: a booking without its time at each host, time without a booking, or time that overlaps */
export async function storeFaults(query: Query, stored: readonly StoredBooking[]): Promise<string[]> {
  const wanted = stored.flatMap(({ id, start, hosts }) => hosts.map((host) => `${id} ${host} ${start}`));
  const times = await query<{ owner: string; host: string; start: Date }>(
    `select owner_id as owner, host_id as host, starts_at as start from native_time
     where valid_to is null and kind = 'booking'`,
  );
  const found = times.map(({ owner, host, start }) => `${owner} ${host} ${start.getTime()}`);
  const overlaps = await query<{ one: string; other: string; host: string }>(
    `select a.owner_id as one, b.owner_id as other, a.host_id as host
     from native_time a join native_time b on a.host_id = b.host_id and a.id < b.id
     where a.valid_to is null and b.valid_to is null and a.slot_key <> b.slot_key
       and a.starts_at < b.ends_at and b.starts_at < a.ends_at`,
  );
  return [
    ...differences(wanted, found, 'the time of a booking'),
    ...overlaps.map(({ one, other, host }) => `${one} and ${other} overlap at ${host}`),
  ];
}

/**
 * Waits until all is written that is to be written to calendars.
 * @param foreign events that are no booking's, by their id
 * @returns what is wrong: a booking whose event is missing, stands twice or lies elsewhere, or an event without a booking
 */
export async function calendarFaults(
  query: Query,
  {
    hosts,
    stored,
    world,
    span,
    foreign,
  }: {
    hosts: readonly RaceHost[];
    stored: readonly StoredBooking[];
    world: Simulator['world'];
    span: { from: number; to: number };
    foreign: ReadonlySet<string>;
  },
  limit: number,
): Promise<string[]> {
  const read = () =>
    query<{
      id: string;
      booking: string;
      host: string;
      status: string;
      wanted: string;
      error: string | null;
    }>('select id, booking_id as booking, host_id as host, status, wanted, error from booking_write');
  const isDone = ({ status }: { status: string }) => status === 'WRITTEN';
  await until(async () => (await read()).every(isDone), limit).catch(() => {});
  const writes = await read();
  const faults = writes
    .filter((write) => !isDone(write))
    .map(({ booking, host, status, error }) => `${booking} at ${host} is ${status}: ${error}`);
  for (const { id, remoteCalendar } of hosts) {
    if (remoteCalendar === null) continue;
    const present = writes.filter(({ host, wanted }) => host === id && wanted === 'present');
    const here = stored.filter((booking) => booking.hosts.includes(id));
    const due = [...new Set(present.map(({ booking }) => booking))];
    const events = world
      .events(remoteCalendar, span.from, span.to)
      .filter(({ event }) => !foreign.has(event.id));
    faults.push(
      ...differences(
        here.map((booking) => booking.id),
        due,
        `what is to be written for ${id}`,
      ),
      ...differences(
        here.map(({ start }) => new Date(start).toISOString()),
        events.map(({ start }) => new Date(start).toISOString()),
        `an event in ${remoteCalendar}`,
      ),
    );
  }
  return faults;
}

/** Of two lists whose order says nothing, and in which the same may be more than once. */
function differences(wanted: readonly string[], found: readonly string[], name: string): string[] {
  const rest = [...found];
  const missing = wanted.filter((each) => {
    const at = rest.indexOf(each);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  return [
    ...missing.map((each) => `${name} is missing: ${each}`),
    ...rest.map((each) => `${name} is too much: ${each}`),
  ];
}
