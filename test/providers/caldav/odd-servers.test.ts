/** What servers do that is odd, each on its own: seen in real ones, or read in other clients. */
import { afterEach, describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../../../src/clock.ts';
import { createGuardedClient } from '../../../src/net/client.ts';
import type { Services } from '../../../src/providers/caldav/discovery.ts';
import { createCalDav } from '../../../src/providers/caldav/index.ts';
import type { ChangePage } from '../../../src/providers/port.ts';
import { createReader } from '../../../src/providers/reader.ts';
import type { WebFetch, WebRequest } from '../../../src/providers/web.ts';
import { createCopy } from '../../contracts/calendar-copy.ts';
import { calendarObject } from '../../harness/dav-server.ts';
import { failureOf, pagesOf } from '../fake-server.ts';
import { accessBy, BERLIN } from './dav-world.ts';
import { CALENDAR, createOddServer, type Oddities, USER } from './odd-server.ts';

const NOW = Date.parse('2026-10-20T08:00:00Z');
const WINDOW = { from: NOW - 7 * DAY, to: NOW + 60 * DAY };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const stamp = (instant: number) => new Date(instant).toISOString().replace(/[-:]|\.\d+/g, '');
const event = (uid: string, day: number, ...more: string[]) =>
  calendarObject(
    'BEGIN:VEVENT',
    `UID:${uid}`,
    `DTSTART:${stamp(NOW + day * DAY)}`,
    `DTEND:${stamp(NOW + day * DAY + HOUR)}`,
    `SUMMARY:${uid}`,
    ...more,
    'END:VEVENT',
  );

/** What the network does to a request, before a server hears of it. */
type Network = (url: string, request: WebRequest) => void;

const told = (inner: string) => ({
  status: 207,
  body: `<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">${inner}</D:multistatus>`,
});

async function open(odd: Oddities = {}, services?: Services, network: Network = () => {}) {
  const server = await createOddServer(odd);
  closing.push(server.close);
  // Every name leads here.
  const guarded = createGuardedClient({
    allowPrivate: true,
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  });
  const fetch: WebFetch = async (url, request) => {
    network(url, request);
    return guarded(url, request);
  };
  const provider = createCalDav({
    fetch,
    reader: createReader(),
    plain: true,
    ...(services ? { services } : {}),
  });
  const accessAt = (url: string, given: Partial<typeof USER> = {}) =>
    accessBy(provider.secret?.read({ url, ...USER, ...given }) ?? '');
  const copy = createCopy();
  let cursor: string | null = null;
  return {
    ...server,
    provider,
    copy,
    accessAt,
    access: accessAt(`${server.url}/`),
    /** @returns what was told; the copy has it. */
    async sync(
      more: { cursor?: string | null; timeZone?: string; hostZone?: string } = {},
    ): Promise<ChangePage[]> {
      const { timeZone = null, hostZone = 'UTC' } = more;
      const pages = await pagesOf(
        provider.pullChanges({
          access: accessAt(`${server.url}/`),
          calendar: { externalId: `${server.url}${CALENDAR}`, timeZone, hostZone },
          cursor: more.cursor === undefined ? cursor : more.cursor,
          window: WINDOW,
        }),
      );
      for (const page of pages) copy.apply(page);
      cursor = pages.at(-1)?.cursor ?? null;
      return pages;
    },
    titles: () => copy.events().map(({ title }) => title),
    cursor: () => JSON.parse(cursor ?? 'null') as Record<string, unknown>,
  };
}

describe('authentication', () => {
  it.each([
    ['MD5', {}],
    ['MD5 by name, and sessions', { algorithm: 'MD5-sess' }],
    ['SHA-256', { algorithm: 'SHA-256' }],
    ['SHA-256 and sessions', { algorithm: 'SHA-256-sess' }],
    ['the old way, without qop', { qop: '' }],
  ])('by Digest alone: %s', async (_how, digest) => {
    const odd = await open({ digest });
    odd.put('one.ics', event('one', 1));
    expect(await odd.provider.listCalendars(odd.access)).toHaveLength(1);
    await odd.sync();
    await odd.sync();
    expect(odd.titles()).toEqual(['one']);
    // Basic is tried once, then the nonce is kept over rounds.
    expect(odd.asked.filter(({ headers }) => headers.authorization?.startsWith('Basic'))).toHaveLength(1);
  });

  it('takes the next nonce when one is stale, and gives up when the password is wrong', async () => {
    const odd = await open({ digest: { uses: 2 } });
    odd.put('one.ics', event('one', 1));
    for (let round = 0; round < 4; round += 1) await odd.sync();
    expect(odd.titles()).toEqual(['one']);
    const wrong = odd.accessAt(`${odd.url}/`, { password: 'Scar' });
    const before = odd.asked.length;
    expect(await failureOf(odd.provider.identify(wrong))).toMatchObject({ reason: 'auth-revoked' });
    expect(odd.asked.length - before).toBeLessThanOrEqual(3);
  });
});

it('asks by Basic again where Digest is no longer wanted', async () => {
  const odd = await open({ digest: {} });
  await odd.sync();
  delete odd.odd.digest;
  odd.put('one.ics', event('one', 1));
  await odd.sync();
  expect(odd.titles()).toEqual(['one']);
});

describe('discovery', () => {
  it('finds homes on another host of the same site, and several', async () => {
    const odd = await open();
    odd.odd.homes = [`http://p42-caldav.icloud.example:${odd.port}/cal/`, '/cal/'];
    const access = odd.accessAt(`http://caldav.icloud.example:${odd.port}/`);
    const found = await odd.provider.listCalendars(access);
    expect(found.map(({ externalId }) => new URL(externalId).hostname)).toEqual([
      'p42-caldav.icloud.example',
      'caldav.icloud.example',
    ]);
  });

  it('takes the calendar that the server calls default, and leaves out what is on another site', async () => {
    const odd = await open({ second: true });
    odd.odd.homes = ['http://elsewhere.example/cal/', '/cal/'];
    const primaries = async () =>
      (await odd.provider.listCalendars(odd.access)).map(({ name, primary }) => [name, primary]);
    expect(await primaries()).toEqual([
      ['Work', false],
      ['second', true],
    ]);
    odd.odd.first = ({ path }) => (path === '/inbox/' ? { status: 403 } : null);
    expect(await primaries()).toEqual([
      ['Work', true],
      ['second', false],
    ]);
    const elsewhere = told(
      '<D:response><D:href>http://elsewhere.example/x/</D:href><D:propstat><D:prop><D:resourcetype><C:calendar/></D:resourcetype></D:prop></D:propstat></D:response>',
    );
    odd.odd.first = ({ path }) => (path === '/cal/' ? elsewhere : null);
    expect(await primaries()).toEqual([]);
  });

  it("doesn't knock at every door of a server that is away", async () => {
    let asked = 0;
    const odd = await open({}, { srv: async () => [], txt: async () => [] }, () => {
      asked += 1;
      throw Object.assign(new Error('away'), { name: 'NetError', reason: 'network' });
    });
    expect(await failureOf(odd.provider.identify(odd.access))).toMatchObject({ reason: 'transient' });
    expect(asked).toBe(1);
  });

  it("doesn't give the password to another site, neither by a home nor by a redirect", async () => {
    const odd = await open();
    odd.odd.homes = [`http://caldav.elsewhere.example:${odd.port}/cal/`];
    const access = odd.accessAt(`http://caldav.icloud.example:${odd.port}/`);
    const refusal = { reason: 'rejected', words: expect.stringContaining('another site') };
    expect(await failureOf(odd.provider.listCalendars(access))).toMatchObject(refusal);
    odd.odd.first = ({ path, headers: { host } }) =>
      path === '/' && host?.startsWith('caldav.icloud')
        ? { status: 301, headers: { location: `http://elsewhere.example:${odd.port}/` } }
        : null;
    expect(await failureOf(odd.provider.identify(access))).toMatchObject(refusal);
    expect(odd.asked.filter(({ headers }) => headers.host?.includes('elsewhere'))).toEqual([]);
  });

  it('asks nobody over http, and nobody on a private network, unless that is allowed', async () => {
    const odd = await open();
    const reader = createReader();
    const guarded = (allowPrivate: boolean, plain: boolean) =>
      createCalDav({ fetch: createGuardedClient({ allowPrivate }), reader, plain });
    expect(await failureOf(guarded(true, false).identify(odd.access))).toMatchObject({
      reason: 'rejected',
      words: expect.stringContaining('https'),
    });
    expect(await failureOf(guarded(false, true).identify(odd.access))).toMatchObject({
      reason: 'rejected',
      words: expect.stringContaining('public internet'),
    });
    expect(odd.asked).toEqual([]);
  });

  it.each([301, 302, 303, 307, 308])('follows %i, and asks the same again', async (status) => {
    const odd = await open({
      first: ({ path }) => (path === '/.well-known/caldav' ? { status, headers: { location: '/' } } : null),
    });
    const access = odd.accessAt(`${odd.url}/.well-known/caldav`);
    expect(await odd.provider.identify(access)).toEqual({ subject: `${odd.url}/me/`, email: null });
    expect(odd.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PROPFIND /.well-known/caldav',
      'PROPFIND /',
      'PROPFIND /me/',
    ]);
  });

  it('goes on to the well-known address, and gives up where nothing leads on', async () => {
    const odd = await open({
      first: ({ path }) =>
        path === '/.well-known/caldav' ? { status: 301, headers: { location: '/' } } : null,
    });
    expect((await odd.provider.identify(odd.accessAt(`${odd.url}/some/page`))).subject).toBe(
      `${odd.url}/me/`,
    );
    odd.odd.first = ({ headers }) => (headers.authorization ? { status: 200, body: '<html>Hello' } : null);
    expect(await failureOf(odd.provider.identify(odd.access))).toMatchObject({
      reason: 'rejected',
      words: expect.stringContaining('No CalDAV service'),
    });
    odd.odd.first = () => ({ status: 301, headers: { location: '/' } });
    expect(await failureOf(odd.provider.identify(odd.access))).toMatchObject({ reason: 'rejected' });
  });

  it('asks the domain name system where a bare domain has its service', async () => {
    const asked: string[] = [];
    const odd = await open(
      { first: ({ headers: { host } }) => (host?.startsWith('icloud.example') ? { status: 404 } : null) },
      {
        async srv(name) {
          asked.push(name);
          return [{ name: 'elsewhere.example', port: 443, priority: 1 }];
        },
        txt: async () => [['path=', '/dav/']],
      },
    );
    // Another site's, so that the password stays here.
    const failure = await failureOf(
      odd.provider.identify(odd.accessAt(`http://icloud.example:${odd.port}/`)),
    );
    expect(failure).toMatchObject({ words: expect.stringContaining('another site') });
    expect(asked).toEqual(['_caldavs._tcp.icloud.example']);
  });

  it('leaves out what is for tasks, and takes what says nothing', async () => {
    const tasks =
      '<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>';
    const odd = await open({ components: tasks });
    expect(await odd.provider.listCalendars(odd.access)).toEqual([]);
    odd.odd.components = '';
    expect(await odd.provider.listCalendars(odd.access)).toMatchObject([{ name: 'Work', primary: true }]);
  });

  it('reads prefixes of any kind', async () => {
    for (const prefixes of [
      { dav: '', caldav: 'ns0' },
      { dav: 'ns1', caldav: '' },
      { dav: 'x.y', caldav: 'D' },
    ]) {
      const odd = await open({ prefixes });
      odd.put('one.ics', event('one', 1));
      expect(await odd.provider.listCalendars(odd.access)).toHaveLength(1);
      await odd.sync();
      expect(odd.titles()).toEqual(['one']);
    }
  });
});

describe('changes', () => {
  it('takes a sync-collection that comes in parts', async () => {
    const odd = await open({ part: 2 });
    for (const day of [1, 2, 3, 4, 5]) odd.put(`${day}.ics`, event(`e${day}`, day));
    await odd.sync();
    expect(odd.titles()).toEqual(['e1', 'e2', 'e3', 'e4', 'e5']);
    for (const day of [1, 2, 3]) odd.remove(`${day}.ics`);
    odd.put('6.ics', event('e6', 6));
    await odd.sync();
    expect(odd.titles()).toEqual(['e4', 'e5', 'e6']);
    expect(odd.asked.filter(({ body }) => body.includes('sync-collection'))).toHaveLength(5);
  });

  it('sends Depth: 1 to who wants it', async () => {
    const odd = await open({ depthOne: true });
    odd.put('one.ics', event('one', 1));
    await odd.sync();
    expect(odd.cursor()).toMatchObject({ kind: 'sync' });
    expect(odd.titles()).toEqual(['one']);
  });

  it.each([400, 403, 404, 409, 410, 412, 500, 501, 507])(
    'reads everything anew when a token is refused by %i',
    async (status) => {
      const odd = await open({ refusal: { status, body: '' } });
      odd.put('one.ics', event('one', 1));
      await odd.sync();
      odd.expireTokens();
      expect(await failureOf(odd.sync())).toMatchObject({ reason: 'cursor-expired', status });
      await odd.sync({ cursor: null });
      expect(odd.titles()).toEqual(['one']);
    },
  );

  it.each([502, 503, 504, 429])("doesn't take %i for a word about the token", async (status) => {
    const odd = await open({ refusal: { status, body: '' } });
    await odd.sync();
    odd.expireTokens();
    expect((await failureOf(odd.sync())).reason).toBe(status === 429 ? 'rate-limited' : 'transient');
  });

  it('waits as long as it is told, also by 403', async () => {
    const odd = await open();
    await odd.sync();
    odd.odd.first = () => ({ status: 403, headers: { 'retry-after': '30' } });
    expect(await failureOf(odd.sync())).toMatchObject({ reason: 'rate-limited', retryAfter: 30_000 });
  });

  it.each([
    ['a ctag, where there is no sync-collection', { syncs: false }, 'ctag'],
    ['a ctag, where sync-collection fails', { noSync: 500 }, 'ctag'],
    ['etags alone', { syncs: false, ctag: false }, 'etags'],
  ])('compares by %s', async (_how, oddities, kind) => {
    const odd = await open(oddities);
    odd.put('one.ics', event('one', 1));
    odd.put('two.ics', event('two', 2));
    await odd.sync();
    expect(odd.cursor()).toMatchObject({ kind });
    odd.put('one.ics', event('changed', 3));
    odd.put('three.ics', event('three', 4));
    odd.remove('two.ics');
    const before = odd.asked.length;
    expect((await odd.sync()).flatMap(({ changes }) => changes)).toHaveLength(3);
    expect(odd.titles()).toEqual(['changed', 'three']);
    expect(odd.asked.slice(before).filter(({ body }) => body.includes('two.ics'))).toEqual([]);
    const quiet = odd.asked.length;
    expect((await odd.sync()).flatMap(({ changes }) => changes)).toEqual([]);
    expect(odd.asked.length - quiet).toBe(1);
  });

  it('begins anew when the ctag or sync-collection is no longer there', async () => {
    const odd = await open({ syncs: false });
    await odd.sync();
    odd.odd.ctag = false;
    expect(await failureOf(odd.sync())).toMatchObject({ reason: 'cursor-expired' });
    odd.odd.syncs = true;
    await odd.sync({ cursor: null });
    odd.odd.noSync = 405;
    expect(await failureOf(odd.sync())).toMatchObject({ reason: 'cursor-expired' });
  });

  it('reads objects without an etag each time', async () => {
    const odd = await open({ syncs: false, ctag: false, etags: false, contentTypes: false });
    odd.put('one.ics', event('one', 1));
    await odd.sync();
    odd.put('one.ics', event('other', 1));
    await odd.sync();
    expect(odd.titles()).toEqual(['other']);
  });

  it('knows an object by its href, however that is written', async () => {
    const name = 'é (1)+#a.ics';
    const odd = await open({ syncs: false });
    const encoded = (path: string) => path.split('/').map(encodeURIComponent).join('/');
    odd.odd.href = encoded;
    odd.put(name, event('one', 1));
    await odd.sync();
    odd.odd.href = (path) =>
      encoded(path)
        .replace(/%[\dA-F]{2}/g, (code) => code.toLowerCase())
        .replace('%2b', '+');
    odd.odd.absolute = true;
    odd.put('two.ics', event('two', 2));
    const told = (await odd.sync()).flatMap(({ changes }) => changes);
    expect(told).toMatchObject([{ seriesId: 'two.ics' }]);
  });

  it.each(['none', 'no data', 'one missing'] as const)(
    'reads one by one where multiget has: %s',
    async (multiget) => {
      const odd = await open({ multiget });
      odd.put('one.ics', event('one', 1));
      odd.put('two.ics', event('two', 2));
      await odd.sync();
      expect(odd.titles()).toEqual(['one', 'two']);
    },
  );

  it('takes what vanished between two answers for removed', async () => {
    const odd = await open();
    odd.put('one.ics', event('one', 1));
    odd.put('two.ics', event('two', 2));
    await odd.sync();
    odd.put('one.ics', event('again', 1));
    odd.odd.first = ({ body }) => {
      if (body.includes('multiget')) odd.lose('one.ics');
      return null;
    };
    await odd.sync();
    expect(odd.titles()).toEqual(['two']);
    expect(odd.asked.filter(({ method }) => method === 'GET')).toEqual([]);
    // The same, asked one by one.
    odd.odd.multiget = 'none';
    odd.put('two.ics', event('again', 2));
    odd.odd.first = ({ method }) => {
      if (method === 'GET') odd.lose('two.ics');
      return null;
    };
    expect((await odd.sync()).at(-1)).not.toHaveProperty('partial');
    expect(odd.titles()).toEqual([]);
  });

  it('believes the later of two words, and leaves out folders', async () => {
    const odd = await open();
    odd.put('one.ics', event('one', 1));
    await odd.sync();
    const gone = `<D:response><D:href>${CALENDAR}one.ics</D:href><D:status>HTTP/1.1 404 Gone</D:status></D:response>`;
    const here = `<D:response><D:href>${CALENDAR}one.ics</D:href><D:status>HTTP/1.1 200 OK</D:status></D:response>`;
    const folder = here.replace('one.ics', 'attachments/');
    const token = '<D:sync-token>a:1</D:sync-token>';
    const answers = [gone + here + folder, here + gone].map((inner) => told(inner + token));
    odd.odd.first = ({ body }) => (body.includes('sync-collection') ? (answers.shift() ?? null) : null);
    await odd.sync();
    expect(odd.titles()).toEqual(['one']);
    expect(odd.asked.filter(({ body }) => body.includes('attachments'))).toEqual([]);
    await odd.sync();
    expect(odd.titles()).toEqual([]);
  });

  it('reads fewer at once when an answer is too long', async () => {
    const odd = await open({}, undefined, (_url, { body = '' }) => {
      if (body.split('</D:href>').length <= 3) return;
      throw Object.assign(new Error('long'), { name: 'NetError', reason: 'too-large' });
    });
    for (const day of [1, 2, 3, 4, 5]) odd.put(`${day}.ics`, event(`e${day}`, day));
    await odd.sync();
    expect(odd.titles()).toEqual(['e1', 'e2', 'e3', 'e4', 'e5']);
  });

  it('fails as a provider does, whatever breaks', async () => {
    const odd = await open({}, undefined, () => {
      throw Object.assign(new Error(), { name: 'NetError', reason: 'network', message: Symbol('odd') });
    });
    expect(await failureOf(odd.sync())).toMatchObject({ reason: 'transient' });
    expect(await failureOf(odd.provider.identify(odd.access))).toMatchObject({ reason: 'transient' });
  });

  it('wants the calendar itself in its list', async () => {
    const odd = await open({ syncs: false, ctag: false });
    odd.put('one.ics', event('one', 1));
    await odd.sync();
    const others = told(
      '<D:response><D:href>/elsewhere/</D:href><D:status>HTTP/1.1 200 OK</D:status></D:response>',
    );
    odd.odd.first = ({ headers }) => (headers.depth === '1' ? others : null);
    expect(await failureOf(odd.sync())).toMatchObject({ reason: 'transient' });
  });

  it.each([
    ['cut', '<D:multistatus xmlns:D="DAV:"><D:response><D:href>/a</D:href>'],
    [
      'cut in a piece of text',
      '<D:multistatus xmlns:D="DAV:"><D:response><D:href><![CDATA[/a</D:multistatus>',
    ],
    ['a page to sign in at', '<html><body>Sign in</body></html>'],
    ['empty', ''],
    ['of no resource', '<D:multistatus xmlns:D="DAV:"/>'],
    ['another document', '<D:error xmlns:D="DAV:"/>'],
  ])("doesn't take an answer for less when it is %s", async (_how, body) => {
    const odd = await open();
    odd.put('one.ics', event('one', 1));
    await odd.sync();
    odd.odd.first = ({ headers }) => (headers.authorization ? { status: 207, body } : null);
    const failure = await failureOf(odd.sync());
    expect(['transient', 'cursor-expired']).toContain(failure.reason);
    expect((await failureOf(odd.sync({ cursor: null }))).reason).toBe('transient');
  });

  it('reads many objects, with text in every form', async () => {
    const odd = await open();
    for (let at = 0; at < 230; at += 1) {
      const text = event(`e${at}`, at % 50, `DESCRIPTION:</D:response> ${'long '.repeat(400)}`);
      odd.put(
        `${at}.ics`,
        at % 2 ? `<![CDATA[${text}]]>` : text.replaceAll('<', '&lt;').replaceAll('\r', '&#13;'),
      );
    }
    await odd.sync();
    expect(odd.copy.events()).toHaveLength(230);
  });
});

describe('objects', () => {
  it('expands what comes every hour, and closes what comes every second', async () => {
    const odd = await open();
    odd.put('hourly.ics', event('hourly', -400, 'RRULE:FREQ=HOURLY;BYMINUTE=0'));
    expect((await odd.sync()).at(-1)).not.toHaveProperty('partial');
    expect(odd.copy.events()).toHaveLength((WINDOW.to - WINDOW.from) / HOUR);
    odd.put('hourly.ics', event('each', -400, 'RRULE:FREQ=SECONDLY'));
    expect((await odd.sync()).at(-1)).toHaveProperty('partial', true);
    const [first] = odd.copy.busy();
    expect(first?.start).toBeLessThanOrEqual(WINDOW.from);
    expect(odd.copy.busy().at(-1)?.end).toBeGreaterThanOrEqual(WINDOW.to);
  });

  it('counts every period of free-busy time', async () => {
    const odd = await open();
    const period = (day: number) => `FREEBUSY:${stamp(NOW + day * DAY)}/PT1H`;
    odd.put('busy.ics', calendarObject('BEGIN:VFREEBUSY', 'UID:f', period(1), period(2), 'END:VFREEBUSY'));
    await odd.sync();
    expect(odd.copy.busy()).toHaveLength(2);
  });

  it('keeps the time of one that is broken, says so, and heals with it', async () => {
    const odd = await open();
    odd.put('one.ics', event('one', 1));
    odd.put('two.ics', event('two', 2));
    await odd.sync();
    odd.put('one.ics', 'no calendar at all');
    odd.put('two.ics', event('three', 3));
    expect((await odd.sync()).at(-1)).toMatchObject({ partial: true, changes: [] });
    expect(odd.titles()).toEqual(['one', 'three']);
    // Nothing changed, and it still can't be read.
    expect((await odd.sync()).at(-1)).toHaveProperty('partial', true);
    odd.put('one.ics', event('healed', 1));
    expect((await odd.sync()).at(-1)).not.toHaveProperty('partial');
    expect(odd.titles()).toEqual(['healed', 'three']);
    odd.put('one.ics', 'no calendar at all');
    await odd.sync();
    odd.remove('one.ics');
    expect((await odd.sync()).at(-1)).not.toHaveProperty('partial');
    expect(odd.titles()).toEqual(['three']);
  });

  it('takes tasks for nothing, and two events in one object for both', async () => {
    const odd = await open();
    odd.put('task.ics', calendarObject('BEGIN:VTODO', 'UID:t', `DUE:${stamp(NOW)}`, 'END:VTODO'));
    const lines = event('one', 1).split('\r\n').slice(3, -2);
    odd.put('two.ics', calendarObject(...lines, ...event('two', 2).split('\r\n').slice(3, -2)));
    expect((await odd.sync()).at(-1)).not.toHaveProperty('partial');
    expect(odd.titles()).toEqual(['one', 'two']);
  });

  it('expands by itself, and takes what its owner declined for free', async () => {
    const odd = await open({
      addresses:
        '<D:href>/me/</D:href><D:href>mailto:old@example.com</D:href><D:href preferred="1">mailto:Ada@Example.com</D:href>',
    });
    expect(await odd.provider.identify(odd.access)).toMatchObject({ email: 'ada@example.com' });
    odd.put('series.ics', event('series', 0, 'RRULE:FREQ=DAILY;COUNT=3'));
    odd.put('no.ics', event('no', 5, 'ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.com'));
    await odd.sync();
    expect(odd.copy.busy()).toHaveLength(3);
  });

  it("lays whole days on the calendar's own zone, else on its host's", async () => {
    const odd = await open();
    const day = calendarObject('BEGIN:VEVENT', 'UID:d', 'DTSTART;VALUE=DATE:20261101', 'END:VEVENT');
    odd.put('day.ics', day);
    await odd.sync({ hostZone: 'America/New_York' });
    expect(odd.copy.events()).toMatchObject([{ start: Date.parse('2026-11-01T04:00:00Z'), allDay: true }]);
    // The host moved.
    expect(await failureOf(odd.sync({ hostZone: 'Asia/Tokyo' }))).toMatchObject({ reason: 'cursor-expired' });
    odd.odd.properties = `<C:calendar-timezone>${calendarObject(...BERLIN)}</C:calendar-timezone>`;
    const [first] = await odd.sync({ cursor: null, hostZone: 'America/New_York' });
    expect(first).toMatchObject({ timeZone: 'Europe/Berlin', changes: [] });
    expect(odd.copy.events()).toMatchObject([{ start: Date.parse('2026-10-31T23:00:00Z') }]);
  });
});
