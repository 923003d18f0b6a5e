/**
 * `npm run bench -- second`: the cases of http, booking, notifications and notifications-in on one gateway, each as small as can be. It
 * shows that the benchmarks run and that all is answered rightly; the figures of so short a run say nothing. Exit 1 for a wrong answer.
 */
import { BOOKING_LIMITS, measureBooking } from './booking/booking.ts';
import { withGateway } from './gateway.ts';
import { measureHttp, NO_LIMITS } from './http/http.ts';
import { measureNotifications, watched } from './notifications/notifications.ts';
import { benchRate } from './notifications/rate.ts';
import { writeResults } from './results.ts';

const HTTP = { duration: 300, growth: false };
const BOOKING = { hosts: 2, rounds: 1, batch: 8, warmUp: 0 };
/** Fewer frames than a calendar that is paced has. */
const NOTIFICATIONS = { calendars: 2, changes: 4, frames: 4, spread: 50, notifications: 10 };
const RATE = { seconds: 1, perSecond: 100 };

export async function benchSecond(): Promise<void> {
  await withGateway(
    async (gateway) => {
      const lines = [...(await measureHttp(gateway, HTTP)), ...(await measureBooking(gateway, BOOKING))];
      await watched(gateway, async (watchdog) => {
        lines.push(...(await measureNotifications(gateway, watchdog, NOTIFICATIONS)));
        lines.push(await benchRate(gateway, RATE, watchdog));
      });
      writeResults('second', lines);
    },
    { ...NO_LIMITS, ...BOOKING_LIMITS },
  );
}
