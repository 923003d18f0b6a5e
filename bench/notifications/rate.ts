/** Notifications at a fixed rate: how long each waits for its answer, which comes once it is stored, and whether each is. */
import { startChild } from '../child.ts';
import type { BenchGateway } from '../gateway.ts';
import { ratio, round } from '../push/measure-change.ts';
import { printFigures } from '../results.ts';
import type { BareReceiver } from './bare.ts';
import { figuresOf } from './busy.ts';
import type { SenderProcess } from './sender.ts';
import type { Watchdog } from './watchdog.ts';

const GOALS = { p99Ms: 100, lost: 0 };
/** How long one is measured before the next: the watchdog sees progress. Seconds. */
const SLICE = 5;

export async function benchRate(
  gateway: BenchGateway,
  { seconds, perSecond }: { seconds: number; perSecond: number },
  watchdog: Watchdog,
): Promise<object> {
  const { simulator, counted, cpu } = gateway;
  const channels = simulator.channels().filter(({ provider }) => provider === 'google');
  const messages = channels.flatMap(({ id }) => simulator.nextGoogleMessage(id) ?? []);
  const sender = await startChild<SenderProcess>('notifications/sender.ts');
  const bare = await startChild<BareReceiver>('notifications/bare.ts');
  const received = () => counted('slotwire_notifications_total', 'verdict="accepted"');
  const pulls = () => counted('slotwire_pulls_total', 'outcome="applied"');
  try {
    const url = await bare.ask('url');
    const toBare = messages.map((message) => ({ ...message, url }));
    const [ours, theirs] = [createSum(), createSum()];
    const before = { received: await received(), pulls: await pulls() };
    for (let spent = 0; spent < seconds; spent += SLICE) {
      watchdog.progress(`${perSecond} notifications a second are sent for ${SLICE} s`);
      const slice = Math.min(SLICE, seconds - spent);
      await ours.add(cpu, () => sender.ask('send', { messages, perSecond, seconds: slice }));
    }
    watchdog.progress('the bare server is asked the same');
    const bareCpu = async () => (await bare.ask('usage', { collected: false })).cpu;
    const sending = { messages: toBare, perSecond, seconds: Math.min(SLICE, seconds) };
    await theirs.add(bareCpu, () => sender.ask('send', sending));
    const [taken, asked] = [ours.total(), theirs.total()];
    const stored = (await received()) - before.received;
    const lost = taken.acknowledged - stored;
    const line = {
      ...{ name: 'notifications in', perSecond, seconds, calendars: channels.length, ...taken },
      ...{ stored, lost, pulls: (await pulls()) - before.pulls },
      bare: { p50Ms: asked.p50Ms, p99Ms: asked.p99Ms, cpuUs: asked.cpuUs },
      ratio: ratio(asked.p99Ms, taken.p99Ms),
      cpuRatio: ratio(asked.cpuUs, taken.cpuUs),
      goal: GOALS,
      met: taken.p99Ms <= GOALS.p99Ms && lost <= GOALS.lost && taken.acknowledged === taken.sent,
    };
    printFigures(line, lost > 0 ? [`${lost} acknowledged notifications were not stored`] : []);
    return line;
  } finally {
    await Promise.all([sender.end(), bare.end()]);
  }
}

/** Adds up what one server took in, in all its slices of time. */
function createSum() {
  const times: number[] = [];
  const others: Record<string, number> = {};
  let [acknowledged, used] = [0, 0];
  return {
    async add(
      cpu: () => Promise<number>,
      send: () => Promise<{ acknowledged: number; others: Record<string, number>; times: number[] }>,
    ) {
      const begun = await cpu();
      const sent = await send();
      used += (await cpu()) - begun;
      acknowledged += sent.acknowledged;
      for (const time of sent.times) times.push(time);
      for (const [status, count] of Object.entries(sent.others))
        others[status] = (others[status] ?? 0) + count;
    },
    total() {
      const { changes: sent, ...quantiles } = figuresOf(times);
      return { sent, acknowledged, others, ...quantiles, cpuUs: round(used / sent) };
    },
  };
}
