import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Stack } from '../../e2e/stack.fixture.ts';
import { type AskDav, DAV_NS, davClient, itemsOf } from './dav-client.fixture.ts';
import {
  addFeedHost,
  createFeed,
  DAY,
  type Feed,
  type FeedWorld,
  HOUR,
  MIDNIGHT,
  startFeedStack,
  utc,
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

const query = (filter: string) =>
  ask('REPORT', calendar, {
    headers: { depth: '1' },
    body: `<C:calendar-query ${DAV_NS}><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR">${filter}</C:comp-filter></C:filter></C:calendar-query>`,
  });
const inEvents = (filter: string) => query(`<C:comp-filter name="VEVENT">${filter}</C:comp-filter>`);
const range = (start: number | null, end: number | null) =>
  `<C:time-range${start === null ? '' : ` start="${utc(start)}"`}${end === null ? '' : ` end="${utc(end)}"`}/>`;

describe('calendar-query', () => {
  it('finds by time, also open at either end, and by the rule of overlap', async () => {
    const found = async (filter: string) => (await inEvents(filter)).responses.length;
    expect(await found(range(at(0), at(24)))).toBe(2);
    expect(await found(range(at(11), null))).toBe(1);
    expect(await found(range(null, at(11)))).toBe(1);
    expect(await found(range(at(10), at(12)))).toBe(0);
    expect(await found(range(at(9) + 1_000, at(9) + 2_000))).toBe(1);
    expect(await found('')).toBe(2);
    expect((await query('')).responses).toHaveLength(2);
    expect((await query('<C:comp-filter name="VTODO"/>')).responses).toHaveLength(0);
    expect(
      (await query('<C:comp-filter name="VTODO"><C:is-not-defined/></C:comp-filter>')).responses,
    ).toHaveLength(2);
    expect(await found('<C:comp-filter name="VALARM"/>')).toBe(0);
    expect(await found('<C:comp-filter name="VALARM"><C:is-not-defined/></C:comp-filter>')).toBe(2);
  });

  it('finds by what is written in an event', async () => {
    const uid = /UID:(.*)/.exec((await itemsOf(ask, calendar))[0]?.data ?? '')?.[1]?.trim();
    const found = async (filter: string) => (await inEvents(filter)).responses.length;
    expect(
      await found(
        `<C:prop-filter name="UID"><C:text-match collation="i;octet">${uid}</C:text-match></C:prop-filter>`,
      ),
    ).toBe(1);
    expect(
      await found('<C:prop-filter name="STATUS"><C:text-match>tentative</C:text-match></C:prop-filter>'),
    ).toBe(1);
    expect(
      await found(
        '<C:prop-filter name="STATUS"><C:text-match negate-condition="yes">tentative</C:text-match></C:prop-filter>',
      ),
    ).toBe(1);
    expect(await found('<C:prop-filter name="LOCATION"><C:is-not-defined/></C:prop-filter>')).toBe(2);
    expect(await found('<C:prop-filter name="LOCATION"/>')).toBe(0);
  });

  it.each([
    ['<C:prop-filter name="UID"><C:param-filter name="X"/></C:prop-filter>', 'C:supported-filter'],
    [
      '<C:prop-filter name="UID"><C:text-match collation="i;klingon">x</C:text-match></C:prop-filter>',
      'C:supported-collation',
    ],
    ['<C:time-range start="2026-12-01"/>', 'C:valid-filter'],
    ['<C:time-range start="20261301T000000Z"/>', 'C:valid-filter'],
    ['<C:time-range/>', 'C:valid-filter'],
    ['<C:time-range start="20261202T000000Z" end="20261201T000000Z"/>', 'C:valid-filter'],
  ])('refuses %s', async (filter, error) => {
    const answer = await inEvents(filter);
    expect([answer.status, answer.error]).toEqual([403, error]);
  });

  it('takes expand for what it is: nothing recurs', async () => {
    const { responses } = await ask('REPORT', calendar, {
      body: `<C:calendar-query ${DAV_NS}><D:prop><C:calendar-data><C:expand start="${utc(at(0))}" end="${utc(at(24))}"/></C:calendar-data></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">${range(at(0), at(11))}</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`,
    });
    expect(responses.map(({ props }) => props[200]?.['C:calendar-data'])).toEqual([
      (await itemsOf(ask, calendar))[0]?.data,
    ]);
  });
});

describe('calendar-multiget', () => {
  it('takes hrefs as clients write them, with any depth or none, and says what is missing', async () => {
    const [one, two] = await itemsOf(ask, calendar);
    const odd = two?.href.replace('busy', '%62usy') ?? '';
    const missing = [
      `${calendar}${'0'.repeat(32)}.ics`,
      '/dav/calendars/gil/busy/x.ics',
      'http://[bad',
      '/else',
    ];
    for (const headers of [{}, { depth: '0' }, { depth: '1' }] as Record<string, string>[]) {
      const answer = await ask('REPORT', calendar, {
        headers,
        body: `<C:calendar-multiget ${DAV_NS}><D:prop><D:getetag/><C:calendar-data/></D:prop>${[one?.href, stack.url + odd, one?.href, ...missing].map((href) => `<D:href>${href}</D:href>`).join('')}</C:calendar-multiget>`,
      });
      expect(answer.status).toBe(207);
      expect(
        answer.responses.map(({ href, status, props }) => [href, status, props[200]?.['D:getetag']]),
      ).toEqual([
        [one?.href, null, one?.etag],
        [two?.href, null, two?.etag],
        ...missing.map((href) => [href, 404, undefined]),
      ]);
    }
  });
});

describe('free-busy-query', () => {
  it('merges what overlaps, by kind, clipped to what was asked', async () => {
    const own = await addFeedHost(stack, 'xan');
    const reader = davClient(stack, 'xan', (await createFeed(stack, own.host.id)).secret);
    await own.put('a', { start: at(9), end: at(11) });
    await own.put('b', { start: at(10), end: at(12), kind: 'BUSY_TENTATIVE' });
    await own.put('c', { start: at(20), end: at(30), kind: 'BUSY_UNAVAILABLE' });
    const { status, headers, text } = await reader('REPORT', '/dav/calendars/xan/busy/', {
      headers: { depth: '1' },
      body: `<C:free-busy-query ${DAV_NS}>${range(at(10), at(24))}</C:free-busy-query>`,
    });
    expect([status, headers.get('content-type')]).toEqual([
      200,
      'text/calendar; charset=utf-8; component=vfreebusy',
    ]);
    expect(text.split('\r\n').filter((line) => /^(DTSTART|DTEND|FREEBUSY)/.test(line))).toEqual([
      `DTSTART:${utc(at(10))}`,
      `DTEND:${utc(at(24))}`,
      `FREEBUSY;FBTYPE=BUSY:${utc(at(10))}/${utc(at(11))}`,
      `FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:${utc(at(20))}/${utc(at(24))}`,
      `FREEBUSY;FBTYPE=BUSY-TENTATIVE:${utc(at(11))}/${utc(at(12))}`,
    ]);
  });

  it('claims nothing of times that are not looked at', async () => {
    const { text } = await ask('REPORT', calendar, {
      body: `<C:free-busy-query ${DAV_NS}>${range(at(0), at(0) + 4_000 * DAY)}</C:free-busy-query>`,
    });
    const end = /DTEND:(\w+)/.exec(text)?.[1] ?? '';
    expect(end).toBe(utc(Math.ceil((Date.now() + 180 * DAY) / DAY) * DAY));
    expect((await ask('REPORT', calendar, { body: `<C:free-busy-query ${DAV_NS}/>` })).status).toBe(400);
  });
});
