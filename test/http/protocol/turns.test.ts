import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { makeEventType, makeHost } from '../../graphql/world.fixture.ts';
import { connectSocket } from '../raw-socket.fixture.ts';
import { fresh, type Outcome, TRANSPORTS, TRUSTING } from './transports.fixture.ts';
import { holdTable, UNLIMITED } from './world.fixture.ts';

/** Large operations that run at a time, and those of one address that wait. */
const [RUNNING, WAITING] = [4, 100];

let stack: Stack;
let eventType: string;
beforeAll(async () => {
  stack = await startStack({ env: { ...UNLIMITED, ...TRUSTING }, sync: false });
  // Never offered, so that the operation is large and its answer is not.
  const host = await makeHost(stack.admin, 'ada', { workingHours: { timeZone: 'UTC', weekly: [] } });
  eventType = await makeEventType(stack.admin, host, 'talk', { length: 'PT5M', interval: 'PT1M' });
}, 60_000);
afterAll(() => stack?.close());

const QUERY = `query ($input: AvailabilityInput!) { availability(input: $input) { slots { start end } }
  eventType(owner: "ada", slug: "talk") { hosts { name } } }`;
const ask = (name: string, address: string): Promise<Outcome> => {
  const input = { eventType, from: '2050-01-01T00:00:00Z', to: '2050-01-15T00:00:00Z' };
  const asked = { url: stack.url, query: QUERY, variables: { input }, address };
  return TRANSPORTS[name]?.(asked) ?? expect.fail(`no transport ${name}`);
};

it('large operations wait for their turn, and one address too many is refused over every transport', {
  timeout: 120_000,
}, async () => {
  const address = fresh();
  const table = await holdTable(stack, 'host');
  const running = Array.from({ length: RUNNING }, () => ask('POST', fresh()));
  await table.holds(RUNNING);
  const waiting = Array.from({ length: RUNNING + WAITING + 1 }, () => ask('POST', address));
  // The one that came last has its answer first.
  expect(await Promise.any(waiting)).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
  for (const name of Object.keys(TRANSPORTS)) {
    expect(await ask(name, address)).toMatchObject({ code: 'RATE_LIMITED' });
  }
  const socket = await connectSocket(stack.url, {}, { headers: { 'x-forwarded-for': address } });
  expect(await socket.ask('{ viewer { kind } }')).toHaveLength(2);
  await socket.close();
  await table.release();
  for (const { status } of await Promise.all(running)) expect(status).toBe(200);
  const statuses = (await Promise.all(waiting)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(0);
  expect(statuses.every((status) => status === 200 || status === 429)).toBe(true);
});
