/** Many changes of the same calendars: how often they are read, and whether what is shown in the end is the truth. */
import { performance } from 'node:perf_hooks';
import type { BenchGateway, BenchHost } from '../gateway.ts';
import { printFigures } from '../results.ts';
import { busyOf, DAY, dayStart, HOUR } from './busy.ts';
import type { Watchdog } from './watchdog.ts';

/** Notifications that a provider has under way at once. */
const AT_ONCE = 100;
const GOALS = { lost: 0 };

export async function benchFlood(
  gateway: BenchGateway,
  hosts: BenchHost[],
  notifications: number,
  watchdog: Watchdog,
): Promise<object> {
  const { world, onIdle } = gateway.simulator;
  const from = dayStart();
  const events = hosts.map(({ calendar }) => ({
    calendar,
    id: world.createEvent(calendar, { title: 'Flood', start: from, end: from + HOUR }).id,
  }));
  await untilShown(gateway, hosts, from, watchdog);
  const accepted = () => gateway.counted('slotwire_notifications_total', 'verdict="accepted"');
  const pulls = () => gateway.counted('slotwire_pulls_total', 'outcome="applied"');
  const before = { accepted: await accepted(), pulls: await pulls() };
  const begun = performance.now();
  for (let sent = 0; sent < notifications; ) {
    watchdog.progress(`${sent} of ${notifications} edits are made`);
    for (let i = 0; i < AT_ONCE && sent < notifications; i++, sent++) {
      const { calendar, id } = events[sent % events.length] ?? { calendar: '', id: '' };
      const start = from + (Math.floor(sent / events.length) % 20) * HOUR;
      world.moveEvent(calendar, id, start, start + HOUR);
    }
    await onIdle();
  }
  const receivedMs = Math.round(performance.now() - begun);
  const lost = await untilShown(gateway, hosts, from, watchdog);
  const counts = {
    notifications: (await accepted()) - before.accepted,
    pulls: (await pulls()) - before.pulls,
  };
  const line = {
    name: 'flood',
    calendars: hosts.length,
    ...counts,
    // Without pacing each notification costs a pull.
    ratio: Number((counts.pulls / counts.notifications).toFixed(3)),
    lost,
    ...{ goal: GOALS, met: lost === GOALS.lost },
    receivedMs,
    elapsedMs: Math.round(performance.now() - begun),
  };
  printFigures(line, lost > 0 ? [`${lost} calendars are not shown as they are`] : []);
  return line;
}

/** Waits until all is shown as it is at the providers. @returns how many calendars are not, a minute later. */
async function untilShown(
  gateway: BenchGateway,
  hosts: BenchHost[],
  from: number,
  watchdog: Watchdog,
): Promise<number> {
  let wrong = hosts;
  for (const end = Date.now() + 60_000; wrong.length > 0 && Date.now() < end; ) {
    const still: BenchHost[] = [];
    for (let i = 0; i < wrong.length; i += 50) {
      const some = wrong.slice(i, i + 50);
      const shown = await busyOf(gateway, some, from, from + DAY);
      still.push(...some.filter((host, j) => JSON.stringify(shown[j]) !== truth(gateway, host, from)));
    }
    if (still.length < wrong.length) watchdog.progress(`${still.length} calendars are not shown yet`);
    wrong = still;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return wrong.length;
}

const truth = ({ simulator }: BenchGateway, { calendar }: BenchHost, from: number) =>
  JSON.stringify(simulator.world.busy(calendar, from, from + DAY).map(({ start, end }) => [start, end]));
