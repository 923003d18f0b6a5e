/** The commands and options of the command line. A command's own module loads when it runs, so that `--help` answers at once. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { API_SCOPES } from '../graphql/scopes.ts';
import { parseDuration } from '../time/duration.ts';

/** The providers that send notifications. */
const PROVIDERS = ['google', 'microsoft'];

const serve = new Command('serve')
  .description('run the gateway: API, booking pages, webhooks and, without --no-sync, sync')
  .option('--no-sync', 'leave pulling calendars to `slotwire worker` (needs REDIS_URL)')
  .action(async (options) => (await import('./serve.ts')).serve(options));

const worker = new Command('worker')
  .description(
    'pull calendars and keep watch channels, serving nothing but METRICS_PORT (needs DATABASE_URL and REDIS_URL)',
  )
  .action(async () => (await import('./worker.ts')).worker());

const demo = new Command('demo')
  .description('a team with simulated Google and Microsoft calendars; nothing else needed')
  .addOption(
    portOption(
      '--simulator-port <number>',
      'where the simulators listen; PORT says where the gateway does',
      4010,
    ),
  )
  .action(async (options) => (await import('./demo.ts')).demo(options));

const migrate = new Command('migrate')
  .description('apply pending migrations and exit')
  .action(async () => (await import('./migrate.ts')).migrateOnly());

const simulate = new Command('simulate')
  .description('run the simulators of Google and Microsoft alone, with a page to edit events by hand')
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .addOption(portOption('--port <number>', 'port to listen on', 4010))
  .action(async (options) => (await import('./simulate.ts')).simulate(options));

const replay = new Command('replay')
  .description(
    'run stored change notifications again, one or all of a span, in the order they were received; each is stored as a delivery of its own',
  )
  .addArgument(new Argument('[delivery]', 'id of one delivery'))
  .addOption(
    new Option('--from <instant>', 'received at this instant or later (ISO 8601)').argParser(instant),
  )
  .addOption(new Option('--to <instant>', 'received before this instant (ISO 8601)').argParser(instant))
  .addOption(new Option('--provider <name>', 'of a span, only those of this provider').choices(PROVIDERS))
  .option('--calendar <id>', 'of a span, only those of this calendar')
  .option('--dry-run', 'say what would be done, and do nothing')
  .action(async (delivery, options) => (await import('./replay.ts')).replay(delivery, options));

const createKey = new Command('create')
  .description('make a key and print it; it is not shown again')
  .addArgument(new Argument('<name>', 'what it is for'))
  .addOption(
    new Option('-s, --scopes <scopes...>', 'what it may do')
      .choices(API_SCOPES)
      .default(['READ_AVAILABILITY']),
  )
  .addOption(
    new Option('-e, --expires <duration>', 'when it ends, from now; without, it does not').argParser(
      lifetime,
    ),
  )
  .option('-o, --organisation <id>', 'whose key it is; without, the default organisation')
  .action(async (name, options) => (await import('./key.ts')).createKey(name, options));

const key = new Command('key').description('API keys').addCommand(createKey);

const rotateKeys = new Command('rotate')
  .description(
    'seal every stored secret with the first of ENCRYPTION_KEYS, and say which of the other keys seal nothing any more; broken off, it goes on when it runs again',
  )
  .action(async () => (await import('./keys.ts')).rotateKeys());

const keys = new Command('keys').description('encryption keys').addCommand(rotateKeys);

const doctor = new Command('doctor')
  .description(
    'look over an installation and say what is wrong and what to do: configuration, database, encryption keys, Redis, clock, zone data, workers, calendars, providers, public URL',
  )
  .option('--json', 'print an object for programs: ok, version, findings')
  .addHelpText(
    'after',
    `
Run it with the variables of the gateway, while that runs. It starts, makes and changes nothing. Each
finding is one line that begins with ok, warning, failed, or skipped when it could not be looked at
because of another one. The exit code is 1 when something failed, else 0.`,
  )
  .action(async (options) => (await import('./doctor/doctor.ts')).doctor(options));

const backup = new Command('backup')
  .description('copy the database into one file, as it is at one instant, beside running gateways')
  .addArgument(new Argument('<file>', 'where to; it must not be there yet'))
  .addOption(
    new Option('--with-keys', 'put ENCRYPTION_KEYS into the file, which then opens all by itself').conflicts(
      'keys',
    ),
  )
  .option('--keys <file>', 'write ENCRYPTION_KEYS into a file apart, to be stored elsewhere')
  .addHelpText(
    'after',
    `
Run it with the variables of the gateway. Without DATABASE_URL it backs up the embedded database of
DATA_DIR, wherever that lies, running or not. Both files can be read by their owner alone. Without
--with-keys and --keys no key is backed up: secrets of hosts can't be opened without them.`,
  )
  .action(async (file, options) => (await import('./backup.ts')).backup(file, options));

const restore = new Command('restore')
  .description('copy a backup into an empty database, and bring that up to date')
  .addArgument(new Argument('<file>', 'what `slotwire backup` wrote'))
  .option('--keys <file>', 'the file of the keys, where they were written apart')
  .addHelpText(
    'after',
    `
Run it with the variables of the gateway that is to be started then, and DATABASE_URL of an empty
database or an empty DATA_DIR. A database with rows, a backup of a newer version and a broken file
are refused, and nothing is changed.`,
  )
  .action(async (file, options) => (await import('./restore.ts')).restore(file, options));

export const commands = [serve, worker, demo, migrate, simulate, replay, key, keys, doctor, backup, restore];

function portOption(flags: string, description: string, otherwise: number) {
  return new Option(flags, description).default(otherwise).argParser((text: string) => {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (port <= 65_535) return port;
    throw new InvalidArgumentError('A port is a number up to 65535.');
  });
}

/** An instant needs an offset or Z, because deliveries don't depend on this machine's zone. */
function instant(text: string): number {
  const at = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(at)) {
    throw new InvalidArgumentError('Write an instant as 2026-11-20T08:00:00Z, or a day (UTC) as 2026-11-20.');
  }
  return at;
}

/** @returns milliseconds */
function lifetime(text: string): number {
  const ms = parseDuration(text);
  if (ms) return ms;
  throw new InvalidArgumentError('Write ISO 8601 and more than nothing, for example P90D.');
}
