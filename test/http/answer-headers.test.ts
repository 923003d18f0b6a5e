import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asker } from '../e2e/client.fixture.ts';
import { type Stack, startStack } from '../e2e/stack.fixture.ts';
import { makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { METRICS_TOKEN } from '../harness/metrics.ts';
import { upgradeRequest } from './raw-tcp.fixture.ts';
import { createFeed } from './routes/feeds-world.fixture.ts';

let stack: Stack;
/** Where it listens: its public address is another. */
let url: string;
/** Requests by the path that they go to; each is answered, by success or refusal. */
let walked: [method: string, path: string, headers?: Record<string, string>, body?: string][];
beforeAll(async () => {
  const env = {
    PUBLIC_URL: 'https://slots.example',
    GRAPHIQL: 'true',
    INBOUND_MAIL_SECRET: 'shared-with-the-relay',
  };
  stack = await startStack({ env, sync: false });
  url = `http://127.0.0.1:${stack.environment.PORT}`;
  const own = { ...stack, url, admin: asker(url, stack.environment.ADMIN_TOKEN) };
  const host = await makeHost(own.admin, 'ada');
  const eventType = await makeEventType(own.admin, host, 'talk');
  const feed = await createFeed(own, host.id);
  const query = `subscription { availability(input: { eventType: "${eventType}", from: "2050-01-03T00:00:00Z", to: "2050-01-04T00:00:00Z" }) { __typename } }`;
  const json = { 'content-type': 'application/json' };
  walked = [
    ['GET', '/graphql?query={viewer{kind}}'],
    ['GET', '/graphql', { accept: 'text/html' }],
    ['POST', '/graphql', json, '{'],
    ['POST', '/graphql', json, JSON.stringify({ query: '{ nothing }' })],
    ['POST', '/graphql', json, 'x'.repeat(300_000)],
    [
      'POST',
      '/graphql',
      { ...json, authorization: 'Bearer wrong' },
      JSON.stringify({ query: '{ viewer { kind } }' }),
    ],
    ['POST', '/graphql', { ...json, accept: 'text/event-stream' }, JSON.stringify({ query })],
    ['OPTIONS', '/graphql'],
    ['PUT', '/graphql'],
    ['POST', '/webhooks/google'],
    ['POST', '/webhooks/google', {}, 'x'.repeat(5_000)],
    ['POST', '/webhooks/microsoft', {}, '{}'],
    ['POST', '/webhooks/microsoft/lifecycle?validationToken=x'],
    ['GET', '/connect/google?ticket=x'],
    ['GET', '/connect/google/callback?state=x'],
    ['POST', '/inbound/mail', {}, 'x'],
    ['GET', new URL(feed.url).pathname],
    ['GET', '/feeds/none.ics'],
    ['PROPFIND', '/dav/'],
    ['OPTIONS', '/dav'],
    ['PROPFIND', '/'],
    ['GET', '/.well-known/caldav'],
    ['GET', '/book/ada'],
    ['GET', '/book/ada/talk'],
    ['GET', '/book/ada/nothing'],
    ['GET', '/embed.js'],
    ['GET', '/book/b/none'],
    ['GET', '/book/b/none/booking.ics'],
    ['GET', `/cards/ada/${'A'.repeat(22)}.png`],
    ['GET', '/cards/ada/talk/none.png'],
    ['GET', '/logos/none.png'],
    ['GET', '/assets/book.js'],
    ['GET', '/assets/live.js', { 'accept-encoding': 'gzip' }],
    ['GET', '/assets/none.js'],
    ['GET', '/assets/graphiql.css'],
    ['GET', '/admin'],
    ['GET', '/'],
    ['GET', '/healthz'],
    ['GET', '/readyz'],
    ['GET', '/metrics'],
    ['GET', '/metrics', { authorization: `Bearer ${METRICS_TOKEN}` }],
    ['GET', '/nothing'],
    ['POST', '/healthz'],
    ['GET', '/healthz', { expect: 'the impossible' }],
  ];
});
afterAll(() => stack?.close());

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'permissions-policy': expect.stringContaining('camera=()'),
  'content-security-policy': expect.stringMatching(/^(?:default|script)-src 'none'.*; frame-ancestors \S/),
  'strict-transport-security': 'max-age=31536000',
};

/** The head of the answer to bytes, by name. */
async function headOf(bytes: string): Promise<{ status: string; headers: Record<string, string> }> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(bytes);
  let head = '';
  while (!head.includes('\r\n\r\n')) head += String((await once(socket, 'data'))[0]);
  socket.destroy();
  const [status = '', ...lines] = head.slice(0, head.indexOf('\r\n\r\n')).split('\r\n');
  return {
    status,
    headers: Object.fromEntries(
      lines.map((line) => {
        const [name = '', value = ''] = line.split(/: (.*)/s);
        return [name.toLowerCase(), value];
      }),
    ),
  };
}

const requestText = ([method, path, headers = {}, body = '']: (typeof walked)[number]) => {
  const all = { host: 'x', 'content-length': String(body.length), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
};

describe('every answer', () => {
  it('carries the headers that protect its reader, whatever route and whatever outcome', async () => {
    const statuses = new Set<string>();
    for (const each of walked) {
      const { status, headers } = await headOf(requestText(each));
      expect({ asked: each.slice(0, 2), headers }).toMatchObject({
        asked: each.slice(0, 2),
        headers: HEADERS,
      });
      statuses.add(status.split(' ')[1] ?? '');
    }
    for (const status of ['200', '302', '400', '401', '404', '405', '413', '417']) {
      expect([...statuses]).toContain(status);
    }
  });

  it('carries them also where Node answers, and where a socket is opened or refused', async () => {
    const asked = {
      'no HTTP': 'nonsense\r\n\r\n',
      'a header that is too long': `GET / HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(20_000)}\r\n\r\n`,
      'no Host': 'GET / HTTP/1.1\r\n\r\n',
      'a socket': upgradeRequest(),
      'a socket that is no socket': upgradeRequest({ 'sec-websocket-version': '1' }),
      'a socket to where nothing is': upgradeRequest({}, '/nothing'),
    };
    const statuses: Record<string, string | undefined> = {};
    for (const [what, bytes] of Object.entries(asked)) {
      const { status, headers } = await headOf(bytes);
      expect({ what, headers }).toMatchObject({ what, headers: HEADERS });
      statuses[what] = status.split(' ')[1];
    }
    expect(Object.values(statuses)).toEqual(['400', '431', '400', '101', '400', '404']);
  });

  it('is walked: every route of the server is among those asked', async () => {
    const source = await readFile(new URL('../../src/http/routes.ts', import.meta.url), 'utf8');
    const routes = [...source.matchAll(/\broute\(\s*[^;]*?['`](\/[^'`]*)['`],/g)].map(
      ([, path]) => path ?? '',
    );
    expect(routes.length).toBeGreaterThan(15);
    const paths = walked.map(([, path]) => path.split('?')[0] ?? '');
    const missing = routes.filter((route) => {
      const pattern = route.replace(/\$\{\w+\}|:\w+/g, '[^/]+').replace('*', '.*');
      return !paths.some((path) => new RegExp(`^${pattern}$`).test(path));
    });
    expect(missing).toEqual([]);
  });
});

describe('who may frame a page', () => {
  const framesAt = async (at: string, path: string) => {
    const response = await fetch(`${at}${path}`);
    return /frame-ancestors (.*)$/.exec(response.headers.get('content-security-policy') ?? '')?.[1];
  };

  it('is nobody, but everybody for a booking page that is asked for as an embedded one', async () => {
    expect(await framesAt(url, '/book/ada/talk')).toBe("'none'");
    expect(await framesAt(url, '/book/ada/talk?embed=inline')).toBe('*');
    for (const path of ['/', '/admin?embed=1', '/graphql', '/assets/book.js?embed=1']) {
      expect([path, await framesAt(url, path)]).toEqual([path, "'none'"]);
    }
  });

  it.each([
    ['https://shop.example,http://other.example:8080', 'https://shop.example http://other.example:8080'],
    ['none', "'none'"],
  ])('is whom EMBED_ORIGINS names, for every booking page: %s', async (EMBED_ORIGINS, frames) => {
    const other = await startStack({ env: { EMBED_ORIGINS }, sync: false });
    for (const path of ['/book/ada/talk', '/book/ada/talk?embed=inline']) {
      expect(await framesAt(other.url, path)).toBe(frames);
    }
    expect(await framesAt(other.url, '/')).toBe("'none'");
    await other.close();
  });
});

describe('the providers of challenges', () => {
  const KEYS = { CHALLENGE_SITE_KEY: 'site', CHALLENGE_SECRET: 'secret' };
  /** Directives of the page's policy, with their sources. */
  async function policyWith(env: Record<string, string>, path = '/book/ada/talk') {
    const other = await startStack({ env, sync: false });
    const response = await fetch(`${other.url}${path}`);
    await other.close();
    const directives = (response.headers.get('content-security-policy') ?? '').split('; ');
    return Object.fromEntries(directives.map((text) => [text.split(' ')[0], text.split(' ').slice(1)]));
  }

  it('are named in no policy where challenges are our own, or off', async () => {
    const own = ["'self'"];
    const turnstile = { CHALLENGE_PROVIDER: 'turnstile', ...KEYS };
    for (const env of [{}, { ...turnstile, CHALLENGE: 'off' }]) {
      const policy = await policyWith(env);
      expect(policy).toMatchObject({ 'script-src': own, 'style-src': own });
      expect(policy).not.toHaveProperty('frame-src');
    }
    const policy = await policyWith({ ...turnstile, CHALLENGE: 'always' }, '/');
    expect(policy).toMatchObject({ 'script-src': own });
  }, 120_000);

  it('may load what their widget needs into a booking page', async () => {
    const turnstile = await policyWith({
      ...{ CHALLENGE: 'pressure', CHALLENGE_PROVIDER: 'turnstile', ...KEYS },
      CHALLENGE_SCRIPT_URL: 'https://proxy.example/turnstile/api.js',
    });
    const cloudflare = 'https://challenges.cloudflare.com';
    expect(turnstile).toMatchObject({
      'script-src': ["'self'", cloudflare, 'https://proxy.example'],
      'style-src': ["'self'"],
      'frame-src': [cloudflare],
    });
    const hcaptcha = await policyWith({ CHALLENGE: 'always', CHALLENGE_PROVIDER: 'hcaptcha', ...KEYS });
    const theirs = ['https://hcaptcha.com', 'https://*.hcaptcha.com'];
    expect(hcaptcha).toMatchObject({
      'script-src': ["'self'", ...theirs],
      'style-src': ["'self'", ...theirs],
      'connect-src': ["'self'", 'ws:', 'wss:', ...theirs],
      'frame-src': theirs,
    });
  }, 120_000);
});
