/**
 * `npm run bench -- notifications [CALENDARS [NOTIFICATIONS [SECONDS]]]`: edits at both simulators, which answer at once and notify.
 * A line about single changes, from the edit to busy time visible in the API; one from the edit to an open page's frame; one about a
 * flood of edits; and one about notifications that come at a fixed rate, beside a bare server of Node's. Exit 1 when a change was lost.
 */
import { type BenchHost, type ProviderName, withGateway } from '../gateway.ts';
import { writeResults } from '../results.ts';
import { benchFlood } from './flood.ts';
import { benchRate } from './rate.ts';
import { benchFrames, benchSingle } from './single.ts';
import { startWatchdog } from './watchdog.ts';

export async function benchNotifications([
  calendars = '100',
  notifications = '10000',
  seconds = '30',
]: string[]): Promise<void> {
  await withGateway(async (gateway) => {
    const watchdog = await startWatchdog(gateway);
    try {
      const hosts: BenchHost[] = [];
      for (let i = 0; i < Number(calendars); i++) {
        watchdog.progress(`calendar ${i} is being connected`);
        hosts.push(await gateway.connect(providerOf(i), `host-${i}`));
      }
      const lines = [
        await benchSingle(gateway, hosts, watchdog),
        await benchFrames(gateway, watchdog),
        await benchFlood(gateway, hosts, Number(notifications), watchdog),
        await benchRate(gateway, Number(seconds), watchdog),
      ];
      writeResults('notifications', lines);
    } finally {
      await watchdog.stop();
    }
  });
}

const providerOf = (index: number): ProviderName => (index % 2 === 0 ? 'google' : 'microsoft');
