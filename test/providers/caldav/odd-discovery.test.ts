/** How servers are odd to a client that looks for calendars: seen in real ones, or read in other clients. */
import { describe, expect, it } from 'vitest';
import { createGuardedClient } from '../../../src/net/client.ts';
import { createCalDav } from '../../../src/providers/caldav/index.ts';
import { createIcalReader } from '../../../src/providers/ical-reader/reader.ts';
import { failureOf } from '../server.fixture.ts';
import { event, open, received } from './odd-world.fixture.ts';

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
    const elsewhere = received(
      '<D:response><D:href>http://elsewhere.example/x/</D:href><D:propstat><D:prop><D:resourcetype><C:calendar/></D:resourcetype></D:prop></D:propstat></D:response>',
    );
    odd.odd.first = ({ path }) => (path === '/cal/' ? elsewhere : null);
    expect(await primaries()).toEqual([]);
  });

  it("doesn't try every address of a server that is away", async () => {
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
    const refusal = { reason: 'rejected', publicMessage: expect.stringContaining('another site') };
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
    const reader = createIcalReader();
    const guarded = (allowPrivate: boolean, allowHttp: boolean) =>
      createCalDav({ fetch: createGuardedClient({ allowPrivate }), reader, allowHttp });
    expect(await failureOf(guarded(true, false).identify(odd.access))).toMatchObject({
      reason: 'rejected',
      publicMessage: expect.stringContaining('https'),
    });
    expect(await failureOf(guarded(false, true).identify(odd.access))).toMatchObject({
      reason: 'rejected',
      publicMessage: expect.stringContaining('public internet'),
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
      publicMessage: expect.stringContaining('No CalDAV service'),
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
    expect(failure).toMatchObject({ publicMessage: expect.stringContaining('another site') });
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
