import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Gateway } from '../../src/main.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { DAY, HOUR, MINUTE } from '../../src/time/clock.ts';
import { until } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';
import { busyOf } from './busy.fixture.ts';
import { type Ask, asker } from './client.fixture.ts';
import {
  ADMIN_TOKEN,
  type ConnectedHost,
  connectHost,
  type Stack,
  startBeside,
  startStack,
  untilJobsAreDone,
} from './stack.fixture.ts';

const start = Math.floor(Date.now() / MINUTE) * MINUTE + DAY;
const window = { from: start, to: start + DAY };
const period = (from: number, to: number) => ({
  start: new Date(from).toISOString(),
  end: new Date(to).toISOString(),
  kind: 'BUSY',
});

interface Beside {
  gateway: Gateway;
  admin: Ask;
}

let redis: RedisServer;
let stack: Stack;
let second: Beside;
/** Waits for no STRICT read longer than a second; the others wait for as long as slow machines need. */
let hasty: Beside;
let store: Store;

beforeAll(async () => {
  redis = await startRedis();
  stack = await startStack({ redisUrl: redis.url, env: { LOG_LEVEL: 'fatal', STRICT_DEADLINE: 'PT15S' } });
  second = await beside({});
  hasty = await beside({ STRICT_DEADLINE: 'PT1S' });
  store = createStore(stack.environment.DATABASE_URL ?? '', { max: 2 });
});

afterEach(() => stack.simulator.faults.clear());

afterAll(async () => {
  await closeStore(store);
  await Promise.all([second?.gateway.close(), hasty?.gateway.close()]);
  await stack?.close();
  await redis?.stop();
});

async function beside(env: Record<string, string>): Promise<Beside> {
  const port = String(await freePort());
  const gateway = await startBeside({ ...stack.environment, PORT: port, PUBLIC_URL: stack.url, ...env });
  return { gateway, admin: asker(`http://127.0.0.1:${port}`, ADMIN_TOKEN) };
}

const select = (calendar: string, selected: boolean) =>
  stack.admin('mutation ($c: ID!, $s: Boolean!) { selectCalendar(calendar: $c, selected: $s) { id } }', {
    c: calendar,
    s: selected,
  });
const stateOf = (calendar: string) =>
  store.calendarState.findUniqueOrThrow({ where: { calendarId: calendar } });
const codes = (issues: { code: string }[]) => issues.map(({ code }) => code);
const one = async (host: ConnectedHost, demand = {}, ask = stack.admin) => {
  const [found] = await busyOf(ask, [host.id], window, demand);
  return found ?? expect.fail('no answer');
};
const PATH = '/(events|delta)$';
/** Delays what calendars are read by. @returns how many such requests there were since. */
function delayReads(delay: number): () => number {
  const times = 10_000;
  stack.simulator.faults.add({ kind: 'answer', path: PATH, method: 'GET', delay, times });
  return () => {
    const fault = stack.simulator.faults.list().find((each) => each.kind === 'answer' && each.path === PATH);
    return fault?.kind === 'answer' ? times - fault.times : 0;
  };
}
const atWork = (calendar: string) => until(async () => (await stateOf(calendar)).leaseId !== null);
const idle = (calendar: string) => until(async () => (await stateOf(calendar)).leaseId === null);

describe('STRICT', () => {
  it('reads each calendar once or twice for STRICT queries at two gateways, all calendars in parallel', async () => {
    const hosts = [
      await connectHost(stack, 'GOOGLE', 'gil'),
      await connectHost(stack, 'MICROSOFT', 'mel'),
      await connectHost(stack, 'GOOGLE', 'guy'),
    ];
    const ids = hosts.map(({ id }) => id);
    await stack.simulator.onIdle();
    for (const { calendar } of hosts) await until(async () => (await stateOf(calendar)).dirtySince === null);
    const reads = delayReads(2_000);
    const asked = Date.now();
    const states = () => Promise.all(hosts.map(({ calendar }) => stateOf(calendar)));
    const sideBySide = until(async () => (await states()).every(({ leaseId }) => leaseId !== null));
    const answers = await Promise.all(
      [stack.admin, second.admin, stack.admin, second.admin].map((ask) =>
        busyOf(ask, ids, window, { consistency: 'STRICT' }),
      ),
    );
    for (const { complete, freshness, issues } of answers.flat()) {
      expect({ complete, issues }).toEqual({ complete: true, issues: [] });
      expect(Date.parse(freshness.provenAsOf ?? '')).toBeGreaterThanOrEqual(asked);
      expect(freshness.sources[0]?.basis).toBe('STRICT');
    }
    expect(reads()).toBeGreaterThanOrEqual(hosts.length);
    expect(reads()).toBeLessThanOrEqual(2 * hosts.length);
    await sideBySide;
  });

  it('answers a STRICT query at its deadline as incomplete', async () => {
    const host = await connectHost(stack, 'GOOGLE', 'slow');
    delayReads(10_000);
    const found = await one(host, { consistency: 'STRICT' }, hasty.admin);
    expect(found.complete).toBe(false);
    expect(codes(found.issues)).toContain('SOURCE_STALE');
    // The read that was asked for is still under way, and its result still comes.
    expect((await stateOf(host.calendar)).leaseId).not.toBeNull();
    stack.simulator.faults.clear();
    expect((await one(host)).complete).toBe(true);
    await idle(host.calendar);
  });

  it('reads only calendars older than maxAge for a STRICT query', async () => {
    const host = await connectHost(stack, 'MICROSOFT', 'max');
    await until(async () => (await stateOf(host.calendar)).dirtySince === null);
    const { lastStartedAt } = await stateOf(host.calendar);
    expect((await one(host, { maxAge: 'PT1H' })).complete).toBe(true);
    expect((await stateOf(host.calendar)).lastStartedAt).toEqual(lastStartedAt);
    await until(async () => Date.now() - (lastStartedAt?.getTime() ?? 0) > 1_000);
    const asked = Date.now();
    expect((await one(host, { maxAge: 'PT1S' })).complete).toBe(true);
    expect((await stateOf(host.calendar)).lastStartedAt?.getTime()).toBeGreaterThanOrEqual(asked);
  });
});

describe.each(['GOOGLE', 'MICROSOFT'] as const)('a calendar at %s', (provider) => {
  const slug = (name: string) => `${name}-${provider.toLowerCase()}`;

  it('clears a calendar that is deselected during a pull, and starts anew when it is selected again', async () => {
    const host = await connectHost(stack, provider, slug('des'));
    const { world } = stack.simulator;
    world.createEvent(host.remoteCalendar, { start, end: start + HOUR });
    await until(async () => (await one(host)).periods.length === 1);

    delayReads(3_000);
    world.createEvent(host.remoteCalendar, { start: start + 2 * HOUR, end: start + 3 * HOUR });
    await atWork(host.calendar);
    await select(host.calendar, false);
    const without = await one(host);
    expect(without).toMatchObject({ complete: true, periods: [], freshness: { sources: [] } });
    expect(codes(without.issues)).toEqual(['NO_CALENDARS']);

    // The read that runs may not bring it back, nor pass for the first one of the new selection.
    const selectedAt = Date.now();
    await select(host.calendar, true);
    const begun = await one(host);
    expect(begun).toMatchObject({ complete: false, periods: [], freshness: { provenAsOf: null } });
    expect(codes(begun.issues)).toContain('SOURCE_NEVER_SYNCED');
    stack.simulator.faults.clear();
    await until(async () => (await one(host)).complete);
    const whole = await one(host);
    expect(whole.periods).toEqual([period(start, start + HOUR), period(start + 2 * HOUR, start + 3 * HOUR)]);
    expect(Date.parse(whole.freshness.provenAsOf ?? '')).toBeGreaterThanOrEqual(selectedAt);
  });

  it('removes a calendar whose account is disconnected during a pull, and restores its ids when it is connected again', async () => {
    const host = await connectHost(stack, provider, slug('dis'));
    const { world, simulator } = { world: stack.simulator.world, simulator: stack.simulator };
    world.createEvent(host.remoteCalendar, { start, end: start + HOUR });
    await until(async () => (await one(host)).periods.length === 1);
    const { accountId } = await store.calendar.findUniqueOrThrow({ where: { id: host.calendar } });

    delayReads(500);
    world.createEvent(host.remoteCalendar, { start: start + 2 * HOUR, end: start + 3 * HOUR });
    await atWork(host.calendar);
    await stack.admin('mutation ($id: ID!) { disconnectAccount(account: $id) }', { id: accountId });
    const gone = await one(host);
    expect(gone).toMatchObject({ complete: true, periods: [] });
    expect(codes(gone.issues)).toEqual(['NO_CALENDARS']);
    // The read is over, too.
    await untilJobsAreDone(store, host.calendar);
    expect((await one(host)).periods).toEqual([]);
    expect((await stateOf(host.calendar)).provenAsOf).toBeNull();

    const { startConnect } = await stack.admin<{ startConnect: string }>(
      'mutation ($host: ID!, $provider: OAuthProvider!) { startConnect(host: $host, provider: $provider) }',
      { host: host.id, provider },
    );
    await simulator.connect(startConnect, `${host.slug}@example.com`);
    await until(async () => (await one(host)).periods.length === 2);
    expect(await store.calendar.findUniqueOrThrow({ where: { id: host.calendar } })).toMatchObject({
      accountId,
      selected: true,
    });
    expect((await one(host)).complete).toBe(true);
  });
});

it('reports a withdrawn grant at once, and recovers when the host connects again', async () => {
  const host = await connectHost(stack, 'GOOGLE', 'revoked');
  stack.simulator.world.createEvent(host.remoteCalendar, { start, end: start + HOUR });
  await until(async () => (await one(host)).periods.length === 1);
  stack.simulator.faults.add({ kind: 'revoke', person: 'revoked@example.com' });
  const received = await one(host, { consistency: 'STRICT' });
  expect(received).toMatchObject({ complete: false, periods: [period(start, start + HOUR)] });
  expect(codes(received.issues)).toContain('SOURCE_AUTH_REVOKED');
  const { startConnect } = await stack.admin<{ startConnect: string }>(
    'mutation ($host: ID!, $provider: OAuthProvider!) { startConnect(host: $host, provider: $provider) }',
    { host: host.id, provider: 'GOOGLE' },
  );
  await stack.simulator.connect(startConnect, 'revoked@example.com');
  await until(async () => (await one(host)).complete);
  expect((await one(host)).issues).toEqual([]);
});
