import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Stack } from '../../e2e/stack.fixture.ts';
import { type AskDav, DAV_NS, davClient, itemsOf } from './dav-client.fixture.ts';
import {
  addFeedHost,
  createFeed,
  type Feed,
  type FeedWorld,
  HOUR,
  MIDNIGHT,
  revokeFeed,
  startFeedStack,
} from './feeds-world.fixture.ts';

const at = (hour: number) => MIDNIGHT + hour * HOUR;

let stack: Stack;
let world: FeedWorld;
let feed: Feed;
let ask: AskDav;
let home: string;
let calendar: string;

beforeAll(async () => {
  stack = await startFeedStack();
  world = await addFeedHost(stack, 'fay');
  feed = await createFeed(stack, world.host.id);
  ask = davClient(stack, 'fay', feed.secret);
  home = '/dav/calendars/fay/';
  calendar = `${home}busy/`;
  await world.put('one', { start: at(9), end: at(10), title: 'Secret' });
  await world.put('two', { start: at(12), end: at(13), kind: 'BUSY_TENTATIVE' });
});
afterAll(() => stack?.close());

describe('who may read', () => {
  it('says so by the slug and the secret, and is asked for them otherwise', async () => {
    const other = await createFeed(stack, (await addFeedHost(stack, 'gil')).host.id);
    for (const [user, password] of [
      ['fay', 'wrong'],
      ['fay', ''],
      ['', feed.secret],
      ['gil', feed.secret],
      ['fay', other.secret],
      ['fay', `${feed.secret} `],
    ] as const) {
      const answer = await davClient(stack, user, password)('PROPFIND', '/dav/', { headers: { depth: '0' } });
      expect([user, password, answer.status]).toEqual([user, password, 401]);
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="Slotwire", charset="UTF-8"');
    }
    for (const headers of [
      {},
      { authorization: 'Bearer x' },
      { authorization: 'Basic !' },
      { authorization: 'Basic eA==' },
    ]) {
      expect((await ask('PROPFIND', '/dav/', { known: false, headers })).status).toBe(401);
      for (const method of ['GET', 'REPORT', 'PUT', 'DELETE', 'MKCALENDAR', 'PROPPATCH'])
        expect((await ask(method, calendar, { known: false, headers })).status).toBe(401);
    }
    expect((await ask('PROPFIND', '/dav/', { headers: { depth: '0' } })).status).toBe(207);
  });

  it('is nobody once the feed was revoked', async () => {
    const short = await createFeed(stack, world.host.id);
    const reader = davClient(stack, 'fay', short.secret);
    expect((await reader('PROPFIND', calendar, { headers: { depth: '0' } })).status).toBe(207);
    await revokeFeed(stack, short.id);
    expect((await reader('PROPFIND', calendar, { headers: { depth: '0' } })).status).toBe(401);
  });

  it('finds nothing of other hosts', async () => {
    for (const path of [
      '/dav/calendars/gil/',
      '/dav/calendars/gil/busy/',
      '/dav/principals/gil/',
      '/dav/calendars/nobody/',
    ])
      expect((await ask('PROPFIND', path, { headers: { depth: '0' } })).status).toBe(404);
  });
});

describe('OPTIONS', () => {
  it('tells what there is, without credentials too, and promises neither locks nor scheduling', async () => {
    for (const path of [
      '/',
      '/.well-known/caldav',
      '/dav',
      '/dav/',
      home,
      calendar,
      '/dav/principals/fay/',
      `${calendar}x.ics`,
    ]) {
      for (const known of [true, false]) {
        const { status, headers } = await ask('OPTIONS', path, { known });
        expect([path, status, headers.get('dav'), headers.get('allow')]).toEqual([
          path,
          200,
          '1, 3, calendar-access',
          'OPTIONS, GET, HEAD, PROPFIND, REPORT',
        ]);
      }
    }
  });
});

describe('PROPFIND', () => {
  const props = (names: string) =>
    `<D:propfind ${DAV_NS} xmlns:CS="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/"><D:prop>${names}</D:prop></D:propfind>`;

  it('leads from the root to the calendar', async () => {
    const first = async (path: string, name: string) => {
      const { responses } = await ask('PROPFIND', path, {
        headers: { depth: '0' },
        body: props(`<${name}/>`),
      });
      return responses[0]?.props[200]?.[name];
    };
    for (const path of ['/', '/.well-known/caldav', '/dav', '/dav/'])
      expect(await first(path, 'D:current-user-principal')).toBe('/dav/principals/fay/');
    expect(await first('/dav/principals/fay/', 'C:calendar-home-set')).toBe(home);
    const { responses } = await ask('PROPFIND', home, {
      headers: { depth: '1' },
      body: props('<D:resourcetype/><D:displayname/>'),
    });
    expect(
      responses.map(({ href, props: { 200: found } }) => [
        href,
        found?.['D:resourcetype'],
        found?.['D:displayname'],
      ]),
    ).toEqual([
      [home, 'D:collection', 'Fay'],
      [calendar, 'D:collection C:calendar', 'Fay (busy)'],
    ]);
  });

  it('tells of a calendar what clients decide by', async () => {
    const { responses } = await ask('PROPFIND', calendar, {
      headers: { depth: '0' },
      body: props(
        '<D:resourcetype/><D:current-user-privilege-set/><D:supported-report-set/><C:supported-calendar-component-set/><D:owner/><D:sync-token/><CS:getctag/><C:max-resource-size/><C:schedule-calendar-transp/><A:calendar-color/><CS:source/><C:calendar-timezone/><x:y xmlns:x="urn:other"/><plain xmlns=""/>',
      ),
    });
    expect(responses).toHaveLength(1);
    const { 200: found = {}, 404: missing = {} } = responses[0]?.props ?? {};
    expect(found).toMatchObject({
      'D:resourcetype': 'D:collection C:calendar',
      'D:current-user-privilege-set':
        'D:privilege(D:read) D:privilege(D:read-current-user-privilege-set) D:privilege(C:read-free-busy)',
      'D:supported-report-set': [
        'C:calendar-query',
        'C:calendar-multiget',
        'C:free-busy-query',
        'D:sync-collection',
      ]
        .map((name) => `D:supported-report(D:report(${name}))`)
        .join(' '),
      'C:supported-calendar-component-set': 'C:comp=VEVENT',
      'D:owner': '/dav/principals/fay/',
      'C:schedule-calendar-transp': 'C:opaque',
    });
    expect(found['D:sync-token']).toMatch(/^data:,/);
    expect(found['CS:getctag']).toBe(found['D:sync-token']);
    expect(Object.keys(missing)).toEqual(['CS:source', 'C:calendar-timezone', 'urn:other:y', 'null:plain']);
  });

  it('lists items with their ETags, one level deep', async () => {
    const { responses } = await ask('PROPFIND', calendar, {
      headers: { depth: '1' },
      body: props(
        '<D:getetag/><D:getcontenttype/><D:resourcetype/><D:getcontentlength/><D:getlastmodified/>',
      ),
    });
    expect(responses.map(({ href }) => href)).toEqual([
      calendar,
      ...(await itemsOf(ask, calendar)).map(({ href }) => href),
    ]);
    for (const { href, props: received } of responses.slice(1)) {
      expect(href).toMatch(/^\/dav\/calendars\/fay\/busy\/[\da-f]{32}\.ics$/);
      expect(received[200]).toMatchObject({
        'D:getetag': expect.stringMatching(/^"[\w-]{27}"$/),
        'D:getcontenttype': 'text/calendar; charset=utf-8; component=vevent',
        'D:resourcetype': '',
      });
      expect(received[404]).toBeUndefined();
    }
  });

  it('takes an empty body and allprop for all, and names alone for propname', async () => {
    const empty = await ask('PROPFIND', calendar, { headers: { depth: '0' } });
    const all = await ask('PROPFIND', calendar, {
      headers: { depth: '0' },
      body: `<D:propfind ${DAV_NS}><D:allprop/><D:include><D:sync-token/></D:include></D:propfind>`,
    });
    expect(empty.responses[0]?.props[200]).toMatchObject({
      'D:displayname': 'Fay (busy)',
      'D:resourcetype': expect.anything(),
    });
    expect(all.responses[0]?.props[200]).toMatchObject({
      ...empty.responses[0]?.props[200],
      'D:sync-token': expect.any(String),
    });
    const named = await ask('PROPFIND', calendar, {
      headers: { depth: '0' },
      body: `<D:propfind ${DAV_NS}><D:propname/></D:propfind>`,
    });
    const names = Object.entries(named.responses[0]?.props[200] ?? {});
    expect(names.map(([name]) => name)).toEqual(
      expect.arrayContaining(['D:sync-token', 'CS:getctag', 'A:calendar-color']),
    );
    expect(names.every(([, value]) => value === '')).toBe(true);
  });

  it('is lenient towards no depth, and has no infinity', async () => {
    expect((await ask('PROPFIND', calendar)).responses).toHaveLength(1);
    const deep = await ask('PROPFIND', '/dav/', { headers: { depth: 'infinity' } });
    expect([deep.status, deep.error]).toEqual([403, 'D:propfind-finite-depth']);
    expect((await ask('PROPFIND', '/dav/', { headers: { depth: '2' } })).status).toBe(400);
  });

  it('passes over what is not there when asked to say little', async () => {
    for (const headers of [{ prefer: 'return=minimal' }, { brief: 't' }] as Record<string, string>[]) {
      const { responses } = await ask('PROPFIND', calendar, {
        headers: { depth: '0', ...headers },
        body: props('<D:displayname/><D:nothing/>'),
      });
      expect(responses[0]?.props).toEqual({ 200: { 'D:displayname': 'Fay (busy)' } });
    }
  });

  it.each([
    ['no XML', '<D:propfind xmlns:D="DAV:">'],
    ['another root', `<D:other ${DAV_NS}/>`],
    ['no question', `<D:propfind ${DAV_NS}/>`],
    [
      'a DTD',
      `<!DOCTYPE x [<!ENTITY a "b">]><D:propfind ${DAV_NS}><D:prop><D:displayname/></D:prop></D:propfind>`,
    ],
    ['an entity that nobody declared', `<D:propfind ${DAV_NS}><D:prop>&amp;&x;</D:prop></D:propfind>`],
  ])('refuses %s', async (_what, body) => {
    expect((await ask('PROPFIND', calendar, { headers: { depth: '0' }, body })).status).toBe(400);
  });

  it('refuses what is not UTF-8, and what is too long', async () => {
    const hidden = Buffer.from('<!DOCTYPE x><a/>', 'utf16le');
    const response = await fetch(stack.url + calendar, {
      method: 'PROPFIND',
      body: Buffer.concat([Buffer.from([0xff, 0xfe]), hidden]),
      headers: { authorization: `Basic ${Buffer.from(`fay:${feed.secret}`).toString('base64')}` },
    });
    expect(response.status).toBe(400);
    expect((await ask('PROPFIND', calendar, { body: ' '.repeat(600_000) })).status).toBe(413);
  });
});

describe('an item', () => {
  it('is one event of one UID with the ETag that was sent', async () => {
    const [item] = await itemsOf(ask, calendar);
    for (const method of ['GET', 'HEAD']) {
      const got = await ask(method, item?.href ?? '');
      expect([got.status, got.headers.get('etag'), got.headers.get('content-type')]).toEqual([
        200,
        item?.etag,
        'text/calendar; charset=utf-8; component=vevent',
      ]);
      if (method === 'GET')
        expect(got.text.replaceAll('\r', '').trim()).toBe(item?.data.replaceAll('\r', ''));
    }
    const known = await ask('GET', item?.href ?? '', { headers: { 'if-none-match': item?.etag ?? '' } });
    expect([known.status, known.text]).toEqual([304, '']);
    expect(item?.data.match(/BEGIN:VEVENT/g)).toHaveLength(1);
    expect(item?.data).not.toContain('METHOD');
    expect(item?.data).not.toContain('Secret');
    expect(item?.href).toContain(/UID:([\da-f]{32})@/.exec(item?.data ?? '')?.[1] ?? 'none');
  });

  it('is not there under another name', async () => {
    for (const name of ['0'.repeat(32), '../../../../etc/passwd', '%2e%2e', '%E0%A4%A', 'x'])
      expect((await ask('GET', `${calendar}${name}.ics`)).status).toBe(404);
    expect(
      (await ask('PROPFIND', `${calendar}${'0'.repeat(32)}.ics`, { headers: { depth: '0' } })).status,
    ).toBe(404);
  });

  it('comes with all others from the calendar itself', async () => {
    const whole = await ask('GET', calendar);
    expect(whole.status).toBe(200);
    expect(whole.text).toBe(await (await fetch(feed.url)).text());
    expect((await ask('GET', home)).status).toBe(405);
  });
});

describe('what is not for readers', () => {
  it.each([
    ['PUT', 'write-content'],
    ['POST', 'write-content'],
    ['PATCH', 'write-content'],
    ['LOCK', 'write-content'],
    ['UNLOCK', 'write-content'],
    ['DELETE', 'unbind'],
    ['MOVE', 'unbind'],
    ['COPY', 'bind'],
    ['MKCOL', 'bind'],
    ['MKCALENDAR', 'bind'],
    ['ACL', 'write-acl'],
  ])('%s is refused with what is lacking', async (method, privilege) => {
    const [item] = await itemsOf(ask, calendar);
    for (const path of [item?.href ?? '', `${calendar}mine.ics`, calendar, home]) {
      const answer = await ask(method, path, { headers: { destination: `${stack.url}${calendar}x.ics` } });
      expect([answer.status, answer.error]).toEqual([403, 'D:need-privileges']);
      expect(answer.text).toContain(`<D:resource><D:href>${path}</D:href><D:privilege><D:${privilege}/>`);
    }
    expect(await itemsOf(ask, calendar)).toHaveLength(2);
  });

  it('PROPPATCH is refused each property that it may not change', async () => {
    const { status, responses } = await ask('PROPPATCH', calendar, {
      body: `<D:propertyupdate ${DAV_NS} xmlns:A="http://apple.com/ns/ical/"><D:set><D:prop><A:calendar-color>#FF0000</A:calendar-color></D:prop></D:set><D:remove><D:prop><D:displayname/></D:prop></D:remove></D:propertyupdate>`,
    });
    expect([status, responses[0]?.props]).toEqual([
      207,
      { 403: { 'A:calendar-color': '', 'D:displayname': '' } },
    ]);
    expect((await ask('PROPPATCH', calendar, { body: '' })).status).toBe(400);
  });

  it('other reports, and reports of what is no calendar', async () => {
    const asked = async (path: string, body: string) => {
      const { status, error } = await ask('REPORT', path, { body });
      return [status, error];
    };
    const refused = [403, 'D:supported-report'];
    expect(await asked(calendar, `<D:expand-property ${DAV_NS}/>`)).toEqual(refused);
    expect(await asked('/dav/principals/fay/', `<D:principal-property-search ${DAV_NS}/>`)).toEqual(refused);
    expect(await asked(home, `<C:calendar-query ${DAV_NS}/>`)).toEqual(refused);
    expect(await asked(calendar, '')).toEqual([400, null]);
  });
});

describe('what is asked too often', () => {
  it('is asked to wait', async () => {
    const small = await startFeedStack({ RATE_LIMIT_ANONYMOUS: '5/PT1H', TRUSTED_PROXIES: '127.0.0.1' });
    try {
      const own = await addFeedHost(small, 'zoe');
      const { secret } = await createFeed(small, own.host.id);
      const reader = davClient(small, 'zoe', secret);
      const stranger = davClient(small, 'zoe', 'guessed');
      const received = [];
      for (let i = 0; i < 6; i++)
        received.push(await reader('PROPFIND', '/dav/', { headers: { 'x-forwarded-for': `192.0.2.${i}` } }));
      expect(received.map(({ status }) => status)).toEqual([207, 207, 207, 207, 207, 429]);
      expect(Number(received.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0);
      const guesses = [];
      for (let i = 0; i < 6; i++)
        guesses.push(
          (await stranger('PROPFIND', '/dav/', { headers: { 'x-forwarded-for': '198.51.100.1' } })).status,
        );
      expect(guesses).toEqual([401, 401, 401, 401, 401, 429]);
    } finally {
      await small.close();
    }
  });
});

describe('/.well-known/caldav', () => {
  it('leads a browser to /dav/', async () => {
    const { status, headers } = await ask('GET', '/.well-known/caldav', { known: false });
    expect([status, headers.get('location')]).toEqual([302, '/dav/']);
  });
});
