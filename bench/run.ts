/** `npm run bench -- NAME [ARGUMENT…]` runs one benchmark, without a name every one that needs no file. */
import { Command } from 'commander';
import { benchBooking } from './booking/booking.ts';
import { benchHttp } from './http/http.ts';
import { benchInitialPull } from './initial-pull.ts';
import { benchNotifications, benchNotificationsIn } from './notifications/notifications.ts';
import { benchPushConnect } from './push/connect.ts';
import { benchPush } from './push/push.ts';
import { benchPushReturn } from './push/return.ts';
import { benchRedisSize } from './redis-size.ts';
import { benchSecond } from './second.ts';
import { benchSlots } from './slots.ts';

/** In the order in which all of them run. */
const BENCHMARKS: [usage: string, description: string, run: (args: string[]) => void | Promise<void>][] = [
  ['slots <file>', 'the slot engine on a file of scenarios', benchSlots],
  ['http [seconds]', 'answers to the booking page per second, beside a bare server and mercurius', benchHttp],
  ['booking [rounds]', 'holds and bookings of 100 visitors, beside a bare server', benchBooking],
  [
    'notifications [calendars] [notifications]',
    'from an edit at the provider to the API and to open pages, and a flood of edits',
    benchNotifications,
  ],
  [
    'notifications-in [seconds] [calendars]',
    'notifications at a fixed rate, beside a bare server',
    benchNotificationsIn,
  ],
  ['redis-size [calendars] [periods]', 'what the busy time of calendars takes in Redis', benchRedisSize],
  ['initial-pull [events]', 'one whole read of a calendar of each provider', benchInitialPull],
  ['push [sockets...]', 'changes on their way to many viewers, beside stock Yoga', benchPush],
  ['push-connect [sockets] [seconds]', 'viewers who come all at once, beside stock Yoga', benchPushConnect],
  [
    'push-return [viewers] [others]',
    'a gateway is killed, its viewers come back to another',
    benchPushReturn,
  ],
];

const program = new Command('bench')
  .description(
    'Runs one benchmark, or without a name all that need no file. Each prints a JSON line a case and exits 1 for a wrong answer.',
  )
  .argument('[name]')
  .action(async (name) => {
    if (name !== undefined)
      program.error(`No benchmark is called ${name}: npm run bench -- --help lists them.`);
    for (const [usage, , run] of BENCHMARKS) if (!usage.includes('<')) await run([]);
  });
program
  .command('second')
  .description(
    'the gateway alone, a second or so a case: CI runs it, and it fails for wrong answers, never for times',
  )
  .action(benchSecond);
for (const [usage, description, run] of BENCHMARKS)
  program
    .command(usage)
    .description(description)
    .action((...given) => run((given.at(-1) as Command).args));
await program.parseAsync();
