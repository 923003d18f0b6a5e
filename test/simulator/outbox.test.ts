/** What becomes of notifications on their way: forged, held back by the clock, and sent to endpoints that are too slow. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFaults } from '../../src/simulator/faults.ts';
import { createGrants } from '../../src/simulator/grants.ts';
import { createOutbox, type Message } from '../../src/simulator/outbox.ts';
import type { SimulatedProvider } from '../../src/simulator/world.ts';
import { createWorld } from '../../src/simulator/world.ts';
import { createReceiver, type Receiver } from './receiver.fixture.ts';
import { NOW } from './start.fixture.ts';

const MINUTE = 60_000;
const clock = { time: NOW, now: () => clock.time };
let receiver: Receiver;
let faults: ReturnType<typeof createFaults>;
let outbox: ReturnType<typeof createOutbox>;

beforeEach(async () => {
  clock.time = NOW;
  receiver = await createReceiver();
  faults = createFaults({ world: createWorld({ clock }), grants: createGrants({ clock }) });
  outbox = open(true);
});

const open = (ratesReceivers: boolean) =>
  createOutbox({
    clock,
    faults,
    log: undefined,
    backoff: { first: 1, attempts: 3, timeout: 30_000 },
    ratesReceivers,
  });

afterEach(async () => {
  await outbox.close();
  await receiver.close();
});

async function send(provider: SimulatedProvider = 'microsoft') {
  const message: Message = {
    provider,
    what: 'updated',
    channels: ['one'],
    url: receiver.url,
    headers: {},
    body: 'true',
    forged: (effect) => ({ headers: {}, body: effect }),
    done: (status) => status === 200,
    retry: () => true,
  };
  void outbox.send(message);
  await outbox.onIdle();
}
const bodies = () => receiver.requests.map(({ body }) => body);

test('sends a delayed notification once it is due by the clock', async () => {
  faults.add({ kind: 'notifications', effect: 'delay', delay: 60 * MINUTE });
  await send('google');
  clock.time += 59 * MINUTE;
  await outbox.onIdle();
  expect(bodies()).toEqual([]);
  clock.time += MINUTE;
  await outbox.onIdle();
  expect(bodies()).toEqual(['true']);
});

test.each(['wrong-token', 'unknown-channel'] as const)(
  'sends a notification with a %s instead',
  async (effect) => {
    faults.add({ kind: 'notifications', effect });
    await send();
    await send();
    expect(bodies()).toEqual([effect, 'true']);
  },
);

test('repeats a Microsoft notification whose response took more than 3 s', async () => {
  faults.add({ kind: 'notifications', effect: 'late', delay: 3_001, times: 2 });
  await send('google');
  await send();
  expect(outbox.sent().map(({ attempts }) => attempts)).toEqual([2, 1]);
});

test.each([
  { took: 4_000, held: 'pending' },
  { took: 11_000, held: 'dropped' },
])(
  'makes the next notifications $held for 10 minutes after responses that take $took ms',
  async ({ took, held }) => {
    for (let each = 0; each < 8; each += 1) await send();
    faults.add({ kind: 'notifications', effect: 'late', delay: took, times: 2 });
    await send();
    await send();
    receiver.requests.length = 0;
    await send();
    expect(outbox.sent()[0]).toMatchObject({ state: held, attempts: 0 });
    expect(bodies()).toEqual([]);
    clock.time += 10 * MINUTE;
    await send();
    expect(outbox.sent()[0]?.state).toBe('delivered');
    expect(bodies()).toHaveLength(held === 'pending' ? 2 : 1);
  },
);

test('sends on at once after slow responses when receivers are not rated', async () => {
  await outbox.close();
  outbox = open(false);
  for (let each = 0; each < 8; each += 1) await send();
  faults.add({ kind: 'notifications', effect: 'late', delay: 11_000, times: 2 });
  for (let each = 0; each < 3; each += 1) await send();
  expect(outbox.sent()[0]).toMatchObject({ state: 'delivered', attempts: 1 });
});
