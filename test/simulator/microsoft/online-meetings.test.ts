/** Teams meetings of events, asked for through Microsoft's own client. */
import type graph from '@microsoft/microsoft-graph-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { graphClient } from '../clients.fixture.ts';
import { GRACE, type Started, start } from '../start.fixture.ts';

let world: Started;
let api: graph.Client;

beforeEach(async () => {
  world = await start();
  api = graphClient(world.simulator, world.simulator.grant(GRACE).accessToken);
});

afterEach(() => world.simulator.close());

interface Meeting {
  id: string;
  isOnlineMeeting: boolean;
  onlineMeetingProvider: string;
  onlineMeeting: { joinUrl: string } | null;
}

const TEAMS = /^https:\/\/teams\.microsoft\.com\/l\/meetup-join\//;
const at = (dateTime: string) => ({ dateTime, timeZone: 'UTC' });
const create = (more: object): Promise<Meeting> =>
  api
    .api('/me/events')
    .post({ subject: 'Call', start: at('2026-12-02T09:00:00'), end: at('2026-12-02T10:00:00'), ...more });
const get = (id: string): Promise<Meeting> => api.api(`/me/events/${id}`).get();
const teams = { isOnlineMeeting: true, onlineMeetingProvider: 'teamsForBusiness' };

test('makes a meeting that stays, whatever later changes say', async () => {
  const event = await create(teams);
  expect(event).toMatchObject({ ...teams, onlineMeeting: { joinUrl: expect.stringMatching(TEAMS) } });
  const changed: Meeting = await api
    .api(`/me/events/${event.id}`)
    .patch({ start: at('2026-12-03T09:00:00'), end: at('2026-12-03T10:00:00'), isOnlineMeeting: false });
  expect(changed).toMatchObject({ ...teams, onlineMeeting: event.onlineMeeting });
});

test('ends a meeting by a new body without its link', async () => {
  const { id, onlineMeeting } = await create(teams);
  const write = (content: string): Promise<Meeting> =>
    api.api(`/me/events/${id}`).patch({ body: { contentType: 'text', content } });
  expect((await write(`Join: ${onlineMeeting?.joinUrl}`)).onlineMeeting).toEqual(onlineMeeting);
  expect(await write('Bring your questions.')).toMatchObject({ isOnlineMeeting: false, onlineMeeting: null });
});

test('makes no meeting that was not asked for', async () => {
  expect(await create({})).toMatchObject({ isOnlineMeeting: false, onlineMeeting: null });
});

test('adds a meeting to an event that has none', async () => {
  const { id } = await create({});
  await api.api(`/me/events/${id}`).patch(teams);
  expect((await get(id)).onlineMeeting?.joinUrl).toMatch(TEAMS);
});

test('makes a pending meeting later', async () => {
  world.simulator.faults.add({ kind: 'conferences' });
  const { id, onlineMeeting } = await create(teams);
  expect(onlineMeeting).toBeNull();
  expect((await get(id)).onlineMeeting).toBeNull();
  world.simulator.faults.clear();
  expect((await get(id)).onlineMeeting?.joinUrl).toMatch(TEAMS);
});

test('keeps the event of a meeting that could not be made', async () => {
  world.simulator.faults.add({ kind: 'conferences', effect: 'failure' });
  expect(await create(teams)).toMatchObject({ isOnlineMeeting: false, onlineMeeting: null });
});

test('gives an account outside of any organisation an event without a meeting', async () => {
  world.simulator.world.person(GRACE).personal = true;
  const { value } = await api.api('/me/calendars').get();
  expect(value).toMatchObject([{ allowedOnlineMeetingProviders: [] }]);
  expect(await create(teams)).toMatchObject({ isOnlineMeeting: false, onlineMeeting: null });
});
