/**
 * `npm run bench -- notifications [CALENDARS [NOTIFICATIONS]]`: edits at both simulators, which answer at once and notify.
 * One line about single changes, `{p50Ms, p99Ms}` from the edit to busy time visible in the API, and one about a flood:
 * `{notifications, calendars, pulls, lost, elapsedMs}`. Exit 1 when a change was lost.
 */
import { performance } from 'node:perf_hooks';
import { type BenchGateway, type BenchHost, type ProviderName, withGateway } from './gateway.ts';

const SINGLE = 200;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Notifications that a provider has under way at once. */
const AT_ONCE = 100;

export async function benchNotifications([calendars = '100', notifications = '10000']: string[]) {
  await withGateway(async (gateway) => {
    const hosts = await connectAll(gateway, Number(calendars));
    await single(gateway, hosts);
    await flood(gateway, hosts, Number(notifications));
  });
}

async function connectAll(gateway: BenchGateway, count: number): Promise<BenchHost[]> {
  const hosts: BenchHost[] = [];
  for (let i = 0; i < count; i++) hosts.push(await gateway.connect(providerOf(i), `host-${i}`));
  return hosts;
}

const providerOf = (index: number): ProviderName => (index % 2 === 0 ? 'google' : 'microsoft');

/** Tomorrow, midnight UTC. */
const dayStart = () => Math.floor(Date.now() / DAY) * DAY + DAY;

const BUSY =
  'query ($hosts: [ID!]!, $from: DateTime!, $to: DateTime!) { busy(hosts: $hosts, from: $from, to: $to) { periods { start end } } }';

async function busyOf({ ask }: BenchGateway, hosts: BenchHost[], from: number, to: number) {
  const { busy } = await ask<{ busy: { periods: { start: string; end: string }[] }[] }>(BUSY, {
    hosts: hosts.map(({ id }) => id),
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
  });
  return busy.map(({ periods }) => periods.map(({ start, end }) => [Date.parse(start), Date.parse(end)]));
}

/** One change after another: how long until a reader sees it. */
async function single(gateway: BenchGateway, hosts: BenchHost[]): Promise<void> {
  const times: number[] = [];
  const from = dayStart() + 10 * DAY;
  for (let i = 0; i < SINGLE; i++) {
    const host = hosts[i % hosts.length];
    if (!host) return;
    const start = from + Math.floor(i / hosts.length) * HOUR;
    const begun = performance.now();
    gateway.simulator.world.createEvent(host.calendar, { title: 'Bench', start, end: start + HOUR / 2 });
    for (;;) {
      const [periods = []] = await busyOf(gateway, [host], start, start + HOUR);
      if (periods.length > 0) break;
    }
    times.push(performance.now() - begun);
    await gateway.simulator.onIdle();
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round(times[Math.ceil(times.length * share) - 1] ?? 0);
  print({ name: 'notification to busy', changes: times.length, p50Ms: at(0.5), p99Ms: at(0.99) });
}

/** Many changes of the same calendars: how often they are read, and whether what is shown in the end is the truth. */
async function flood(gateway: BenchGateway, hosts: BenchHost[], notifications: number): Promise<void> {
  const { world, onIdle } = gateway.simulator;
  const from = dayStart();
  const events = hosts.map(({ calendar }) => ({
    calendar,
    id: world.createEvent(calendar, { title: 'Flood', start: from, end: from + HOUR }).id,
  }));
  await untilShown(gateway, hosts, from);
  const accepted = () => gateway.counted('slotwire_notifications_total', 'verdict="accepted"');
  const pulls = () => gateway.counted('slotwire_pulls_total', 'outcome="applied"');
  const before = { accepted: await accepted(), pulls: await pulls() };
  const begun = performance.now();
  for (let sent = 0; sent < notifications; ) {
    for (let i = 0; i < AT_ONCE && sent < notifications; i++, sent++) {
      const { calendar, id } = events[sent % events.length] ?? { calendar: '', id: '' };
      const start = from + (Math.floor(sent / events.length) % 20) * HOUR;
      world.moveEvent(calendar, id, start, start + HOUR);
    }
    await onIdle();
  }
  const receivedMs = Math.round(performance.now() - begun);
  const lost = await untilShown(gateway, hosts, from);
  print({
    name: 'flood',
    calendars: hosts.length,
    notifications: (await accepted()) - before.accepted,
    pulls: (await pulls()) - before.pulls,
    lost,
    receivedMs,
    elapsedMs: Math.round(performance.now() - begun),
  });
  if (lost > 0) process.exitCode = 1;
}

/** Waits until all is shown as it is at the providers. @returns how many calendars are not, a minute later. */
async function untilShown(gateway: BenchGateway, hosts: BenchHost[], from: number): Promise<number> {
  let wrong = hosts;
  for (const end = Date.now() + 60_000; wrong.length > 0 && Date.now() < end; ) {
    const still: BenchHost[] = [];
    for (let i = 0; i < wrong.length; i += 50) {
      const some = wrong.slice(i, i + 50);
      const shown = await busyOf(gateway, some, from, from + DAY);
      still.push(...some.filter((host, j) => JSON.stringify(shown[j]) !== truth(gateway, host, from)));
    }
    wrong = still;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return wrong.length;
}

const truth = ({ simulator }: BenchGateway, { calendar }: BenchHost, from: number) =>
  JSON.stringify(simulator.world.busy(calendar, from, from + DAY).map(({ start, end }) => [start, end]));

const print = (figures: object) => process.stdout.write(`${JSON.stringify(figures)}\n`);
