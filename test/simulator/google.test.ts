/** The rules of Google Calendar, asked through Google's own SDK. */
import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { atRoot, googleClient, googleRefusal } from './clients.fixture.ts';
import { ADA, at, NOW, type Started, start } from './start.fixture.ts';

let world: Started;
let api: calendar_v3.Calendar;
let root: ReturnType<typeof atRoot>;

beforeEach(async () => {
  world = await start();
  api = googleClient(world.simulator.grant(ADA).accessToken);
  root = atRoot(world.simulator);
});

afterEach(() => world.simulator.close());

const add = (title: string, from: string, to: string, more = {}) =>
  world.simulator.world.createEvent(world.ada, { title, start: at(from), end: at(to), ...more });
const list = async (params: calendar_v3.Params$Resource$Events$List = {}) =>
  (await api.events.list({ calendarId: 'primary', singleEvents: true, ...params }, root)).data;

describe('access', () => {
  test('refuses an expired access token, and a token without the scope', async () => {
    world.clock.time += 3_600_000;
    expect(await googleRefusal(list())).toEqual([401, 'authError']);
    const scopes = ['https://www.googleapis.com/auth/calendar.events.readonly'];
    api = googleClient(world.simulator.grant(ADA, scopes).accessToken);
    await list();
    expect(await googleRefusal(api.calendarList.list({}, root))).toEqual([403, 'insufficientPermissions']);
  });

  test('lists calendars in pages, without those of other people', async () => {
    world.simulator.world.addCalendar({ owner: ADA, name: 'Private' });
    const first = (await api.calendarList.list({ maxResults: 1 }, root)).data;
    expect(first.items).toMatchObject([
      { id: ADA, primary: true, accessRole: 'owner', timeZone: 'Europe/London' },
    ]);
    const second = (await api.calendarList.list({ pageToken: first.nextPageToken ?? '' }, root)).data;
    expect(second.items?.map((each) => each.summary)).toEqual(['Private']);
    expect(second.nextPageToken).toBeUndefined();
    expect(await googleRefusal(api.calendars.get({ calendarId: world.grace }, root))).toEqual([
      404,
      'notFound',
    ]);
  });
});

describe('events.list', () => {
  test('formats busy, free, declined, out-of-office and all-day events as Google does', async () => {
    add('free', '01T09:00', '01T10:00', { showAs: 'free' });
    add('declined', '01T10:00', '01T11:00', { response: 'declined' });
    add('away', '01T11:00', '01T12:00', { showAs: 'oof' });
    world.simulator.world.createEvent(world.ada, {
      title: 'day',
      allDay: { start: '2026-12-02', end: '2026-12-03' },
    });
    const { items, timeZone } = await list();
    expect(timeZone).toBe('Europe/London');
    expect(items).toMatchObject([
      { status: 'confirmed', transparency: 'transparent' },
      { status: 'confirmed', attendees: [{}, { self: true, responseStatus: 'declined' }] },
      { eventType: 'outOfOffice' },
      { start: { date: '2026-12-02' }, end: { date: '2026-12-03' } },
    ]);
    expect(items?.[1]).not.toHaveProperty('transparency');
  });

  test('returns either the next page token or the sync token', async () => {
    for (const hour of ['09', '10', '11']) add(hour, `01T${hour}:00`, `01T${hour}:30`);
    const first = await list({ maxResults: 2 });
    expect([first.items?.length, first.nextSyncToken]).toEqual([2, undefined]);
    const second = await list({ maxResults: 2, pageToken: first.nextPageToken ?? '' });
    expect(second.items?.map((each) => each.summary)).toEqual(['11']);
    expect([second.nextPageToken, typeof second.nextSyncToken]).toEqual([undefined, 'string']);
  });

  test('lists an event that changes during paging once more on a later page', async () => {
    const early = add('early', '01T09:00', '01T10:00');
    add('late', '01T11:00', '01T12:00');
    const first = await list({ maxResults: 1 });
    world.simulator.world.moveEvent(world.ada, early.id, at('01T15:00'), at('01T16:00'));
    const second = await list({ pageToken: first.nextPageToken ?? '' });
    expect(second.items?.map((each) => each.id)).toEqual([expect.any(String), early.id]);
  });

  test('lists changes in an incremental round, inside the first window or not', async () => {
    const kept = add('kept', '01T09:00', '01T10:00');
    const lost = add('lost', '01T11:00', '01T12:00');
    const { nextSyncToken } = await list({
      timeMin: '2026-12-01T00:00:00Z',
      timeMax: '2026-12-02T00:00:00Z',
    });
    world.simulator.world.deleteEvent(world.ada, lost.id);
    world.simulator.world.moveEvent(world.ada, kept.id, at('30T09:00'), at('30T10:00'));
    const round = await list({ syncToken: nextSyncToken ?? '' });
    expect(round.items).toMatchObject([
      { id: lost.id, status: 'cancelled' },
      { id: kept.id, start: { dateTime: '2026-12-30T09:00:00Z' } },
    ]);
    expect((await list({ syncToken: round.nextSyncToken ?? '' })).items).toEqual([]);
  });

  test('refuses windows and other parameters beside a sync token', async () => {
    const syncToken = (await list()).nextSyncToken ?? '';
    expect(await googleRefusal(list({ syncToken, timeMin: '2026-12-01T00:00:00Z' }))).toEqual([
      400,
      'badRequest',
    ]);
    expect(await googleRefusal(list({ syncToken, showDeleted: false }))).toEqual([400, 'badRequest']);
    expect(await googleRefusal(list({ syncToken, singleEvents: false }))).toEqual([400, 'badRequest']);
    expect(
      await googleRefusal(list({ timeMin: '2026-12-02T00:00:00Z', timeMax: '2026-12-01T00:00:00Z' })),
    ).toEqual([400, 'timeRangeEmpty']);
  });

  test('answers an expired sync token with 410, in the middle of paging too', async () => {
    const { nextSyncToken } = await list();
    const syncToken = nextSyncToken ?? '';
    add('one', '01T09:00', '01T10:00');
    add('two', '01T11:00', '01T12:00');
    const { nextPageToken } = await list({ syncToken, maxResults: 1 });
    world.simulator.faults.add({ kind: 'expire-cursors', calendar: world.ada });
    expect(await googleRefusal(list({ syncToken, pageToken: nextPageToken ?? '' }))).toEqual([
      410,
      'fullSyncRequired',
    ]);
    expect(await googleRefusal(list({ syncToken }))).toEqual([410, 'fullSyncRequired']);
    expect((await list()).items).toHaveLength(2);
  });

  test('lists a series as instances or as its master, at a constant wall-clock time', async () => {
    // Across the end of British summer time.
    const series = add('weekly', '01T09:00', '01T10:00', {
      start: Date.parse('2026-10-20T08:00:00Z'),
      end: Date.parse('2026-10-20T09:00:00Z'),
      series: { every: 'week', count: 3 },
    });
    const { items, nextSyncToken } = await list();
    expect(items).toMatchObject([
      { id: `${series.id}_20261020T080000Z`, start: { dateTime: '2026-10-20T09:00:00+01:00' } },
      { id: `${series.id}_20261027T090000Z`, start: { dateTime: '2026-10-27T09:00:00Z' } },
      { id: `${series.id}_20261103T090000Z`, recurringEventId: series.id },
    ]);
    expect((await list({ singleEvents: false })).items).toMatchObject([
      { id: series.id, recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'] },
    ]);
    await api.events.delete({ calendarId: 'primary', eventId: `${series.id}_20261027T090000Z` }, root);
    world.simulator.world.updateEvent(world.ada, series.id, { series: { every: 'week', count: 2 } });
    const round = await list({ syncToken: nextSyncToken ?? '' });
    expect(new Map(round.items?.map((each) => [each.id, each.status]))).toEqual(
      new Map([
        [`${series.id}_20261020T080000Z`, 'confirmed'],
        [`${series.id}_20261027T090000Z`, 'confirmed'],
        [`${series.id}_20261103T090000Z`, 'cancelled'],
      ]),
    );
  });

  test('cancels the other instances of a series that becomes a single event', async () => {
    const series = add('weekly', '01T09:00', '01T10:00', { series: { every: 'week', count: 2 } });
    const { nextSyncToken } = await list();
    world.simulator.world.updateEvent(world.ada, series.id, { series: null });
    const { items } = await list({ syncToken: nextSyncToken ?? '' });
    expect(items?.map(({ id, status }) => [id, status])).toEqual([
      [series.id, 'confirmed'],
      [`${series.id}_20261201T090000Z`, 'cancelled'],
      [`${series.id}_20261208T090000Z`, 'cancelled'],
    ]);
  });

  test('finds events by a private extended property', async () => {
    add('other', '01T09:00', '01T10:00');
    add('mine', '01T11:00', '01T12:00', { extra: { extendedProperties: { private: { booking: 'b=1' } } } });
    const { items } = await list({ privateExtendedProperty: ['booking=b=1'] });
    expect(items?.map(({ summary }) => summary)).toEqual(['mine']);
  });

  test('serves empty and small pages, and fails requests, while a fault says so', async () => {
    add('one', '01T09:00', '01T10:00');
    world.simulator.faults.add({ kind: 'empty-pages', count: 1 });
    world.simulator.faults.add({
      kind: 'answer',
      path: '/events$',
      after: 1,
      status: 429,
      headers: { 'retry-after': '7' },
      body: { error: { code: 429, errors: [{ reason: 'rateLimitExceeded' }] } },
    });
    const empty = await list();
    expect(empty.items).toEqual([]);
    const next = { pageToken: empty.nextPageToken ?? '' };
    expect(await googleRefusal(list(next))).toEqual([429, 'rateLimitExceeded']);
    expect((await list(next)).items).toHaveLength(1);
  });
});

describe('writing', () => {
  const requestBody = {
    id: 'booking0001',
    summary: 'Booked',
    start: { dateTime: '2026-12-01T09:00:00Z' },
    end: { dateTime: '2026-12-01T09:30:00Z' },
    extendedProperties: { private: { booking: 'b1' } },
  };
  const insert = () => api.events.insert({ calendarId: 'primary', requestBody }, root);
  const eventId = 'booking0001';

  test('accepts an event id of the client once', async () => {
    expect((await insert()).data).toMatchObject({
      id: eventId,
      extendedProperties: { private: { booking: 'b1' } },
    });
    expect(await googleRefusal(insert())).toEqual([409, 'duplicate']);
    expect(world.simulator.world.busy(world.ada, NOW, at('02T00:00'))).toEqual([
      { start: at('01T09:00'), end: at('01T09:30'), kind: 'BUSY' },
    ]);
  });

  test('patches and deletes an event, and answers 410 for a deleted one', async () => {
    await insert();
    const before = (await api.events.get({ calendarId: 'primary', eventId }, root)).data;
    const patched = await api.events.patch(
      { calendarId: 'primary', eventId, requestBody: { transparency: 'transparent' } },
      root,
    );
    expect(patched.data).toMatchObject({ summary: 'Booked', transparency: 'transparent' });
    const stale = api.events.delete(
      { calendarId: 'primary', eventId },
      { ...root, headers: { 'If-Match': before.etag ?? '' } },
    );
    expect(await googleRefusal(stale)).toEqual([412, 'conditionNotMet']);
    await api.events.delete({ calendarId: 'primary', eventId }, root);
    expect(await googleRefusal(api.events.delete({ calendarId: 'primary', eventId }, root))).toEqual([
      410,
      'deleted',
    ]);
    expect(await googleRefusal(insert())).toEqual([409, 'duplicate']);
  });

  test('restores a deleted event by a patch to confirmed', async () => {
    await insert();
    await api.events.delete({ calendarId: 'primary', eventId }, root);
    const put = (body: calendar_v3.Schema$Event) =>
      api.events.update({ calendarId: 'primary', eventId, requestBody: { ...requestBody, ...body } }, root);
    expect(await googleRefusal(put({}))).toEqual([410, 'deleted']);
    expect((await put({ status: 'confirmed', summary: 'Again' })).data).toMatchObject({ summary: 'Again' });
    expect((await list()).items).toMatchObject([{ id: eventId, status: 'confirmed' }]);
  });

  test.each([{ status: 504 }, { cut: true }])(
    'carries out a write whose response is lost: %j',
    async (lost) => {
      world.simulator.faults.add({ kind: 'answer', path: '/events$', applied: true, ...lost });
      await expect(insert()).rejects.toThrow();
      expect(await googleRefusal(insert())).toEqual([409, 'duplicate']);
    },
  );
});
