import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Stack } from '../../e2e/stack.fixture.ts';
import { sql } from '../../graphql/world.fixture.ts';
import { type Answer, type AskDav, DAV_NS, davClient, itemsOf } from './dav-client.fixture.ts';
import {
  addFeedHost,
  createFeed,
  DAY,
  type Feed,
  type FeedWorld,
  HOUR,
  iso,
  MIDNIGHT,
  startFeedStack,
} from './feeds-world.fixture.ts';

const at = (hour: number) => MIDNIGHT + hour * HOUR;

let stack: Stack;
let world: FeedWorld;
let feed: Feed;
let ask: AskDav;
let calendar: string;

beforeAll(async () => {
  stack = await startFeedStack();
  world = await addFeedHost(stack, 'fay');
  feed = await createFeed(stack, world.host.id);
  ask = davClient(stack, 'fay', feed.secret);
  calendar = '/dav/calendars/fay/busy/';
  await world.put('one', { start: at(9), end: at(10), title: 'Secret' });
  await world.put('two', { start: at(12), end: at(13), kind: 'BUSY_TENTATIVE' });
});
afterAll(() => stack?.close());

const sync = (
  token: string,
  more = '',
  { of = ask, path = calendar, headers = {} as Record<string, string> } = {},
) =>
  of('REPORT', path, {
    headers,
    body: `<D:sync-collection ${DAV_NS}><D:sync-token>${token}</D:sync-token><D:sync-level>1</D:sync-level>${more}<D:prop><D:getetag/></D:prop></D:sync-collection>`,
  });

const lines = ({ responses }: Answer) =>
  responses.map(({ href, status }) => `${status ?? 200} ${href}`).sort();

describe('sync-collection', () => {
  it('tells what began, moved and ended, and nothing twice', async () => {
    const own = await addFeedHost(stack, 'syd');
    const reader = davClient(stack, 'syd', (await createFeed(stack, own.host.id)).secret);
    const path = '/dav/calendars/syd/busy/';
    const go = (token: string, more = '') => sync(token, more, { of: reader, path });
    await own.put('a', { start: at(9), end: at(10) });
    await own.put('b', { start: at(11), end: at(12) });
    const first = await go('');
    expect(lines(first)).toHaveLength(2);
    const token = first.syncToken ?? '';
    for (const headers of [{ depth: '0' }, { depth: '1' }] as Record<string, string>[]) {
      const none = await sync(token, '', { of: reader, path, headers });
      expect([none.status, none.responses, none.syncToken]).toEqual([207, [], token]);
    }
    await own.put('a', { start: at(15), end: at(16) });
    await own.put('c', { start: at(17), end: at(18) });
    await own.take('blk_s', 'block', { start: at(20), end: at(21) });
    const second = await go(token);
    const now = await itemsOf(reader, path);
    const [b, a, c, block] = now.map(({ href }) => href);
    expect(lines(second)).toEqual([`200 ${a}`, `200 ${c}`, `200 ${block}`].sort());
    expect(second.responses.map(({ props }) => props[200]?.['D:getetag']).sort()).toEqual(
      now
        .slice(1)
        .map(({ etag }) => etag)
        .sort(),
    );
    await own.put('b', null);
    await own.take('blk_s', 'block', null);
    const third = await go(second.syncToken ?? '');
    expect(lines(third)).toEqual([`404 ${b}`, `404 ${block}`].sort());
    for (const { props } of third.responses) expect(props).toEqual({});
    // A client that was away all along: the block that came and went is none of theirs.
    expect(lines(await go(token))).toEqual([`200 ${a}`, `200 ${c}`, `404 ${b}`].sort());
  });

  it('goes with the ctag and the token that the calendar tells', async () => {
    const { responses } = await ask('PROPFIND', calendar, {
      headers: { depth: '0' },
      body: `<D:propfind ${DAV_NS}><D:prop><D:sync-token/></D:prop></D:propfind>`,
    });
    const token = responses[0]?.props[200]?.['D:sync-token'] ?? '';
    expect((await sync('')).syncToken).toBe(token);
    expect((await sync(token)).responses).toEqual([]);
  });

  it('tells that a calendar counts no more, and that it counts again', async () => {
    const own = await addFeedHost(stack, 'tom');
    const reader = davClient(stack, 'tom', (await createFeed(stack, own.host.id)).secret);
    const go = (token: string) => sync(token, '', { of: reader, path: '/dav/calendars/tom/busy/' });
    await own.put('a', { start: at(9), end: at(10) });
    const first = await go('');
    await sql(stack, 'update calendar set selected = false where id = $1', [own.calendar]);
    await own.put('a', null);
    const second = await go(first.syncToken ?? '');
    expect(lines(second)).toEqual(lines(first).map((line) => line.replace('200', '404')));
    await sql(stack, 'update calendar set selected = true where id = $1', [own.calendar]);
    await own.put('a', { start: at(9), end: at(10) });
    expect(lines(await go(second.syncToken ?? ''))).toEqual(lines(first));
  });

  it('tells again what was under way when the token was given', async () => {
    const own = await addFeedHost(stack, 'uma');
    const reader = davClient(stack, 'uma', (await createFeed(stack, own.host.id)).secret);
    const go = (token: string) => sync(token, '', { of: reader, path: '/dav/calendars/uma/busy/' });
    await own.put('a', { start: at(9), end: at(10) });
    const { syncToken, responses } = await go('');
    // Stored after the token was given, under a time before it.
    await own.put('late', { start: at(11), end: at(12) });
    await sql(stack, "update event set valid_from = now() - interval '30 s' where external_id = 'late'");
    const hrefs = (await itemsOf(reader, '/dav/calendars/uma/busy/')).map(({ href }) => `200 ${href}`);
    expect(lines(await go(syncToken ?? ''))).toEqual(hrefs.sort());
    expect(responses).toHaveLength(1);
  });

  it('tells an event of ours once it counts by itself', async () => {
    const own = await addFeedHost(stack, 'olga');
    const reader = davClient(stack, 'olga', (await createFeed(stack, own.host.id)).secret);
    const go = (token: string) => sync(token, '', { of: reader, path: '/dav/calendars/olga/busy/' });
    const place = { start: at(9), end: at(10) };
    await own.put('ours', place);
    await own.put('far', { start: at(40), end: at(41) });
    await own.take('bkg_olga', 'booking', place);
    await sql(
      stack,
      `insert into booking (id, organisation_id, event_type_id, hold_id, status, starts_at, ends_at, hosts, title,
        attendee_name, attendee_email, attendee_time_zone, created_at, updated_at)
       values ('bkg_olga', 'org', 'et', 'hold_olga', 'CONFIRMED', $1, $2, '{}', 'Intro', 'Grace', 'g@example.com', 'UTC', now(), now())`,
      [iso(place.start), iso(place.end)],
    );
    await sql(
      stack,
      `insert into booking_write (id, organisation_id, booking_id, host_id, calendar_id, account_id, provider, own_id,
        external_id, wanted, revision, done_revision, status, written_at, written_starts_at, written_ends_at)
       values ('bkw_olga', 'org', 'bkg_olga', $1, $2, 'acc', 'google', 'own-olga', 'ours', 'present', 1, 1, 'WRITTEN',
        now() - interval '1 h', $3, $4)`,
      [own.host.id, own.calendar, iso(place.start), iso(place.end)],
    );
    // All of this was long ago.
    await sql(stack, "update event set valid_from = now() - interval '50 min' where calendar_id = $1", [
      own.calendar,
    ]);
    const first = await go('');
    expect(lines(first)).toHaveLength(2);
    // Its booking is over, and somebody put the event back where it was.
    await own.take('bkg_olga', 'booking', null);
    await sql(stack, "update booking set status = 'CANCELLED', updated_at = now() where id = 'bkg_olga'");
    await sql(
      stack,
      "update booking_write set wanted = 'absent', revision = 2, done_revision = 2 where id = 'bkw_olga'",
    );
    const second = await go(first.syncToken ?? '');
    const now = (await itemsOf(reader, '/dav/calendars/olga/busy/')).map(({ href }) => href);
    expect(now).toHaveLength(2);
    expect(lines(second).filter((line) => line.startsWith('200'))).toEqual([`200 ${now[0]}`]);
    expect(lines(second).filter((line) => line.startsWith('404'))).toHaveLength(1);
  });

  it('tells all-day events that are written otherwise because the host moved to another zone', async () => {
    const own = await addFeedHost(stack, 'pia', 'UTC');
    const reader = davClient(stack, 'pia', (await createFeed(stack, own.host.id)).secret);
    const go = (token: string) => sync(token, '', { of: reader, path: '/dav/calendars/pia/busy/' });
    await own.put('days', { start: at(0), end: at(24), allDay: true });
    const first = await go('');
    await sql(stack, "update host set time_zone = 'Asia/Tokyo' where id = $1", [own.host.id]);
    const second = await go(first.syncToken ?? '');
    expect(lines(second)).toEqual(lines(first));
    expect(second.responses[0]?.props).not.toEqual(first.responses[0]?.props);
    await sql(stack, "update host set time_zone = 'UTC' where id = $1", [own.host.id]);
    const third = await go(second.syncToken ?? '');
    expect(third.responses[0]?.props).toEqual(first.responses[0]?.props);
  });

  it('tells what time brought in and took away', async () => {
    const own = await addFeedHost(stack, 'vic');
    const reader = davClient(stack, 'vic', (await createFeed(stack, own.host.id)).secret);
    const go = (token: string) => sync(token, '', { of: reader, path: '/dav/calendars/vic/busy/' });
    const { syncToken = '' } = await go('');
    // As if the token were of three days ago, when one was inside that now is too old, and one still too far.
    const then = Date.now() - 3 * DAY;
    const old = syncToken?.replace(/sync-\d+/, `sync-${then}`) ?? '';
    const from = Math.floor((Date.now() - 7 * DAY) / DAY) * DAY;
    const to = Math.ceil((Date.now() + 180 * DAY) / DAY) * DAY;
    await own.put('gone', { start: from - 5 * HOUR, end: from - HOUR });
    await own.put('come', { start: to - 5 * HOUR, end: to - HOUR });
    await own.put('neither', { start: from - 9 * DAY, end: from - 8 * DAY });
    await sql(stack, 'update event set valid_from = $2 where calendar_id = $1', [
      own.calendar,
      iso(then - DAY),
    ]);
    const received = await go(old);
    expect(received.responses.map(({ status }) => status).sort()).toEqual([404, null]);
  });

  it('goes by pages for a client that wants them', async () => {
    const own = await addFeedHost(stack, 'wim');
    const reader = davClient(stack, 'wim', (await createFeed(stack, own.host.id)).secret);
    const path = '/dav/calendars/wim/busy/';
    const go = (token: string) =>
      sync(token, '<D:limit><D:nresults>2</D:nresults></D:limit>', { of: reader, path });
    for (let i = 0; i < 5; i++) await own.put(`e${i}`, { start: at(i), end: at(i + 1) });
    const received: string[] = [];
    let token = '';
    for (let page = 0; page < 3; page++) {
      const answer = await go(token);
      const cut = answer.responses.find(({ href }) => href === path);
      expect([page, cut?.status, cut?.error]).toEqual(
        page < 2 ? [page, 507, 'D:number-of-matches-within-limits'] : [page, undefined, undefined],
      );
      received.push(...answer.responses.filter(({ href }) => href !== path).map(({ href }) => href));
      token = answer.syncToken ?? '';
    }
    expect(received.sort()).toEqual((await itemsOf(reader, path)).map(({ href }) => href).sort());
    expect((await go(token)).responses).toEqual([]);
  });

  it.each([
    'x',
    'data:,sync-1-aaaaaaaaaaaaaaaa',
    'data:,sync-99999999999999-aaaaaaaaaaaaaaaa',
    'http://example.com/ns/sync/5',
  ])('knows no token %s', async (token) => {
    const answer = await sync(token);
    expect([answer.status, answer.error]).toEqual([403, 'D:valid-sync-token']);
  });

  it('has one level', async () => {
    const answer = await ask('REPORT', calendar, {
      body: `<D:sync-collection ${DAV_NS}><D:sync-token/><D:sync-level>infinite</D:sync-level><D:prop/></D:sync-collection>`,
    });
    expect([answer.status, answer.error]).toEqual([403, 'D:sync-traversal-supported']);
  });
});
