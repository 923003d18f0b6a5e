/** The rules of Microsoft Graph, asked through Microsoft's own client. */
import type graph from '@microsoft/microsoft-graph-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { graphClient, graphRefusal } from './clients.fixture.ts';
import { at, GRACE, NOW, type Started, start } from './start.fixture.ts';

let world: Started;
let api: graph.Client;

beforeEach(async () => {
  world = await start();
  api = graphClient(world.simulator, world.simulator.grant(GRACE).accessToken);
});

afterEach(() => world.simulator.close());

interface Item {
  id: string;
  type?: string;
  [name: string]: unknown;
}
interface Page {
  value: Item[];
  '@odata.nextLink'?: string;
  '@odata.deltaLink'?: string;
}

const WINDOW = 'startDateTime=2026-12-01T00:00:00Z&endDateTime=2026-12-08T00:00:00Z';
const DELTA = `/me/calendarView/delta?${WINDOW}`;
/** As the client wants it: below its base. */
const below = (link = '') => link.slice(`${world.simulator.microsoft.graphUrl}/v1.0`.length);
const get = (path: string, prefer = 'odata.maxpagesize=50'): Promise<Page> =>
  api.api(path).header('Prefer', prefer).get();
const add = (title: string, from: string, to: string, more = {}) =>
  world.simulator.world.createEvent(world.grace, { title, start: at(from), end: at(to), ...more });

describe('plain reads', () => {
  test('refuses an expired access token, and a token without the scope', async () => {
    expect(await api.api('/me').get()).toMatchObject({ mail: GRACE });
    api = graphClient(world.simulator, world.simulator.grant(GRACE, ['Calendars.Read']).accessToken);
    expect(await graphRefusal(api.api('/me').get())).toEqual([403, 'ErrorAccessDenied']);
    world.simulator.faults.add({ kind: 'expire-access', person: GRACE });
    expect(await graphRefusal(get('/me/calendars'))).toEqual([401, 'InvalidAuthenticationToken']);
  });

  test('lists calendars in pages', async () => {
    world.simulator.world.addCalendar({ owner: GRACE, name: 'Team' });
    const first = await get('/me/calendars?$top=1');
    expect(first.value).toMatchObject([{ name: 'Calendar', isDefaultCalendar: true, canEdit: true }]);
    const second = await get(below(first['@odata.nextLink']));
    expect(second.value).toMatchObject([{ name: 'Team', isDefaultCalendar: false }]);
    expect(second).not.toHaveProperty('@odata.nextLink');
    expect(await api.api('/me/mailboxSettings/timeZone').get()).toMatchObject({
      value: 'Eastern Standard Time',
    });
  });

  test('formats times with seven digits, without offset, in the preferred zone', async () => {
    const event = add('one', '01T15:00', '01T16:00');
    const path = `/me/events/${event.id}`;
    expect(await get(path, '')).toMatchObject({
      start: { dateTime: '2026-12-01T15:00:00.0000000', timeZone: 'UTC' },
    });
    for (const zone of ['Eastern Standard Time', 'America/New_York']) {
      const received = await get(path, `outlook.timezone="${zone}", IdType="ImmutableId"`);
      expect(received).toMatchObject({ start: { dateTime: '2026-12-01T10:00:00.0000000', timeZone: zone } });
    }
    expect(await graphRefusal(get(path, 'outlook.timezone="Middle Earth"'))).toEqual([
      400,
      'TimeZoneNotSupportedException',
    ]);
  });

  test('shifts the midnights of an all-day event in another zone', async () => {
    const dates = { start: '2026-12-02', end: '2026-12-03' };
    world.simulator.world.createEvent(world.grace, { allDay: dates });
    const start = async (prefer: string) => (await get(`/me/calendarView?${WINDOW}`, prefer)).value[0]?.start;
    expect(await start('outlook.timezone="America/New_York"')).toMatchObject({
      dateTime: '2026-12-02T00:00:00.0000000',
    });
    expect(await start('')).toMatchObject({ dateTime: '2026-12-02T05:00:00.0000000' });
  });

  test('lists full occurrences and no master in a calendar view', async () => {
    const series = add('daily', '01T15:00', '01T16:00', {
      series: { every: 'day', count: 3 },
      showAs: 'tentative',
    });
    const { value } = await get(`/me/calendars/${world.grace}/calendarView?${WINDOW}`);
    expect(value.map(({ type, showAs, seriesMasterId }) => [type, showAs, seriesMasterId])).toEqual(
      Array(3).fill(['occurrence', 'tentative', series.id]),
    );
    const instances = await get(`/me/events/${series.id}/instances?${WINDOW}&$select=start&$top=2`);
    expect(instances.value.map((each) => Object.keys(each).sort())).toEqual(
      Array(2).fill(['@odata.etag', 'id', 'start']),
    );
    expect(await get(`/me/events/${value[0]?.id}`)).toMatchObject({ type: 'occurrence', subject: 'daily' });
    const wide = 'startDateTime=2026-01-01T00:00:00Z&endDateTime=2036-01-01T00:00:00Z';
    expect(await graphRefusal(get(`/me/calendarView?${wide}`))).toEqual([400, 'ErrorInvalidRequest']);
  });
});

describe('delta', () => {
  test('refuses query options in change tracking', async () => {
    for (const more of ['$top=5', '$select=id', "$filter=showAs eq 'busy'"]) {
      expect(await graphRefusal(get(`${DELTA}&${more}`))).toEqual([400, 'ErrorInvalidUrlQuery']);
    }
  });

  test('serves pages, some of them empty, until one with a delta link', async () => {
    for (const hour of ['09', '10', '11']) add(hour, `01T${hour}:00`, `01T${hour}:30`);
    world.simulator.faults.add({ kind: 'empty-pages', count: 1 });
    const sizes: number[] = [];
    let page = await get(DELTA, 'odata.maxpagesize=2');
    for (; page['@odata.nextLink']; page = await get(below(page['@odata.nextLink']), 'odata.maxpagesize=2')) {
      sizes.push(page.value.length);
      expect(page).not.toHaveProperty('@odata.deltaLink');
    }
    expect([...sizes, page.value.length]).toEqual([0, 2, 1]);
    world.simulator.faults.clear();
    expect((await get(below(page['@odata.deltaLink']))).value).toEqual([]);
  });

  test('lists changes outside of the window as removed', async () => {
    const kept = add('kept', '01T09:00', '01T10:00');
    const { '@odata.deltaLink': link } = await get(DELTA);
    const outside = add('outside', '20T09:00', '20T10:00');
    world.simulator.world.moveEvent(world.grace, kept.id, at('02T09:00'), at('02T10:00'));
    const round = await get(below(link));
    expect(round.value).toMatchObject([
      { id: outside.id, '@removed': { reason: 'deleted' } },
      { id: kept.id, subject: 'kept', start: { dateTime: '2026-12-02T09:00:00.0000000' } },
    ]);
    world.simulator.world.deleteEvent(world.grace, kept.id);
    const last = await get(below(round['@odata.deltaLink']));
    expect(last.value).toMatchObject([{ id: kept.id, '@removed': { reason: 'deleted' } }]);
    expect(await graphRefusal(get(`/me/events/${kept.id}`))).toEqual([404, 'ErrorItemNotFound']);
  });

  test('lists a series as its master and bare occurrences, and removes cancelled ones', async () => {
    const series = add('daily', '01T15:00', '01T16:00', { series: { every: 'day', count: 3 } });
    const { value, '@odata.deltaLink': link } = await get(DELTA);
    const [master, first, second, third] = value;
    expect(master).toMatchObject({
      id: series.id,
      type: 'seriesMaster',
      recurrence: { pattern: { type: 'daily' } },
    });
    expect(Object.keys(first ?? {}).sort()).toEqual(
      ['@odata.etag', '@odata.type', 'end', 'id', 'seriesMasterId', 'start', 'type'].sort(),
    );
    await api.api(`/me/events/${first?.id}`).delete();
    await api.api(`/me/events/${second?.id}`).patch({
      start: { dateTime: '2026-12-02T20:00:00', timeZone: 'UTC' },
      end: { dateTime: '2026-12-02T21:00:00', timeZone: 'UTC' },
    });
    const round = await get(below(link));
    expect(round.value).toMatchObject([
      { id: series.id, type: 'seriesMaster' },
      { id: second?.id, type: 'exception', showAs: 'busy' },
      { id: third?.id, type: 'occurrence' },
      { id: first?.id, '@removed': {} },
    ]);
    world.simulator.world.deleteEvent(world.grace, series.id);
    const ids = (await get(below(round['@odata.deltaLink']))).value.map((each) => [
      each.id,
      '@removed' in each,
    ]);
    expect(new Map(ids as [string, boolean][])).toEqual(
      new Map([series.id, first?.id, second?.id, third?.id].map((id) => [id, true])),
    );
  });

  test('answers an expired sync state with 410 and the address to start again', async () => {
    add('one', '01T09:00', '01T10:00');
    const { '@odata.deltaLink': link = '' } = await get(DELTA);
    world.simulator.faults.add({ kind: 'expire-cursors', calendar: world.grace });
    expect(await graphRefusal(get(below(link)))).toEqual([410, 'syncStateNotFound']);
    const { accessToken } = world.simulator.grant(GRACE);
    const answer = await fetch(link, { headers: { authorization: `Bearer ${accessToken}` } });
    expect((await get(below(answer.headers.get('location') ?? ''))).value).toHaveLength(1);
  });
});

describe('writing', () => {
  const booking = {
    subject: 'Booked',
    start: { dateTime: '2026-12-01T10:00:00', timeZone: 'Eastern Standard Time' },
    end: { dateTime: '2026-12-01T10:30:00', timeZone: 'America/New_York' },
    transactionId: 'b1',
  };
  const post = (more = {}) => api.api(`/me/calendars/${world.grace}/events`).post({ ...booking, ...more });

  test('creates one event for a repeated transaction id', async () => {
    const first = await post();
    expect((await post()).id).toBe(first.id);
    expect(await graphRefusal(post({ subject: 'Other' }))).toEqual([409, 'ErrorDuplicateTransactionId']);
    expect(world.simulator.world.busy(world.grace, NOW, at('02T00:00'))).toEqual([
      { start: at('01T15:00'), end: at('01T15:30'), kind: 'BUSY' },
    ]);
  });

  test('refuses a repeated transaction id and omits it from deltas while a fault says so, also for a deleted event', async () => {
    const { id } = await post();
    const window = `startDateTime=2026-12-01&endDateTime=2026-12-02`;
    const delta = () => api.api(`/me/calendars/${world.grace}/calendarView/delta?${window}`).get();
    expect((await delta()).value).toMatchObject([{ transactionId: 'b1' }]);
    world.simulator.faults.add({ kind: 'transactions', listed: false, repeated: 'refused' });
    expect((await delta()).value[0]).not.toHaveProperty('transactionId');
    await api.api(`/me/events/${id}`).delete();
    expect(await graphRefusal(post())).toEqual([409, 'ErrorDuplicateTransactionId']);
    world.simulator.faults.clear();
    expect((await post()).id).not.toBe(id);
  });

  test('finds events by an extended property, which plain reads omit', async () => {
    const name = 'String {00020329-0000-0000-c000-000000000046} Name mark';
    const marked = await post({ singleValueExtendedProperties: [{ id: name, value: "o'1" }] });
    await post({ transactionId: 'b2' });
    expect(marked).not.toHaveProperty('singleValueExtendedProperties');
    const find = (filter: string) => api.api(`/me/calendars/${world.grace}/events`).filter(filter).get();
    const by = (id: string, value: string) =>
      find(`singleValueExtendedProperties/Any(ep: ep/id eq '${id}' and ep/value eq '${value}')`);
    expect((await by(name, "O''1")).value).toMatchObject([{ id: marked.id }]);
    expect((await by(name, 'o')).value).toEqual([]);
    expect((await by(name.replace('mark', 'Mark'), "o''1")).value).toEqual([]);
    expect(await graphRefusal(find("subject eq 'Booked'"))).toEqual([501, 'NotImplemented']);
    await api.api(`/me/events/${marked.id}`).delete();
    expect((await by(name, "o''1")).value).toEqual([]);
  });

  test('patches and deletes an event', async () => {
    const { id } = await post();
    expect(await api.api(`/me/events/${id}`).patch({ showAs: 'free' })).toMatchObject({
      showAs: 'free',
      subject: 'Booked',
    });
    await api.api(`/me/events/${id}`).delete();
    expect(await graphRefusal(api.api(`/me/events/${id}`).delete())).toEqual([404, 'ErrorItemNotFound']);
    expect(await graphRefusal(post({ transactionId: null, isAllDay: true }))).toEqual([
      400,
      'ErrorPropertyValidationFailure',
    ]);
  });
});
