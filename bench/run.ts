/** `npm run bench -- NAME [ARGUMENT…]` runs one benchmark, without a name every one. */
import { benchBooking } from './booking/booking.ts';
import { benchHttp } from './http/http.ts';
import { benchInitialPull } from './initial-pull.ts';
import { benchNotifications, benchNotificationsIn } from './notifications/notifications.ts';
import { benchPushConnect } from './push/connect.ts';
import { benchPush } from './push/push.ts';
import { benchPushReturn } from './push/return.ts';
import { benchSlots } from './slots.ts';

const benchmarks: Record<string, (args: string[]) => void | Promise<void>> = {
  slots: benchSlots,
  http: benchHttp,
  booking: benchBooking,
  notifications: benchNotifications,
  'notifications-in': benchNotificationsIn,
  'initial-pull': benchInitialPull,
  push: benchPush,
  'push-connect': benchPushConnect,
  'push-return': benchPushReturn,
};

const [name, ...args] = process.argv.slice(2);
const chosen = name === undefined ? Object.values(benchmarks) : [benchmarks[name]];
for (const benchmark of chosen) {
  if (benchmark) await benchmark(args);
  else fail(`No benchmark is called ${name}. There are: ${Object.keys(benchmarks).join(', ')}.`);
}

function fail(message: string) {
  console.error(message);
  process.exitCode = 1;
}
