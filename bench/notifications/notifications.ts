/**
 * `npm run bench -- notifications [CALENDARS [NOTIFICATIONS]]`: edits at both simulators, which answer at once and notify. A line about
 * single changes, from the edit to busy time visible in the API; one from the edit to an open page's frame; and one about a flood of edits.
 * `npm run bench -- notifications-in [SECONDS [CALENDARS]]`: notifications of Google at a fixed rate, beside a bare server of Node's.
 * Exit 1 when a change, or a notification, was lost.
 */
import { type BenchGateway, type BenchHost, type ProviderName, withGateway } from '../gateway.ts';
import { writeResults } from '../results.ts';
import { benchFlood } from './flood.ts';
import { benchRate } from './rate.ts';
import { benchFrames, benchSingle } from './single.ts';
import { startWatchdog, type Watchdog } from './watchdog.ts';

export const benchNotifications = ([calendars = '100', notifications = '10000']: string[]): Promise<void> =>
  withWatchdog(async (gateway, watchdog) => {
    const hosts = await connectAll(gateway, watchdog, Number(calendars), ['google', 'microsoft']);
    writeResults('notifications', [
      await benchSingle(gateway, hosts, watchdog),
      await benchFrames(gateway, watchdog),
      await benchFlood(gateway, hosts, Number(notifications), watchdog),
    ]);
  });

export const benchNotificationsIn = ([seconds = '30', calendars = '20']: string[]): Promise<void> =>
  withWatchdog(async (gateway, watchdog) => {
    await connectAll(gateway, watchdog, Number(calendars), ['google']);
    writeResults('notifications-in', [await benchRate(gateway, Number(seconds), watchdog)]);
  });

const withWatchdog = (run: (gateway: BenchGateway, watchdog: Watchdog) => Promise<void>) =>
  withGateway(async (gateway) => {
    const watchdog = await startWatchdog(gateway);
    try {
      await run(gateway, watchdog);
    } finally {
      await watchdog.stop();
    }
  });

async function connectAll(
  gateway: BenchGateway,
  watchdog: Watchdog,
  count: number,
  providers: [ProviderName, ...ProviderName[]],
): Promise<BenchHost[]> {
  const hosts: BenchHost[] = [];
  for (let i = 0; i < count; i++) {
    watchdog.progress(`calendar ${i} is being connected`);
    hosts.push(await gateway.connect(providers[i % providers.length] ?? providers[0], `host-${i}`));
  }
  return hosts;
}
