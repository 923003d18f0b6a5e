/**
 * `npm run bench -- notifications [CALENDARS [NOTIFICATIONS]]`: edits at both simulators, which answer at once and notify. A line about
 * single changes, from the edit to busy time visible in the API; one from the edit to an open page's frame; and one about a flood of edits.
 * `npm run bench -- notifications-in [SECONDS [CALENDARS]]`: notifications of Google at a fixed rate, beside a bare server of Node's.
 * Exit 1 when a change, or a notification, was lost.
 */
import { type BenchGateway, type BenchHost, type ProviderName, withGateway } from '../gateway.ts';
import { writeResults } from '../results.ts';
import { startBareFrames } from './bare-frames.ts';
import { benchFlood } from './flood.ts';
import { benchRate } from './rate.ts';
import { benchFrames, benchSingle, type FramesSize } from './single.ts';
import { startWatchdog, type Watchdog } from './watchdog.ts';

export const benchNotifications = ([calendars = '100', notifications = '10000']: string[]): Promise<void> =>
  withWatchdog(async (gateway, watchdog) => {
    const size = { ...FULL, calendars: Number(calendars), notifications: Number(notifications) };
    writeResults('notifications', await measureNotifications(gateway, watchdog, size));
  });

const PER_SECOND = 2_000;
/** Frames come further apart than a calendar that is changed seven times in ten seconds is paced. */
const FULL = { changes: 200, frames: 40, spread: 1_700 };

export interface NotificationsSize extends FramesSize {
  calendars: number;
  /** Single changes until busy time is seen. */
  changes: number;
  /** Of the flood. */
  notifications: number;
}

/** Prints a line a case. @returns the lines */
export async function measureNotifications(
  gateway: BenchGateway,
  watchdog: Watchdog,
  size: NotificationsSize,
): Promise<object[]> {
  const hosts = await connectAll(gateway, watchdog, size.calendars, ['google', 'microsoft']);
  const bare = await startBareFrames(gateway.databaseUrl);
  try {
    return [
      await benchSingle(gateway, hosts, size.changes, { bare, watchdog }),
      await benchFrames(gateway, size, { bare, watchdog }),
      await benchFlood(gateway, hosts, size.notifications, watchdog),
    ];
  } finally {
    await bare.end();
  }
}

export const benchNotificationsIn = ([seconds = '30', calendars = '20']: string[]): Promise<void> =>
  withWatchdog(async (gateway, watchdog) => {
    await connectAll(gateway, watchdog, Number(calendars), ['google']);
    writeResults('notifications-in', [
      await benchRate(gateway, { seconds: Number(seconds), perSecond: PER_SECOND }, watchdog),
    ]);
  });

const withWatchdog = (run: (gateway: BenchGateway, watchdog: Watchdog) => Promise<void>) =>
  withGateway((gateway) => watched(gateway, (watchdog) => run(gateway, watchdog)));

export async function watched(
  gateway: BenchGateway,
  run: (watchdog: Watchdog) => Promise<void>,
): Promise<void> {
  const watchdog = await startWatchdog(gateway);
  try {
    await run(watchdog);
  } finally {
    await watchdog.stop();
  }
}

async function connectAll(
  gateway: BenchGateway,
  watchdog: Watchdog,
  count: number,
  providers: [ProviderName, ...ProviderName[]],
): Promise<BenchHost[]> {
  const hosts: BenchHost[] = [];
  for (let i = 0; i < count; i++) {
    watchdog.progress(`calendar ${i} is being connected`);
    hosts.push(await gateway.connect(providers[i % providers.length] ?? providers[0], `notified-${i}`));
  }
  return hosts;
}
