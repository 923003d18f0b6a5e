/** Google's rarer answers, made on demand. */
import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { atRoot, googleClient } from '../clients.fixture.ts';
import { createReceiver } from '../receiver.fixture.ts';
import { ADA, at, NOW, type Started, start } from '../start.fixture.ts';

let world: Started;
let api: calendar_v3.Calendar;
let root: ReturnType<typeof atRoot>;

beforeEach(async () => {
  world = await start();
  api = googleClient(world.simulator.grant(ADA).accessToken);
  root = atRoot(world.simulator);
});

afterEach(() => world.simulator.close());

const list = async (params: calendar_v3.Params$Resource$Events$List = {}) =>
  (await api.events.list({ calendarId: 'primary', singleEvents: true, ...params }, root)).data;

test('lists an endless series years ahead in an incremental round', async () => {
  const { nextSyncToken } = await list({ timeMax: '2027-01-01T00:00:00Z' });
  const series = world.simulator.world.createEvent(world.ada, {
    start: at('01T09:00'),
    end: at('01T10:00'),
    series: { every: 'week', count: null },
  });
  const { items = [] } = await list({ syncToken: nextSyncToken ?? '', maxResults: 2500 });
  expect(items).toHaveLength(700);
  expect(items.at(-1)?.start?.dateTime).toMatch(/^2040-/);
  const master = await api.events.get({ calendarId: 'primary', eventId: series.id }, root);
  expect(master.data.recurrence).toEqual(['RRULE:FREQ=WEEKLY']);
});

test('lists items twice over pages, an older state first, while a fault says so', async () => {
  const { world: truth, faults } = world.simulator;
  const event = truth.createEvent(world.ada, { title: 'old', start: at('01T09:00'), end: at('01T10:00') });
  truth.updateEvent(world.ada, event.id, { title: 'new' });
  faults.add({ kind: 'repeat-items' });
  const first = await list({ maxResults: 1 });
  const second = await list({ maxResults: 1, pageToken: first.nextPageToken ?? '' });
  expect([...(first.items ?? []), ...(second.items ?? [])]).toMatchObject([
    { id: event.id, summary: 'old' },
    { id: event.id, summary: 'new' },
  ]);
  faults.add({ kind: 'repeat-items', on: false });
  expect((await list()).items).toHaveLength(1);
});

test('lists a cancelled instance with its identifying fields only', async () => {
  const { world: truth } = world.simulator;
  const series = { every: 'day', count: 2 } as const;
  const { id } = truth.createEvent(world.ada, { start: at('01T09:00'), end: at('01T10:00'), series });
  truth.changeInstance(world.ada, id, at('01T09:00'), { cancelled: true });
  const [cancelled = {}] = (await list({ showDeleted: true })).items ?? [];
  expect(Object.keys(cancelled).sort()).toEqual(['id', 'originalStartTime', 'recurringEventId', 'status']);
});

test('reports an error of one calendar within a successful free-busy response', async () => {
  world.simulator.faults.add({ kind: 'free-busy', of: world.ada });
  const items = [{ id: 'primary' }, { id: 'unknown' }];
  const requestBody = { timeMin: '2026-12-01T00:00:00Z', timeMax: '2026-12-02T00:00:00Z', items };
  expect((await api.freebusy.query({ requestBody }, root)).data.calendars).toMatchObject({
    primary: { errors: [{ reason: 'internalError' }], busy: [] },
    unknown: { errors: [{ reason: 'notFound' }], busy: [] },
  });
});

test('grants a short-lived channel, and sends its sync message before the grant, while faults say so', async () => {
  const receiver = await createReceiver();
  world.simulator.faults.add({ kind: 'channel-life', seconds: 90 });
  world.simulator.faults.add({ kind: 'early-sync' });
  const requestBody = { id: 'early', type: 'web_hook', address: receiver.url };
  const { data } = await api.events.watch({ calendarId: 'primary', requestBody }, root);
  expect(receiver.requests).toHaveLength(1);
  expect(data.expiration).toBe(String(NOW + 90_000));
  await receiver.close();
});
