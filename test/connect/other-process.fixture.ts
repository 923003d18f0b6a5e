/** Asks for an account's token as a process of its own. Its argument: what it is made with, in JSON. Says `ready`, waits for a line, says the token. */
import { once } from 'node:events';
import { createMemoryLimiter } from '../../src/cache/memory/limiter.ts';
import { createAccountAccess } from '../../src/connect/tokens/account-access.ts';
import { createLog } from '../../src/log.ts';
import type { CalendarProvider, OAuthPort } from '../../src/providers/port.ts';
import { createKeyRing } from '../../src/secrets.ts';
import { closeStore, createStore } from '../../src/store/client.ts';

export interface OtherProcess {
  database: string;
  account: string;
  /** Base64. */
  key: string;
  now: number;
  oauth: OAuthPort;
}

const { database, account, key, now, oauth } = JSON.parse(process.argv[2] ?? '') as OtherProcess;
const store = createStore(database, { max: 3 });
const clock = { now: () => now };
const provider: CalendarProvider = {
  name: 'google',
  oauth,
  identify: nothing,
  listCalendars: nothing,
  pullChanges: nothing,
};
const access = createAccountAccess({
  store,
  clock,
  providers: new Map([[provider.name, provider]]),
  limiter: createMemoryLimiter({ clock }),
  publisher: { change: nothing, invalidate: nothing, publishOrLog: nothing },
  closeChannels: nothing,
  keyRing: createKeyRing([Buffer.from(key, 'base64')]),
  config: { PUBLIC_URL: '', ALLOWED_RETURN_ORIGINS: [], ALLOW_PRIVATE_NETWORK: false },
  log: createLog('silent'),
});

function nothing(): never {
  throw new Error('not asked of this process');
}

await store.$queryRaw`select 1`;
process.stdout.write('ready\n');
await once(process.stdin, 'data');
process.stdout.write(`${await access(account).token()}\n`);
await closeStore(store);
process.stdin.destroy();
