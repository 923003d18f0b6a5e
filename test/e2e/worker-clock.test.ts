/** The clock of the only worker's machine is ahead, and hosts make events right before they are booked. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/time/clock.ts';
import { until } from '../harness/eventually.ts';
import { readMetrics } from '../harness/metrics.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { type SkewedClock, skewedClock } from '../harness/skewed-clock.ts';
import { buildGateway, type GatewayProcess, startGatewayProcess } from '../race/gateways.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';

const { at } = testDay();
/** One each half hour of a working day. */
const STARTS = Array.from({ length: 12 }, (_, i) => at('09:00') + i * (HOUR / 2));

let redis: RedisServer;
let stack: Stack;
let worker: GatewayProcess;
let wallClock: SkewedClock;
let hosts: ConnectedHost[];

beforeAll(async () => {
  redis = await startRedis();
  const env = { RATE_LIMIT_STRICT: '1000/PT1M' };
  stack = await startStack({ redisUrl: redis.url, sync: false, env });
  wallClock = skewedClock();
  const environment = { ...stack.environment, ...wallClock.env, PUBLIC_URL: stack.url, LOG_LEVEL: 'fatal' };
  worker = startGatewayProcess(await buildGateway(), environment, await freePort());
  await worker.ready();
  hosts = [await connectHost(stack, 'GOOGLE', 'ahead-1'), await connectHost(stack, 'MICROSOFT', 'ahead-2')];
}, 2 * MINUTE);

afterAll(async () => {
  await worker?.kill();
  wallClock?.remove();
  await stack?.close();
  await redis?.stop();
});

/** Sets the clock of the worker's machine, and waits until the worker has compared it with the database's. */
async function setWorkerClock(ahead: number) {
  wallClock.set(ahead);
  await until(async () => {
    const text = await readMetrics(worker.url);
    const skew = Number(/^slotwire_clock_skew_seconds (\S+)$/m.exec(text)?.[1]);
    return Math.abs(skew * SECOND - ahead) < SECOND;
  });
}

/** Holds the start, lets something happen, and confirms. @returns what the confirmation came to */
async function book({ eventType }: ConnectedHost, start: number, meanwhile = () => {}): Promise<string> {
  const { holdSlot } = await stack.anyone<{ holdSlot: { token: string } }>(
    'mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { ... on SlotHold { token } } }',
    { input: { eventType, start: new Date(start).toISOString() } },
  );
  meanwhile();
  const { confirmBooking } = await stack.anyone<{ confirmBooking: { __typename: string } }>(
    'mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) { __typename } }',
    { input: { hold: holdSlot.token, name: 'Grace', email: 'grace@example.net', timeZone: 'UTC' } },
  );
  return confirmBooking.__typename;
}

it(
  'no booking goes over an event that its host has just made, while the clock of the only worker is 20 s ahead',
  async () => {
    stack.simulator.faults.add({ kind: 'notifications', effect: 'drop' });
    await setWorkerClock(20 * SECOND);
    const came = await Promise.all(
      hosts.map(async (host) => {
        const results: string[] = [];
        for (const start of STARTS) {
          const makeEvent = () =>
            void stack.simulator.world.createEvent(host.remoteCalendar, { start, end: start + HOUR / 2 });
          results.push(await book(host, start, makeEvent));
        }
        return results;
      }),
    );
    expect(came.flat()).toHaveLength(24);
    expect(came.flat().filter((type) => type === 'Booking')).toEqual([]);
    await setWorkerClock(0);
    const [host] = hosts;
    expect(host && (await book(host, at('16:00')))).toBe('Booking');
  },
  3 * MINUTE,
);
