/** Health over the API: figures of the installation, and of one organisation. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '../../src/ids.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { HOUR } from '../../src/time/clock.ts';
import { type ConnectedHost, connectHost, type Stack, startStack } from '../e2e/stack.fixture.ts';
import { until } from '../harness/eventually.ts';
import { makeKey, refusal, secondOrganisation } from './world.fixture.ts';

let stack: Stack;
let store: Store;
let host: ConnectedHost;
beforeAll(async () => {
  stack = await startStack();
  store = createStore(stack.environment.DATABASE_URL ?? '', { max: 2 });
  host = await connectHost(stack, 'GOOGLE', 'gina');
});
afterAll(async () => {
  if (store) await closeStore(store);
  await stack?.close();
});

interface Health {
  calendars: { state: string; count: number }[];
  oldestProof: string | null;
  lostNotifications: number;
  dueWork: { kind: string; count: number; age: string | null }[];
  workers: number;
  providerBudgets: { provider: string; window: string; limit: number; used: number; left: number }[];
}
const HEALTH = `{ health {
  calendars { state count } oldestProof lostNotifications dueWork { kind count age } workers
  providerBudgets { provider window limit used left }
} }`;
const health = async (ask = stack.admin) => (await ask<{ health: Health }>(HEALTH)).health;
const countsOf = ({ calendars }: Health) =>
  Object.fromEntries(calendars.flatMap(({ state, count }) => (count > 0 ? [[state, count]] : [])));
const dueOf = ({ dueWork }: Health, kind: string) => dueWork.find((each) => each.kind === kind);

it('counts calendars by state, all states among them, and says the oldest proof', async () => {
  await until(async () => countsOf(await health()).FRESH === 1);
  const found = await health();
  expect(found.calendars.map(({ state }) => state)).toEqual([
    ...['REVOKED', 'FAILING', 'NEVER_READ', 'STALE', 'UNWATCHED', 'FRESH'],
  ]);
  expect(countsOf(found)).toEqual({ FRESH: 1 });
  expect(found.lostNotifications).toBe(0);
  const { provenAsOf } = await store.calendarState.findUniqueOrThrow({
    where: { calendarId: host.calendar },
  });
  expect(Date.parse(found.oldestProof ?? '')).toBeLessThanOrEqual(provenAsOf?.getTime() ?? 0);
});

it('says who works, and what is left of the budgets of providers', async () => {
  const { workers, providerBudgets } = await until(async () => {
    const found = await health();
    return found.workers > 0 ? found : null;
  });
  expect(workers).toBe(1);
  expect(providerBudgets.map(({ provider }) => provider).sort()).toEqual(['GOOGLE', 'MICROSOFT']);
  for (const { limit, used, left } of providerBudgets) expect(used + left).toBe(limit);
  const google = providerBudgets.find(({ provider }) => provider === 'GOOGLE');
  expect(google).toMatchObject({ limit: 10_000, window: 'PT1M' });
});

it('counts what is due, and says for how long it has been', async () => {
  const [endpoint, at] = [newId('WebhookEndpoint'), new Date(Date.now() - HOUR)];
  const { organisationId } = await store.host.findUniqueOrThrow({ where: { id: host.id } });
  const events = ['BOOKING_CREATED' as const];
  const paused = { organisationId, url: 'https://hooks.example/', events, active: true, secret: '' };
  await store.webhookEndpoint.create({ data: { ...paused, id: endpoint, active: false, createdAt: at } });
  await store.webhookMessage.create({
    data: {
      ...{ id: newId('WebhookMessage'), organisationId, endpointId: endpoint, event: 'BOOKING_CREATED' },
      ...{ payload: '{}', status: 'PENDING', dueAt: at, createdAt: at },
    },
  });
  // Leased for long: nobody else takes it up.
  const leaseUntil = new Date(Date.now() + 24 * HOUR);
  await store.calendarState.update({
    where: { calendarId: host.calendar },
    data: { dueAt: at, leaseId: 'a test', leaseUntil, notificationLostAt: new Date() },
  });
  const found = await health();
  // Its endpoint is paused.
  expect(dueOf(found, 'WEBHOOK_MESSAGES')).toEqual({ kind: 'WEBHOOK_MESSAGES', count: 0, age: null });
  expect(dueOf(found, 'CALENDARS')).toMatchObject({ count: 1, age: expect.stringMatching(/^PT1H/) });
  expect(found.dueWork.map(({ kind }) => kind).sort()).toEqual([
    'BOOKING_WRITES',
    'CALENDARS',
    'MAILS',
    'WATCH_CHANNELS',
    'WEBHOOK_MESSAGES',
  ]);
  expect(found.lostNotifications).toBe(1);
});

it('is that of the own organisation for its keys, and nobody else’s business', async () => {
  const own = await makeKey(stack, ['ADMIN']);
  expect(countsOf(await health(own.ask))).toEqual(countsOf(await health()));
  expect((await health(own.ask)).providerBudgets).toEqual([]);
  const { ask } = await secondOrganisation(stack);
  const other = await health(ask);
  expect(countsOf(other)).toEqual({});
  expect(other).toMatchObject({ oldestProof: null, lostNotifications: 0, providerBudgets: [] });
  expect(other.dueWork.every(({ count, age }) => count === 0 && age === null)).toBe(true);
  const booker = await makeKey(stack, ['BOOK']);
  expect(await refusal(health(booker.ask))).toMatchObject({ code: 'FORBIDDEN' });
  expect(await refusal(health(stack.anyone))).toMatchObject({ code: 'UNAUTHENTICATED' });
});
