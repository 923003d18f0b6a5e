import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { HOUR, SECOND } from '../../src/time/clock.ts';
import { availability, makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { until } from '../harness/eventually.ts';
import { answerNow, SELECTIONS } from './mirror.fixture.ts';
import { connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';
import { openViewer, type Viewer } from './viewer.fixture.ts';

const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
const { window, at, iso } = testDay();
/** How long before its instant somebody begins to look. */
const AHEAD = 3 * SECOND;

let stack: Stack;
beforeAll(async () => {
  const env = { HOLD_TTL: 'PT2S', POLL_INTERVAL: 'PT6H', LOG_LEVEL: 'fatal' };
  stack = await startStack({ clock, env });
});
afterAll(() => stack?.close());

const viewers: Viewer[] = [];
afterEach(async () => {
  stack.simulator.faults.clear();
  for (const viewer of viewers.splice(0)) {
    await viewer.close();
    expect([viewer.failure(), viewer.mirror.faults]).toEqual([null, []]);
  }
});

/** @returns what resolves with the n-th event of a viewer, from 0, once it holds what the query answers */
function view(eventType: string) {
  const input = { eventType, ...window };
  const viewer = openViewer({ urls: () => stack.url, input });
  const { mirror } = viewer;
  viewers.push(viewer);
  return async (n: number) => {
    await until(async () => mirror.received.length > n || viewer.failure() !== null);
    expect(mirror.held()).toEqual(await answerNow(stack.anyone, SELECTIONS[2], input));
    return { answered: mirror.received, ...mirror.held() };
  };
}

const startsOf = ({ slots }: { slots?: { start: string }[] }) => slots?.map(({ start }) => start) ?? [];
const seconds = (ms: number) => `PT${Math.floor(ms / SECOND)}S`;

it('removes a slot at the instant of its minimum notice', async () => {
  const host = await makeHost(stack.admin, 'nora');
  const minimumNotice = seconds(at('12:00') - clock.now() - AHEAD);
  const event = view(await makeEventType(stack.admin, host, 'talk', { minimumNotice }));
  expect(startsOf(await event(0))[0]).toBe(iso('12:00')[0]);
  expect(startsOf(await event(1))[0]).toBe(iso('12:30')[0]);
});

it('adds a slot at the instant at which the horizon reaches it', async () => {
  const host = await makeHost(stack.admin, 'hugo');
  const horizon = seconds(at('12:00') - clock.now() - AHEAD);
  const event = view(await makeEventType(stack.admin, host, 'talk', { horizon }));
  expect(startsOf(await event(0)).at(-1)).toBe(iso('11:30')[0]);
  expect(startsOf(await event(1)).at(-1)).toBe(iso('12:00')[0]);
});

it('returns a slot at the end of its hold', async () => {
  const eventType = await makeEventType(stack.admin, await makeHost(stack.admin, 'hans'), 'talk');
  const event = view(eventType);
  expect(startsOf(await event(0))).toContain(iso('10:00')[0]);
  await stack.anyone('mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { __typename } }', {
    input: { eventType, start: iso('10:00')[0] },
  });
  expect(startsOf(await event(1))).not.toContain(iso('10:00')[0]);
  const { answered, ...back } = await event(2);
  expect(startsOf(back)).toContain(iso('10:00')[0]);
  // The same slots, the same etag.
  expect(answered[2]?.split(' > ')[1]).toBe(answered[0]?.slice(2));
});

it('fails closed for a calendar that is not pulled any more, and is complete again after a pull', async () => {
  const connected = await connectHost(stack, 'GOOGLE', 'gina');
  stack.simulator.faults.add({ kind: 'notifications', effect: 'drop' });
  const eventType = await makeEventType(stack.admin, connected, 'fresh', {
    staleAfter: 'PT1H',
    onStale: 'FAIL_CLOSED',
  });
  const { freshness } = await availability(stack.anyone, { eventType, ...window });
  clock.ahead += Date.parse(freshness.provenAsOf ?? '') + HOUR - AHEAD - clock.now();
  const event = view(eventType);
  expect(await event(0)).toMatchObject({ complete: true, issues: [] });
  const stale = await event(1);
  expect(stale).toMatchObject({ complete: false, slots: [], issues: [{ code: 'SOURCE_STALE' }] });
  await stack.admin('mutation ($id: ID!) { syncCalendar(calendar: $id) { id } }', { id: connected.calendar });
  const fresh = await event(2);
  expect(fresh).toMatchObject({ complete: true, issues: [] });
  expect(fresh.slots).toHaveLength(16);
});
