/** A gateway in a process of its own, whose machine's clock is wrong and is set while it runs. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { gatewayEnvironment } from '../../src/simulator/environment.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { DAY, HOUR, MINUTE, SECOND, systemClock } from '../../src/time/clock.ts';
import { availability, codesOf, startsOf } from '../graphql/world.fixture.ts';
import { until } from '../harness/eventually.ts';
import { METRICS_TOKEN, readMetrics } from '../harness/metrics.ts';
import { freePort } from '../harness/ports.ts';
import { freshDatabase } from '../harness/postgres.ts';
import { type SkewedClock, skewedClock } from '../harness/skewed-clock.ts';
import { buildGateway, type GatewayProcess, startGatewayProcess } from '../race/gateways.fixture.ts';
import { asker } from './client.fixture.ts';
import { ADMIN_TOKEN, type ConnectedHost, connectHost, type Stack, testDay } from './stack.fixture.ts';

const { window, iso } = testDay();
let stack: Stack;
let gateway: GatewayProcess;
let wallClock: SkewedClock;
let host: ConnectedHost;

beforeAll(async () => {
  const database = await freshDatabase();
  const simulator = await createSimulator({ clock: systemClock });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  wallClock = skewedClock();
  const environment = {
    DATABASE_URL: database.url,
    ADMIN_TOKEN,
    METRICS_TOKEN,
    ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
    ...gatewayEnvironment(simulator),
    ALLOW_PRIVATE_NETWORK: 'true',
    POLL_INTERVAL: 'PT6H',
    POLL_INTERVAL_WATCHED: 'PT6H',
    LOG_LEVEL: 'fatal',
    ...wallClock.env,
  };
  gateway = startGatewayProcess(await buildGateway(), environment, port);
  await gateway.ready();
  stack = {
    url,
    admin: asker(url, ADMIN_TOKEN),
    anyone: asker(url),
    simulator,
    environment,
    async close() {
      await gateway.stop();
      await simulator.close();
      await database.drop();
      wallClock.remove();
    },
  };
  host = await connectHost(stack, 'GOOGLE', 'gina');
}, MINUTE);
afterAll(() => stack?.close());
afterEach(() => {
  wallClock?.set(0);
  stack?.simulator.faults.clear();
});

const metric = async (name: string) => {
  const text = await readMetrics(stack.url);
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
};
const isTrusted = async () => (await metric('slotwire_clock_trusted')) === 1;
/** Sets the machine's clock, and waits until the process has compared it with the database's. */
async function setClock(ahead: number) {
  wallClock.set(ahead);
  await until(async () => Math.abs((await metric('slotwire_clock_skew_seconds')) * SECOND - ahead) < SECOND);
}
const strict = () =>
  availability(stack.anyone, { eventType: host.eventType, ...window, consistency: 'STRICT' });
const cached = () => availability(stack.anyone, { eventType: host.eventType, ...window });

it("answers with the database's time, whatever its machine says", async () => {
  await setClock(HOUR);
  const before = Date.now();
  const response = await fetch(`${stack.url}/healthz`);
  expect(Math.abs(Date.parse(response.headers.get('date') ?? '') - before)).toBeLessThan(MINUTE);
  expect(Math.abs(Date.parse((await cached()).computedAt) - before)).toBeLessThan(MINUTE);
});

it('asks the provider for STRICT after its clock went an hour ahead and back', async () => {
  stack.simulator.faults.add({ kind: 'notifications', effect: 'drop' });
  await setClock(HOUR);
  await strict();
  await setClock(0);
  const [start = ''] = iso('10:00');
  expect(startsOf(await strict())).toContain(start);
  stack.simulator.world.createEvent(host.remoteCalendar, {
    title: 'Unheard of',
    start: Date.parse(start),
    end: Date.parse(start) + HOUR,
  });
  const answer = await strict();
  expect(startsOf(answer)).not.toContain(start);
  expect(answer).toMatchObject({ complete: true, issues: [] });
});

it('proves nothing while its clock is wrong, fails closed, and is well again by itself', async () => {
  await setClock(20 * SECOND);
  expect(await isTrusted()).toBe(false);
  for (const answer of [await strict(), await cached()]) {
    expect(answer).toMatchObject({
      complete: false,
      slots: [],
      freshness: { provenAsOf: null, bound: null },
    });
    expect(codesOf(answer)).toEqual(['SOURCE_STALE']);
    expect(answer.issues[0]?.message).toMatch(/clock of this gateway differs/);
  }
  await setClock(-DAY);
  expect((await strict()).slots).toEqual([]);
  await setClock(0);
  expect(await isTrusted()).toBe(true);
  const answer = await strict();
  expect(answer).toMatchObject({ complete: true, issues: [] });
  expect(answer.slots.length).toBeGreaterThan(0);
});

it('refuses a confirmation while its clock is wrong, and makes it once the clock is right', async () => {
  const { holdSlot } = await stack.anyone<{ holdSlot: { token: string } }>(
    'mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { ... on SlotHold { token } } }',
    { input: { eventType: host.eventType, start: iso('14:00')[0] } },
  );
  const confirm = async () => {
    const answer = await stack.anyone<{ confirmBooking: { __typename: string } }>(
      'mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) { __typename } }',
      { input: { hold: holdSlot.token, name: 'Grace', email: 'grace@example.net', timeZone: 'UTC' } },
    );
    return answer.confirmBooking.__typename;
  };
  await setClock(-MINUTE);
  expect(await confirm()).toBe('SourceStale');
  await setClock(0);
  expect(await confirm()).toBe('Booking');
});
