/** The address of a feed: how it is written, and where it may lead. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGuardedClient } from '../../../src/net/client.ts';
import type { Address } from '../../../src/net/destination.ts';
import { createFeed } from '../../../src/providers/feed/index.ts';
import { feedIdOf, parseSecretInput } from '../../../src/providers/feed/secret.ts';
import { createIcalReader } from '../../../src/providers/ical-reader/reader.ts';
import { CERTIFICATE } from '../../net/certificate.fixture.ts';
import { startServer } from '../../net/server.fixture.ts';
import { failureOf, pagesOf } from '../server.fixture.ts';
import { accessWith } from '../unlimited.fixture.ts';
import { calendar, createFeedWorld, event, type FeedWorld, WINDOW } from './world.fixture.ts';

const urlOf = (url: string, plain = false) => JSON.parse(parseSecretInput({ url }, plain)).url as string;

describe('as it is written', () => {
  it.each([
    ['webcal://feed.example/a.ics?x=y', 'https://feed.example/a.ics?x=y'],
    ['WEBCALS://feed.example/a.ics', 'https://feed.example/a.ics'],
    [' webcal://Feed.example:443/a.ics#b ', 'https://feed.example/a.ics'],
    ['http://feed.example/a.ics', 'http://feed.example/a.ics'],
    ['https://me:secret@feed.example/a.ics', 'https://me:secret@feed.example/a.ics'],
  ])('%s', (given, url) => expect(urlOf(given)).toBe(url));

  it.each([
    'ftp://feed.example/',
    'file:///etc/passwd',
    'webcal:',
    'a.ics',
    '',
    `https://a/${'x'.repeat(4_000)}`,
  ])('that is none: %s', (url) => {
    expect(() => urlOf(url)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });

  it('takes a password over http on a private network alone', () => {
    expect(() => urlOf('http://me:secret@feed.example/')).toThrow('https');
    expect(urlOf('http://me:secret@feed.example/', true)).toBe('http://me:secret@feed.example/');
  });

  it('stands for http on this machine, where private networks are allowed', () => {
    expect(urlOf('webcal://127.0.0.1:4000/a.ics', true)).toBe('http://127.0.0.1:4000/a.ics');
    expect(urlOf('webcal://me@localhost/a.ics', true)).toBe('http://me@localhost/a.ics');
    expect(urlOf('webcal://[::1]:80/a.ics', true)).toBe('http://[::1]/a.ics');
    for (const host of ['127.0.0.1:4000', 'localhost']) expect(urlOf(`webcal://${host}/`)).toMatch(/^https:/);
    for (const host of ['localhost.example', '10.0.0.1', 'a/localhost'])
      expect(urlOf(`webcal://${host}/`, true)).toMatch(/^https:/);
    expect(urlOf('webcals://localhost/', true)).toBe('https://localhost/');
  });

  it('takes a name of text', () => {
    const given = { url: 'https://feed.example/' };
    expect(() => parseSecretInput({ ...given, name: 'x'.repeat(201) }, false)).toThrow('name');
    expect(() => parseSecretInput({ ...given, name: 'a\nb' }, false)).toThrow('name');
  });

  it('is asked over TLS when it is webcal, with the user and password in it', async () => {
    const secure = await startServer({ secure: true });
    secure.answer((_asked, response) => response.end(calendar('X-WR-CALNAME:Safe')));
    const fetch = createGuardedClient({
      allowPrivate: true,
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      ca: CERTIFICATE,
    });
    const provider = createFeed({ fetch, reader: createIcalReader(), allowHttp: false });
    const url = `webcal://me:secret@hooks.example:${secure.port}/a.ics`;
    const access = accessWith(async () => parseSecretInput({ url }, false));
    expect(await provider.listCalendars(access)).toMatchObject([{ name: 'Safe' }]);
    expect(secure.asked).toMatchObject([
      { path: '/a.ics', headers: { authorization: `Basic ${Buffer.from('me:secret').toString('base64')}` } },
    ]);
    await secure.close();
  });
});

describe('where it leads', () => {
  let feed: FeedWorld;
  beforeEach(async () => {
    feed = await createFeedWorld();
  });
  afterEach(() => feed.close());

  it.each([301, 302, 303, 307, 308])('goes on by %i, and asks as before', async (status) => {
    const there = calendar(...event('one', 1));
    feed.answer(({ path, headers }, response) => {
      if (path !== '/there') response.writeHead(status, { location: '/there' }).end();
      else if (headers['if-none-match'] === '"1"') response.writeHead(304).end();
      else response.writeHead(200, { etag: '"1"' }).end(there);
    });
    expect((await feed.read())[0]?.full).toBe(true);
    expect((await feed.read())[0]?.full).toBeUndefined();
    expect(feed.titles()).toEqual(['one']);
    expect(feed.asked).toHaveLength(4);
  });

  it('goes on five times', async () => {
    const steps = (most: number) =>
      feed.answer(({ path }, response) => {
        const step = Number(path.slice(1)) || 0;
        if (step < most) response.writeHead(302, { location: `/${step + 1}` }).end();
        else response.end(calendar(...event('one', 1)));
      });
    steps(5);
    await feed.read();
    steps(6);
    expect(await feed.fail()).toMatchObject({
      reason: 'rejected',
      publicMessage: expect.stringContaining('too often'),
    });
    expect(feed.titles()).toEqual(['one']);
  });

  const guarded = (resolve: (host: string) => Promise<Address[]>) =>
    createFeed({
      fetch: createGuardedClient({ allowPrivate: false, resolve }),
      reader: createIcalReader(),
      allowHttp: false,
    });
  const list = (provider: ReturnType<typeof createFeed>, url: string) =>
    failureOf(provider.listCalendars(accessWith(async () => parseSecretInput({ url }, false))));
  const BLOCKED = {
    reason: 'rejected',
    publicMessage: expect.stringContaining('not on the public internet'),
  };

  it.each([
    'http://127.0.0.1:PORT/',
    'http://0x7f.1:PORT/',
    'http://2130706433:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://localhost:PORT/',
    'http://feed.example@127.0.0.1:PORT/',
    'http://inside.example:PORT/',
  ])('not to what is private: %s', async (url) => {
    const provider = guarded(async () => [{ address: '127.0.0.1', family: 4 }]);
    // A password over http would be refused before.
    const access = accessWith(async () =>
      parseSecretInput({ url: url.replace('PORT', `${feed.port}`) }, true),
    );
    expect(await failureOf(provider.listCalendars(access))).toMatchObject(BLOCKED);
    expect(feed.asked).toEqual([]);
  });

  it('not by a redirect to what is private', async () => {
    // The first hop is let through as if it were public: the guard is the gateway's own from there on.
    const open = createGuardedClient({
      allowPrivate: true,
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    const closed = createGuardedClient({ allowPrivate: false });
    for (const location of ['http://127.0.0.1:1/', 'http://169.254.169.254/', 'http://[::1]/', 'file:///x']) {
      feed.refuse(302, { location });
      const provider = createFeed({
        reader: createIcalReader(),
        allowHttp: true,
        async fetch(url, request) {
          const { maxRedirects: _, ...once } = request;
          const first = await open(url, once);
          return closed(first.headers.get('location') ?? '', request);
        },
      });
      expect(await list(provider, feed.url)).toMatchObject(BLOCKED);
    }
  });

  it('not to another address than the one that was checked', async () => {
    // Public when it is checked, inside whenever it is looked up again. Nobody answers where it is public.
    let looks = 0;
    const caller = new AbortController();
    const provider = guarded(async () => {
      looks += 1;
      // real time: nothing tells that nobody answers.
      setTimeout(() => caller.abort(), 300);
      return [{ address: looks === 1 ? '1.2.3.4' : '127.0.0.1', family: 4 }];
    });
    const url = `http://rebind.example:${feed.port}/`;
    const round = pagesOf(
      provider.pullChanges({
        access: accessWith(async () => parseSecretInput({ url }, false)),
        calendar: { externalId: feedIdOf({ url, name: null }), timeZone: null },
        cursor: null,
        window: WINDOW,
        signal: caller.signal,
      }),
    );
    await expect(round).rejects.toThrow();
    expect(looks).toBe(1);
    expect(await list(provider, url)).toMatchObject(BLOCKED);
    expect(feed.asked).toEqual([]);
  });
});
