/** What must be so once all that was broken is whole again. Each check returns what is wrong, in words. */
import { isDeepStrictEqual } from 'node:util';
import { DAY, MINUTE, SECOND } from '../../src/time/clock.ts';
import { busyOf, worldBusy } from '../e2e/busy.fixture.ts';
import { asker } from '../e2e/client.fixture.ts';
import { testDay } from '../e2e/stack.fixture.ts';
import { until } from '../harness/eventually.ts';
import { bookedClaims, calendarFaults, storedBookings, storeFaults } from '../race/ending.fixture.ts';
import { faultsOf } from '../race/faults.fixture.ts';
import type { RaceType, Recorded } from '../race/history.fixture.ts';
import type { HostEvent } from './editors.fixture.ts';
import { settle } from './settle.fixture.ts';
import { type ChaosWorld, STRICT_DEADLINE } from './world.fixture.ts';

const LIMIT = 8 * MINUTE;
/** What confirming adds to STRICT_DEADLINE when it keeps a hold alive. */
const LEEWAY = 10 * SECOND;
const { at } = testDay();

/** @param skew how far the clocks of processes were apart, milliseconds */
export async function faultsAtRest(
  world: ChaosWorld,
  history: readonly Recorded[],
  events: readonly HostEvent[],
  skew: number,
): Promise<string[]> {
  const { database, types, hosts } = world;
  const query: typeof database.query = (sql) => database.query(sql);
  const stored = await storedBookings(query);
  const settled = await settle(history, query, { hosts, skew });
  const check = {
    types,
    history: settled,
    prolonged: STRICT_DEADLINE + LEEWAY,
    skew,
    ending: { at: Date.now(), booked: bookedClaims(settled, stored) },
  };
  const calendars = {
    hosts,
    stored,
    world: world.simulator.world,
    span: { from: at('00:00'), to: at('24:00') },
    foreign: new Set(events.map(({ id }) => id)),
  };
  return [
    ...(await storeFaults(query, stored)),
    ...faultsOf(check),
    ...bookedOverEvents(history, types, events),
    ...(await calendarFaults(query, calendars, LIMIT)),
    ...(await overdue(query)),
    ...(await wrongBusyTime(world)),
    ...(await accountsLost(query)),
  ];
}

/** Bookings over an event that stood in the host's calendar before they were asked for. */
export function bookedOverEvents(
  history: readonly Recorded[],
  types: readonly RaceType[],
  events: readonly HostEvent[],
): string[] {
  const claims = new Map<string, { type: RaceType; asked: number; start: number | null }>();
  return history.flatMap((record) => {
    if (record.op === 'hold' && typeof record.answer !== 'string')
      claims.set(record.answer.claim, {
        type: record.type,
        asked: Number.POSITIVE_INFINITY,
        start: null,
      });
    if (record.op !== 'confirm' && record.op !== 'reschedule') return [];
    const claim = claims.get(record.claim);
    if (!claim || !types.includes(claim.type)) return [];
    // Confirmed twice, it is the booking of the first time.
    const from = record.op === 'confirm' ? Math.min(claim.asked, record.from) : record.from;
    if (record.op === 'confirm') claim.asked = from;
    if (typeof record.answer === 'string') return [];
    const { start, hosts } = record.answer;
    // Moved to the start that it has, a booking stays as it is: the event may have come after it.
    const isUnmoved = record.op === 'reschedule' && start === claim.start;
    claim.start = start;
    // Of the event type whose policy is WARN, a host's time may be unknown.
    if (isUnmoved || claim.type.scheduling === 'ROUND_ROBIN') return [];
    return events
      .filter(
        (event) =>
          hosts.includes(event.host) &&
          event.start < start + claim.type.length &&
          event.end > start &&
          event.from < from &&
          event.to > record.to,
      )
      .map(
        (event) =>
          `${record.op} of ${new Date(start).toISOString()} went over an event of ${event.host} that stood there ${from - event.from} ms before it was asked for`,
      );
  });
}

type Query = ChaosWorld['database']['query'];

/** Rows whose work should have been done: each is looked at again until it is. */
async function overdue(query: Query): Promise<string[]> {
  const read = () =>
    query<{ what: string }>(`
      select 'the pull of ' || calendar_id as what from calendar_state where due_at < now() - interval '30 seconds'
      union all select 'the watch channel ' || id from watch_channel where due_at < now() - interval '30 seconds'
      union all select 'the write ' || id from booking_write where due_at is not null
      union all select 'publishing the calendar ' || calendar_id from calendar_state where published_version < version
      union all select 'publishing native time of ' || host_id from native_state where published_version < version`);
  await until(async () => (await read()).length === 0, LIMIT).catch(() => {});
  return (await read()).map(({ what }) => `${what} is overdue`);
}

/** Hosts whose busy time is not what their calendars say. */
async function wrongBusyTime({ stack, hosts, fleet, simulator }: ChaosWorld): Promise<string[]> {
  const span = { from: at('00:00') - DAY, to: at('00:00') + 10 * DAY };
  const connected = hosts.flatMap(({ id, remoteCalendar }) =>
    remoteCalendar ? [{ id, remoteCalendar }] : [],
  );
  const faults: string[] = [];
  for (const { url } of fleet.gateways) {
    const ask = asker(url ?? '', stack.environment.ADMIN_TOKEN);
    for (const { id, remoteCalendar } of connected) {
      const differs = async () => {
        const [busy] = await busyOf(ask, [id], span);
        const truth = { complete: true, issues: [], periods: worldBusy(simulator, remoteCalendar, span) };
        const { freshness, ...received } = busy ?? { freshness: null };
        return isDeepStrictEqual(received, truth) ? null : { received, truth };
      };
      await until(async () => (await differs()) === null, LIMIT).catch(() => {});
      const difference = await differs();
      if (difference) faults.push(`busy time of ${id} at ${url}: ${JSON.stringify(difference)}`);
    }
  }
  return faults;
}

async function accountsLost(query: Query): Promise<string[]> {
  const found = await query<{ id: string; status: string }>(
    `select id, status from account where status <> 'CONNECTED'`,
  );
  return found.map(({ id, status }) => `the account ${id} is ${status}`);
}
