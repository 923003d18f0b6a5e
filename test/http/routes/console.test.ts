import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLog } from '../../../src/log.ts';
import { closeStore, createStore, type Store } from '../../../src/store/client.ts';
import { announceWorker, type PresenceLoop } from '../../../src/sync/worker-presence.ts';
import { type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { until } from '../../harness/eventually.ts';
import { UNLIMITED } from '../protocol/world.fixture.ts';

let stack: Stack;
let store: Store;
let worker: PresenceLoop | undefined;
beforeAll(async () => {
  stack = await startStack({ env: UNLIMITED, sync: false });
  store = createStore(stack.environment.DATABASE_URL ?? '');
});
afterAll(async () => {
  await worker?.stop();
  if (store) await closeStore(store);
  await stack?.close();
});

const consoleText = async () => {
  const response = await fetch(`${stack.url}/admin`);
  expect(response.status).toBe(200);
  return response.text();
};

it('says that no worker was seen, and when one is', async () => {
  await until(async () => (await consoleText()).includes('No worker was seen: calendars are not read'));
  expect(await consoleText()).toContain('Bookings can be written.');

  worker = announceWorker({ store, log: createLog('silent'), isRunning: () => true });
  await until(async () => (await consoleText()).includes('One worker runs.'));
  await worker.stop();
  await store.$executeRaw`insert into worker_presence (id, seen_at) values ('gone', clock_timestamp() - interval '3 minutes')`;
  await until(async () => (await consoleText()).includes('No worker was seen for 3 minutes'));
});

it('says to a host who comes back from a consent what became of it, and not how the installation is', async () => {
  const response = await fetch(`${stack.url}/admin?error=access_denied`);
  expect(await response.text()).toContain('You did not grant access, so nothing was connected.');
});
