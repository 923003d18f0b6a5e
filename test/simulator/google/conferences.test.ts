/** Google Meet conferences, asked for through Google's own SDK. */
import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { atRoot, googleClient, googleRefusal } from '../clients.fixture.ts';
import { ADA, type Started, start } from '../start.fixture.ts';

let world: Started;
let api: calendar_v3.Calendar;
let root: ReturnType<typeof atRoot>;

beforeEach(async () => {
  world = await start();
  api = googleClient(world.simulator.grant(ADA).accessToken);
  root = atRoot(world.simulator);
});

afterEach(() => world.simulator.close());

const MEET = /^https:\/\/meet\.google\.com\/[a-z]{3}-[a-z]{4}-[a-z]{3}$/;
const meet = (requestId: string, type = 'hangoutsMeet') => ({
  conferenceData: { createRequest: { requestId, conferenceSolutionKey: { type } } },
});
const times = {
  start: { dateTime: '2026-12-02T09:00:00Z' },
  end: { dateTime: '2026-12-02T10:00:00Z' },
};
const insert = async (requestBody: calendar_v3.Schema$Event, conferenceDataVersion = 1) =>
  (
    await api.events.insert(
      { calendarId: 'primary', conferenceDataVersion, requestBody: { ...times, ...requestBody } },
      root,
    )
  ).data;
const patch = async (id: string, requestBody: calendar_v3.Schema$Event, conferenceDataVersion?: number) =>
  (
    await api.events.patch(
      {
        calendarId: 'primary',
        eventId: id,
        requestBody,
        ...(conferenceDataVersion === undefined ? {} : { conferenceDataVersion }),
      },
      root,
    )
  ).data;
const get = async (id: string) => (await api.events.get({ calendarId: 'primary', eventId: id }, root)).data;
const statusOf = (event: calendar_v3.Schema$Event) => event.conferenceData?.createRequest?.status?.statusCode;

test('makes a conference that stays when its event is moved', async () => {
  const event = await insert(meet('one'));
  expect(event.hangoutLink).toMatch(MEET);
  expect(event.conferenceData?.entryPoints).toMatchObject([
    { entryPointType: 'video', uri: event.hangoutLink },
  ]);
  expect(statusOf(event)).toBe('success');
  expect(event).not.toHaveProperty('conference');
  const moved = await patch(event.id ?? '', {
    start: { dateTime: '2026-12-03T09:00:00Z' },
    end: { dateTime: '2026-12-03T10:00:00Z' },
  });
  expect(moved.hangoutLink).toBe(event.hangoutLink);
});

test('ignores conferences of a client that does not name their version', async () => {
  expect(await insert(meet('one'), 0)).not.toHaveProperty('conferenceData');
});

test('makes one conference for each request id', async () => {
  const event = await insert(meet('one'));
  expect((await patch(event.id ?? '', meet('one'), 1)).hangoutLink).toBe(event.hangoutLink);
  expect((await patch(event.id ?? '', meet('two'), 1)).hangoutLink).not.toBe(event.hangoutLink);
});

test('refuses a kind of conference that the calendar does not allow', async () => {
  expect(await googleRefusal(insert(meet('one', 'addOn')))).toEqual([400, 'badRequest']);
});

test('makes a pending conference later', async () => {
  world.simulator.faults.add({ kind: 'conferences' });
  const event = await insert(meet('one'));
  expect(statusOf(event)).toBe('pending');
  expect(event).not.toHaveProperty('hangoutLink');
  expect(statusOf(await get(event.id ?? ''))).toBe('pending');
  world.simulator.faults.clear();
  expect((await get(event.id ?? '')).hangoutLink).toMatch(MEET);
});

test('keeps the event of a conference that could not be made', async () => {
  world.simulator.faults.add({ kind: 'conferences', effect: 'failure' });
  const event = await insert(meet('one'));
  expect(statusOf(event)).toBe('failure');
  expect(event.conferenceData).not.toHaveProperty('entryPoints');
  expect(event.status).toBe('confirmed');
});
