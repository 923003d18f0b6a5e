/** Is all well again? Asked from outside, of every process, until each part of it is so. */
import { withDeadline } from '../../src/async/deadline.ts';
import { DAY, MINUTE, SECOND } from '../../src/time/clock.ts';
import { busyOf } from '../e2e/busy.fixture.ts';
import { asker } from '../e2e/client.fixture.ts';
import { testDay } from '../e2e/stack.fixture.ts';
import { until } from '../harness/eventually.ts';
import type { ChaosWorld } from './world.fixture.ts';

/** Longer than any machine needs, with all that the product itself may wait: an account whose requests failed rests for 5 min. */
const LIMIT = 8 * MINUTE;
const ATTEMPT_LIMIT = 10 * SECOND;

/** Where probes put what they put: nobody else looks there. */
const { at } = testDay();
const SPAN = { from: at('00:00') + 20 * DAY, to: at('00:00') + 21 * DAY };
const HALF_HOUR = 30 * MINUTE;
/** Edits of all probes, each at a time of its own. */
let edits = 0;

const HOLD = `mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { __typename ... on SlotHold { token } } }`;
const RELEASE = 'mutation ($token: String!) { releaseHold(token: $token) }';

/** @returns milliseconds until all was well; what was not when the limit was over */
export async function untilHealed(
  world: ChaosWorld,
): Promise<{ took: number; parts: Record<string, number> } | { still: string }> {
  const began = Date.now();
  const parts: Record<string, number> = {};
  for (const [name, isSo] of Object.entries(partsOf(world))) {
    let why = '';
    const attempt = () =>
      withDeadline(ATTEMPT_LIMIT, undefined, isSo).catch((error: unknown) => {
        why = String(error);
        return false;
      });
    try {
      await until(attempt, Math.max(began + LIMIT - Date.now(), ATTEMPT_LIMIT));
    } catch {
      return { still: `${name}: ${why || 'no'}\n${await stateOf(world)}` };
    }
    parts[name] = Date.now() - began;
  }
  return { took: Date.now() - began, parts };
}

function partsOf({ fleet, probe, stack, simulator }: ChaosWorld): Record<string, () => Promise<boolean>> {
  const urls = fleet.gateways.flatMap(({ url }) => url ?? []);
  const { connected, native } = probe;
  const { world } = simulator;
  const all = async (ask: (url: string, i: number) => Promise<boolean>) =>
    (await Promise.all(urls.map(ask))).every(Boolean);

  // Each probe needs a time of its own: an earlier hold may still stand whose answer was lost.
  let turn = 0;
  async function holds(url: string) {
    const ask = asker(url);
    const start = new Date(at('09:00') + (turn++ % 14) * HALF_HOUR + 3 * DAY).toISOString();
    const { holdSlot } = await ask<{ holdSlot: { token?: string } }>(HOLD, {
      input: { eventType: native.eventType, start },
    });
    if (!holdSlot.token) return false;
    return (await ask<{ releaseHold: boolean }>(RELEASE, { token: holdSlot.token })).releaseHold;
  }

  const start = SPAN.from + (edits++ % 48) * HALF_HOUR;
  let event: string | null = null;
  async function tellsOfEdit(url: string) {
    const [busy] = await busyOf(asker(url, stack.environment.ADMIN_TOKEN), [connected.id], SPAN);
    return busy?.periods.some((period) => Date.parse(period.start) === start) ?? false;
  }

  return {
    'all processes run': async () => fleet.processes.every(({ isRunning }) => isRunning()),
    'all gateways are ready': () => all(async (url) => (await fetch(`${url}/readyz`)).ok),
    'every gateway takes holds': () => all(holds),
    'every gateway reads calendars when asked to': () =>
      all(async (url) => {
        const ask = asker(url, stack.environment.ADMIN_TOKEN);
        const [busy] = await busyOf(ask, [connected.id], SPAN, { consistency: 'STRICT' });
        return busy?.complete === true && busy.issues.length === 0;
      }),
    'an edit at the provider reaches every gateway': () => {
      event ??= world.createEvent(connected.remoteCalendar, { start, end: start + HALF_HOUR }).id;
      return all(tellsOfEdit);
    },
    'its end does too': () => {
      if (event) world.deleteEvent(connected.remoteCalendar, event);
      event = null;
      return all(async (url) => !(await tellsOfEdit(url)));
    },
  };
}

/** What may tell why it does not heal: the rows of the probe's calendar, and the last words of each process. */
async function stateOf(world: ChaosWorld): Promise<string> {
  const { database, probe, fleet } = world;
  const rows = await database
    .query(
      `select now(), s.*, (select count(*)::int from event e where e.calendar_id = s.calendar_id and e.valid_to is null) as events
       from calendar_state s where s.calendar_id = $1`,
      [probe.connected.calendar],
    )
    .catch(String);
  const words = fleet.processes.map((each) => `${each.name}: ${each.output().slice(-5).join('\n  ')}`);
  return [
    JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
    ...words,
  ].join('\n');
}
