/** Requests of programs that can't be run here, replayed: each answer has what that program needs to go on. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Stack } from '../../e2e/stack.fixture.ts';
import { type Answer, type AskDav, davClient } from './dav-client.fixture.ts';
import { APPLE, DAVX5, THUNDERBIRD } from './dav-replays.fixture.ts';
import {
  addFeedHost,
  createFeed,
  DAY,
  type FeedWorld,
  HOUR,
  MIDNIGHT,
  startFeedStack,
  utc,
} from './feeds-world.fixture.ts';

let stack: Stack;
let world: FeedWorld;
let ask: AskDav;

const PRINCIPAL = '/dav/principals/fay/';
const HOME = '/dav/calendars/fay/';
const CALENDAR = `${HOME}busy/`;
const WRITING = /\b(write|write-content|write-properties|all|bind|unbind)\b/;

beforeAll(async () => {
  stack = await startFeedStack();
  world = await addFeedHost(stack, 'fay');
  ask = davClient(stack, 'fay', (await createFeed(stack, world.host.id)).secret);
  for (let i = 0; i < 3; i++)
    await world.put(`e${i}`, { start: MIDNIGHT + i * HOUR, end: MIDNIGHT + (i + 1) * HOUR });
  await world.put('old', { start: Date.now() - 5 * DAY, end: Date.now() - 5 * DAY + HOUR });
});
afterAll(() => stack?.close());

const found = ({ responses }: Answer, href: string) =>
  responses.find((each) => each.href === href)?.props[200] ?? {};

const hrefsOf = ({ responses }: Answer) =>
  responses.map(({ href }) => href).filter((href) => href.endsWith('.ics'));

/** Each with an ETag and one event. */
function expectObjects({ status, responses }: Answer, hrefs: readonly string[]) {
  expect([status, responses.map(({ href }) => href)]).toEqual([207, hrefs]);
  for (const { props } of responses) {
    expect(props[200]?.['D:getetag']).toMatch(/^"[\w-]+"$/);
    expect(props[200]?.['C:calendar-data']?.match(/UID:/g)).toHaveLength(1);
  }
}

describe('Apple Calendar, replayed', () => {
  it('asks the well-known address without and with credentials, and is answered there', async () => {
    const challenged = await ask('PROPFIND', '/.well-known/caldav', { ...APPLE.wellKnown, known: false });
    expect([challenged.status, challenged.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^Basic /),
    ]);
    for (const path of ['/.well-known/caldav', '/']) {
      const answer = await ask('PROPFIND', path, APPLE.wellKnown);
      expect(answer.status).toBe(207);
      expect(found(answer, path)).toMatchObject({
        'D:current-user-principal': PRINCIPAL,
        'D:principal-URL': PRINCIPAL,
      });
    }
  });

  it('finds a home that is not the calendar, and a calendar to read', async () => {
    const options = await ask('OPTIONS', PRINCIPAL);
    expect([options.status, options.headers.get('dav')]).toEqual([
      200,
      expect.stringContaining('calendar-access'),
    ]);
    const principal = found(await ask('PROPFIND', PRINCIPAL, APPLE.principal), PRINCIPAL);
    expect(principal).toMatchObject({
      'C:calendar-home-set': HOME,
      'C:calendar-user-address-set': 'mailto:fay@example.com',
      'D:principal-URL': PRINCIPAL,
      'D:displayname': 'Fay',
    });
    const searchable = await ask('REPORT', '/dav/principals/', APPLE.searchable);
    expect([searchable.status, searchable.error]).toEqual([403, 'D:supported-report']);
    const answer = await ask('PROPFIND', HOME, APPLE.home);
    expect(found(answer, HOME)['D:resourcetype']).toBe('D:collection');
    const calendar = found(answer, CALENDAR);
    expect(calendar['D:resourcetype']).toBe('D:collection C:calendar');
    expect(calendar['C:supported-calendar-component-set']).toBe('C:comp=VEVENT');
    expect(calendar['D:current-user-privilege-set']).not.toMatch(WRITING);
    expect(calendar['A:calendar-color']).toMatch(/^#[\dA-F]{8}$/);
    expect(calendar['CS:getctag']).toBeTruthy();
  });

  it('goes on when its colours, orders and alarms are not taken', async () => {
    for (const change of [APPLE.order, APPLE.color, APPLE.alarms]) {
      const { status, responses } = await ask('PROPPATCH', CALENDAR, change);
      expect([status, Object.keys(responses[0]?.props ?? {})]).toEqual([207, ['403']]);
    }
  });

  it('lists, fetches and follows', async () => {
    const listed = await ask('PROPFIND', CALENDAR, APPLE.list);
    const hrefs = hrefsOf(listed);
    expect(hrefs).toHaveLength(4);
    for (const href of hrefs) expect(found(listed, href)['D:getcontenttype']).toContain('text/calendar');
    expect(hrefsOf(await ask('REPORT', CALENDAR, APPLE.since(utc(Date.now()))))).toHaveLength(3);
    expectObjects(await ask('REPORT', CALENDAR, APPLE.fetch(hrefs)), hrefs);
    const state = found(await ask('PROPFIND', CALENDAR, APPLE.state), CALENDAR);
    const first = await ask('REPORT', CALENDAR, APPLE.sync(''));
    expect(hrefsOf(first).sort()).toEqual([...hrefs].sort());
    expect(first.syncToken).toBe(state['D:sync-token']);
    await world.put('apple', { start: MIDNIGHT + 9 * HOUR, end: MIDNIGHT + 10 * HOUR });
    const [added, ...others] = hrefsOf(await ask('REPORT', CALENDAR, APPLE.sync(first.syncToken ?? '')));
    expect([hrefs.includes(added ?? ''), others]).toEqual([false, []]);
    expect(found(await ask('PROPFIND', CALENDAR, APPLE.state), CALENDAR)['CS:getctag']).not.toBe(
      state['CS:getctag'],
    );
    await world.put('apple', null);
  });
});

describe('DAVx5, replayed', () => {
  it('goes from the address that its user typed to the calendars of the home', async () => {
    for (const given of ['/', '/dav/'])
      expect(found(await ask('PROPFIND', given, DAVX5.given), given)).toMatchObject({
        'D:current-user-principal': PRINCIPAL,
      });
    expect(
      found(await ask('PROPFIND', '/.well-known/caldav', DAVX5.wellKnown), '/.well-known/caldav'),
    ).toMatchObject({
      'D:current-user-principal': PRINCIPAL,
    });
    // Without calendar-access on the principal it finds no calendars at all.
    expect((await ask('OPTIONS', PRINCIPAL)).headers.get('dav')?.split(', ')).toContain('calendar-access');
    expect(found(await ask('PROPFIND', PRINCIPAL, DAVX5.addresses), PRINCIPAL)['C:calendar-home-set']).toBe(
      HOME,
    );
    const calendar = found(await ask('PROPFIND', HOME, DAVX5.home), CALENDAR);
    expect(calendar['D:resourcetype']).toContain('C:calendar');
    expect(calendar['D:current-user-privilege-set']).toContain('D:read');
    expect(calendar['D:current-user-privilege-set']).not.toMatch(WRITING);
  });

  it('asks for 90 days past and all that is ahead, and downloads by multiget alone', async () => {
    const state = found(await ask('PROPFIND', CALENDAR, DAVX5.state), CALENDAR);
    expect(state['D:supported-report-set']).toContain('D:sync-collection');
    expect(Number(state['C:max-resource-size'])).toBeGreaterThan(10_000);
    const past = await ask('REPORT', CALENDAR, DAVX5.past(utc(Date.now() - 90 * DAY)));
    expect(past.responses.every(({ props }) => props[200]?.['D:getetag'])).toBe(true);
    const hrefs = hrefsOf(past);
    expect(hrefs).toHaveLength(4);
    expectObjects(await ask('REPORT', CALENDAR, DAVX5.fetch(hrefs)), hrefs);
    expect(found(await ask('PROPFIND', CALENDAR, DAVX5.state), CALENDAR)).toEqual(state);
  });

  it('follows by sync-collection when its user lifts the limit, tombstones included', async () => {
    await world.put('davx5', { start: MIDNIGHT + 9 * HOUR, end: MIDNIGHT + 10 * HOUR });
    const first = await ask('REPORT', CALENDAR, DAVX5.sync(''));
    expect(hrefsOf(first)).toHaveLength(5);
    await world.put('davx5', null);
    const second = await ask('REPORT', CALENDAR, DAVX5.sync(first.syncToken ?? ''));
    expect(second.responses.map(({ status }) => status)).toEqual([404]);
    expect(second.syncToken).not.toBe(first.syncToken);
    // It then lets go of the token and lists all anew.
    const lost = await ask('REPORT', CALENDAR, DAVX5.sync('data:,of-another-server'));
    expect([lost.status, lost.error]).toEqual([403, 'D:valid-sync-token']);
  });

  it('undoes an edit of its user when the server says why', async () => {
    const [href = ''] = hrefsOf(await ask('REPORT', CALENDAR, DAVX5.sync('')));
    const put = await ask('PUT', href, {
      headers: { 'if-match': '"x"', 'content-type': 'text/calendar' },
      body: 'BEGIN:VCALENDAR',
    });
    expect([put.status, put.error]).toEqual([403, 'D:need-privileges']);
  });
});

describe('Thunderbird, replayed', () => {
  it('finds the calendar from the host’s name, and takes it as read-only', async () => {
    const root = found(await ask('PROPFIND', '/', THUNDERBIRD.location), '/');
    expect(root).toMatchObject({ 'D:current-user-principal': PRINCIPAL, 'C:calendar-home-set': HOME });
    expect(root['D:resourcetype']).toBeDefined();
    expect(
      found(await ask('PROPFIND', PRINCIPAL, THUNDERBIRD.location), PRINCIPAL)['C:calendar-home-set'],
    ).toBe(HOME);
    expect(found(await ask('PROPFIND', HOME, THUNDERBIRD.home), CALENDAR)).toMatchObject({
      'D:resourcetype': 'D:collection C:calendar',
      'D:displayname': 'Fay (busy)',
    });
    const calendar = found(await ask('PROPFIND', CALENDAR, THUNDERBIRD.capabilities), CALENDAR);
    expect(calendar['D:current-user-privilege-set']).toBeTruthy();
    expect(calendar['D:current-user-privilege-set']).not.toMatch(WRITING);
    expect(calendar['C:supported-calendar-component-set']).toContain('VEVENT');
    // What schedules or locks it would be tried for.
    const options = await ask('OPTIONS', HOME);
    expect([options.status, options.headers.get('dav')]).toEqual([200, '1, 3, calendar-access']);
  });

  it('follows by sync-collection of one level, and starts anew with a token that is refused', async () => {
    const first = await ask('REPORT', CALENDAR, THUNDERBIRD.sync(''));
    const hrefs = hrefsOf(first);
    expect(hrefs).toHaveLength(4);
    expectObjects(await ask('REPORT', CALENDAR, THUNDERBIRD.fetch(hrefs)), hrefs);
    const none = await ask('REPORT', CALENDAR, THUNDERBIRD.sync(first.syncToken ?? ''));
    expect([none.status, none.responses, none.syncToken]).toEqual([207, [], first.syncToken]);
    const lost = await ask('REPORT', CALENDAR, THUNDERBIRD.sync('x'));
    // An empty D:error would be read as a limit that was met, and the token kept.
    expect([lost.status, lost.error]).toEqual([403, 'D:valid-sync-token']);
    expect(hrefsOf(await ask('PROPFIND', CALENDAR, THUNDERBIRD.list)).sort()).toEqual([...hrefs].sort());
  });
});
