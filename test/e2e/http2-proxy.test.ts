/** Behind proxies that speak TLS and HTTP/2, configured as docs/operations.md says. */
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../harness/chromium.ts';
import { until } from '../harness/eventually.ts';
import { readMetrics } from '../harness/metrics.ts';
import { startHaproxy, startNginx, type TlsProxy, TRUST } from '../harness/proxies.ts';
import {
  FOLLOW,
  following,
  setHours,
  UNLIMITED,
  untilSubscriptions,
} from '../http/protocol/world.fixture.ts';
import { connectSocket } from '../http/raw-socket.fixture.ts';
import { frame, readFrames, TEXT } from '../http/raw-tcp.fixture.ts';
import { createFeed, type EventFeed, eventsAddress } from '../http/streams/event-reader.fixture.ts';
import { type ConnectedHost, connectHost, type Stack, startStack, testDay } from './stack.fixture.ts';
import { createVisitor } from './visitor.fixture.ts';

const { window, at, iso } = testDay();
/** Streams that an address may have at once. */
const PLACES = 12;

let stack: Stack;
let host: ConnectedHost;
let browser: Browser;
beforeAll(async () => {
  const env = { ...UNLIMITED, TRUSTED_PROXIES: '127.0.0.1', SOCKETS_PER_ADDRESS: String(PLACES) };
  stack = await startStack({ env });
  host = await connectHost(stack, 'GOOGLE', 'gina');
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

const PROXIES: [string, (gateway: string) => Promise<TlsProxy>][] = [
  ['nginx', (gateway) => startNginx(gateway)],
  ['HAProxy', startHaproxy],
];

const sessions: ClientHttp2Session[] = [];
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await untilSubscriptions(stack.url, 0);
});

/** @param localAddress whose limits count */
async function openSession(url: string, localAddress = '127.0.0.1'): Promise<ClientHttp2Session> {
  const { hostname, port } = new URL(url);
  const opened = connect(url, {
    createConnection: () =>
      connectTls({
        ...TRUST,
        ALPNProtocols: ['h2'],
        socket: connectTcp({ host: hostname, port: Number(port), localAddress }),
      }),
  });
  sessions.push(opened);
  await once(opened, 'remoteSettings');
  return opened;
}

interface Answer {
  status: unknown;
  headers: Record<string, unknown>;
  stream: ClientHttp2Stream;
  feed: EventFeed;
}

async function stream(on: ClientHttp2Session, headers: Record<string, string> = {}): Promise<Answer> {
  const variables = { input: { eventType: host.eventType, ...window } };
  const path = eventsAddress('', { query: FOLLOW, variables });
  const opened = on.request({ ':path': path, accept: 'text/event-stream', ...headers });
  opened.on('error', () => {});
  const feed = createFeed();
  opened.on('data', (bytes: Buffer) => feed.read(bytes));
  opened.once('close', feed.end);
  const [answered] = (await once(opened, 'response')) as [Record<string, unknown>];
  return { status: answered[':status'], headers: answered, stream: opened, feed };
}

describe.each(PROXIES)('behind %s', (name, start) => {
  let proxy: TlsProxy;
  beforeAll(async () => {
    proxy = await start(stack.url);
  });
  afterAll(() => proxy?.stop());

  it('delivers each change at once to every stream of one connection, and notices closed streams', async () => {
    await setHours(stack, host, '09:00', '17:00');
    const one = await openSession(proxy.url);
    const streams = await Promise.all(Array.from({ length: 8 }, () => stream(one)));
    for (const { feed } of streams) expect(await feed.next()).toMatchObject({ type: 'next' });
    const [gone, ...others] = streams;
    gone?.stream.close(constants.NGHTTP2_CANCEL);
    await untilSubscriptions(stack.url, 7);
    for (const [begin, end] of [
      ['10:00', '17:00'],
      ['10:00', '16:00'],
      ['09:00', '17:00'],
    ] as const) {
      await setHours(stack, host, begin, end);
      const received = await Promise.all(others.map(({ feed }) => feed.next()));
      for (const event of received) {
        expect(event).toMatchObject({
          type: 'next',
          result: { data: { availability: { __typename: 'AvailabilityDelta' } } },
        });
      }
    }
    one.destroy();
    await untilSubscriptions(stack.url, 0);
  });

  it('counts limits per client address behind the proxy, whatever the client claims', async () => {
    const [one, other] = [
      await openSession(proxy.url, '127.0.0.2'),
      await openSession(proxy.url, '127.0.0.3'),
    ];
    const opened = await Promise.all(Array.from({ length: PLACES }, () => stream(one)));
    expect(opened.map(({ status }) => status)).toEqual(Array(PLACES).fill(200));
    const lies = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' };
    for (const headers of [{}, lies]) {
      expect(await stream(one, headers)).toMatchObject({ status: 429, headers: { 'retry-after': '10' } });
    }
    expect((await stream(other)).status).toBe(200);
    opened[0]?.stream.close(constants.NGHTTP2_CANCEL);
    await until(async () => (await stream(one)).status === 200);
  });

  it('supports WebSockets by an upgrade through the proxy', async () => {
    await setHours(stack, host, '09:00', '17:00');
    const socket = await connectSocket(proxy.url, {}, { tls: TRUST });
    socket.say(following('a', host.eventType, window));
    expect(await socket.hear('a')).toMatchObject({ type: 'next' });
    await setHours(stack, host, '10:00', '17:00');
    expect(await socket.hear('a')).toMatchObject({ type: 'next' });
    await socket.close();
  });

  if (name === 'HAProxy') {
    it('supports WebSockets over HTTP/2, beside other requests of a connection', async () => {
      await setHours(stack, host, '09:00', '17:00');
      const one = await openSession(proxy.url);
      expect(one.remoteSettings.enableConnectProtocol).toBe(true);
      const beside = await stream(one);
      await beside.feed.next();
      const wire = one.request(
        {
          ':method': 'CONNECT',
          ':protocol': 'websocket',
          ':path': '/graphql',
          'sec-websocket-version': '13',
          'sec-websocket-protocol': 'graphql-transport-ws',
        },
        { endStream: false },
      );
      wire.on('error', () => {});
      const [answered] = await once(wire, 'response');
      expect(answered).toMatchObject({ ':status': 200, 'sec-websocket-protocol': 'graphql-transport-ws' });
      const texts: string[] = [];
      void readFrames(wire, Buffer.alloc(0), texts);
      const say = (message: object) => wire.write(frame(TEXT, JSON.stringify(message)));
      const types = () => texts.map((text) => JSON.parse(text).type);
      say({ type: 'connection_init' });
      await until(async () => types().length === 1);
      say(following('a', host.eventType, window));
      await until(async () => types().length === 2);
      await setHours(stack, host, '10:00', '17:00');
      await until(async () => types().length === 3);
      expect(types()).toEqual(['connection_ack', 'next', 'next']);
      expect(await beside.feed.next()).toMatchObject({ type: 'next' });
      wire.close(constants.NGHTTP2_CANCEL);
      await untilSubscriptions(stack.url, 1);
    });
  }

  it('keeps the booking page live over HTTP/2', async () => {
    await setHours(stack, host, '09:00', '17:00');
    const { world } = stack.simulator;
    const grace = await createVisitor(browser, proxy.url, { ignoreHTTPSErrors: true });
    await grace.open(`/book/${host.slug}/intro`);
    expect(await grace.page.locator('.badge').innerText()).toBe('Live');
    const protocol = await grace.page.evaluate(() => {
      const [entry] = performance.getEntriesByType('navigation');
      return entry instanceof PerformanceNavigationTiming ? entry.nextHopProtocol : null;
    });
    expect(protocol).toBe('h2');
    const metrics = await readMetrics(stack.url);
    expect(metrics).toMatch(/^slotwire_streams\{transport="websocket"\} 1$/m);
    const taken = grace.time(iso('10:30')[0] ?? '');
    const { id } = world.createEvent(host.remoteCalendar, { start: at('10:00'), end: at('11:00') });
    await taken.waitFor({ state: 'detached' });
    world.deleteEvent(host.remoteCalendar, id);
    await taken.waitFor();
    await grace.close();
  });
});

describe('behind nginx that asks by HTTP/1.0, and would gather what comes', () => {
  let proxy: TlsProxy;
  beforeAll(async () => {
    proxy = await startNginx(stack.url, { 'proxy_http_version 1.1;': 'proxy_http_version 1.0;' });
  });
  afterAll(() => proxy?.stop());

  it('delivers events at once through an HTTP/1.0 proxy that buffers', async () => {
    await setHours(stack, host, '09:00', '17:00');
    const { feed } = await stream(await openSession(proxy.url));
    expect(await feed.next()).toMatchObject({ type: 'next' });
    await setHours(stack, host, '10:00', '17:00');
    expect(await feed.next()).toMatchObject({ type: 'next' });
  });
});
