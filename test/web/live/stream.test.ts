import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLiveClient, type LiveClient, type LiveClientOptions } from '../../../src/web/live/client.ts';
import { signal } from '../../harness/gate.ts';
import { COUNT, collect } from './collector.fixture.ts';
import { type StreamServer, startStreamServer } from './stream-server.fixture.ts';

let server: StreamServer;
let client: LiveClient;
beforeEach(async () => {
  server = await startStreamServer();
});
afterEach(async () => {
  client.close();
  vi.useRealTimers();
  await server.close();
});

/** A subscription without a WebSocket, and its stream at the server. */
async function open(options: Partial<LiveClientOptions> = {}) {
  client = createLiveClient({ url: server.url, webSocketImpl: null, ...options });
  const collected = collect(client, 3);
  return { ...collected, stream: await server.stream() };
}

describe('a subscription by event stream', () => {
  it('posts the operation, gives what comes, and ends', async () => {
    const { got, over, ended, stream } = await open();
    expect(stream.body).toEqual({ query: COUNT, variables: { to: 3 } });
    expect(stream.headers).toMatchObject({ accept: 'text/event-stream', 'content-type': 'application/json' });
    expect(stream.headers.authorization).toBeUndefined();
    stream.next({ count: 1 }, 'etag');
    stream.write(': life\n\nevent: other\ndata: {"data":{"count":9}}\n\n');
    stream.next({ count: 2 });
    stream.complete();
    expect(await ended).toEqual({ fault: null, wait: 0 });
    expect(got).toEqual([1, 2]);
    expect(over).toEqual(['sse']);
    await stream.gone;
  });

  it('is carried from the first byte on, not from the headers', async () => {
    const headers = signal();
    const { over, opened, stream } = await open({
      async fetch(...asked) {
        const response = await fetch(...asked);
        headers.give();
        return response;
      },
    });
    stream.write('');
    await headers.given;
    await turn();
    expect(over).toEqual([]);
    stream.write(':\n\n');
    await opened;
  });

  it('that is cut ends with a fault, and with what the server wished', async () => {
    const { got, first, ended, stream } = await open();
    const [whole, half] = [1, 2].map((count) => `event: next\ndata: {"data":{"count":${count}}}\n`);
    // In one piece: the half has come when the whole one has.
    stream.write(`retry: 4000\n\n${whole}\n${half}`);
    await first;
    stream.cut();
    expect(await ended).toMatchObject({ fault: { code: 'NETWORK' }, wait: 4_000 });
    expect(got).toEqual([1]);
  });

  it('tells the wish with a proper end, too', async () => {
    const { ended, stream } = await open();
    stream.write('retry: 1500\n');
    stream.complete();
    expect(await ended).toEqual({ fault: null, wait: 1_500 });
  });

  it('is given up when it falls silent, but not while there are signs of life', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const body = new TransformStream<Uint8Array, Uint8Array>();
    const alive = body.writable.getWriter();
    const hungUp = alive.closed.catch(() => 'hung up');
    client = createLiveClient({
      url: server.url,
      webSocketImpl: null,
      silence: 600,
      async fetch(_url, request) {
        request?.signal?.addEventListener('abort', () => void alive.abort('hung up').catch(() => {}));
        return new Response(body.readable, { headers: { 'content-type': 'text/event-stream' } });
      },
    });
    let isOver = false;
    const ended = collect(client, 3).ended.finally(() => {
      isOver = true;
    });
    for (let i = 0; i < 8; i += 1) {
      await alive.write(new TextEncoder().encode(':\n\n'));
      await turn();
      vi.advanceTimersByTime(599);
      await turn();
      expect(isOver).toBe(false);
    }
    vi.advanceTimersByTime(1);
    expect(await ended).toMatchObject({ fault: { code: 'NETWORK', message: 'The stream fell silent.' } });
    expect(await hungUp).toBe('hung up');
  });

  it('hangs up when stopped, and says nothing more', async () => {
    const { got, first, stop, stream } = await open();
    stream.next({ count: 1 });
    await first;
    stop();
    await stream.gone;
    expect(got).toEqual([1]);
  });

  it('ends as closed with its client, and so does each one after', async () => {
    const { ended, stream } = await open();
    stream.write(':\n\n');
    client.close();
    expect(await ended).toMatchObject({ fault: { code: 'CLOSED' } });
    await stream.gone;
    expect(await collect(client, 1).ended).toMatchObject({ fault: { code: 'CLOSED' } });
  });
});

describe('a refused stream', () => {
  it('tells the code, and how long to wait', async () => {
    const { ended, stream } = await open();
    const errors = [{ message: 'slow down', extensions: { code: 'RATE_LIMITED' } }];
    stream.refuse(429, JSON.stringify({ errors }), { 'retry-after': '7' });
    expect(await ended).toEqual({
      fault: { code: 'RATE_LIMITED', message: 'slow down', retryAfter: 7_000 },
      wait: 7_000,
    });
  });

  it('by an event tells the code, too', async () => {
    const { ended, stream } = await open();
    stream.write('event: next\ndata: {"errors":[{"message":"no","extensions":{"code":"NOT_FOUND"}}]}\n\n');
    stream.complete();
    expect(await ended).toMatchObject({ fault: { code: 'NOT_FOUND' } });
  });

  it('is a broken way where it does not speak as the gateway does', async () => {
    const { ended, stream } = await open();
    stream.refuse(403, '<html>Blocked by policy</html>', { 'content-type': 'text/html' });
    expect(await ended).toMatchObject({ fault: { code: 'NETWORK', message: 'Answered 403.' }, wait: 0 });
    const next = collect(client, 1);
    (await server.stream()).refuse(503, '', { 'retry-after': '30' });
    expect(await next.ended).toMatchObject({ fault: { code: 'NETWORK' }, wait: 30_000 });
  });
});

describe('a credential', () => {
  const refusal = JSON.stringify({
    errors: [{ message: 'revoked', extensions: { code: 'UNAUTHENTICATED' } }],
  });

  it('goes into the header, and is refused for good when it is a text', async () => {
    const { ended, stream } = await open({ authorization: 'Bearer a' });
    expect(stream.headers.authorization).toBe('Bearer a');
    stream.refuse(401, refusal);
    expect((await ended).fault).toEqual({ code: 'UNAUTHENTICATED', message: 'revoked' });
  });

  it('of a function is asked anew, and not offered twice once it was refused', async () => {
    const given = ['a', 'b', 'b'];
    const { ended, stream } = await open({ authorization: async () => `Bearer ${given.shift()}` });
    stream.refuse(401, refusal);
    expect(await ended).toMatchObject({ fault: { code: 'UNAUTHENTICATED', retryAfter: 0 } });
    const second = collect(client, 1);
    const streamOfSecond = await server.stream();
    expect(streamOfSecond.headers.authorization).toBe('Bearer b');
    streamOfSecond.write(`event: next\ndata: ${refusal}\n\n`);
    expect(await second.ended).toMatchObject({ fault: { retryAfter: 0 } });
    const { fault } = await collect(client, 1).ended;
    expect(fault).toEqual({ code: 'FORBIDDEN', message: 'This credential was refused before.' });
    expect(server.waiting()).toBe(0);
  });

  it('that a request shows to be worthless is not offered for a stream', async () => {
    client = createLiveClient({ url: server.url, webSocketImpl: null, authorization: () => 'Bearer a' });
    const reply = client.request('{ hello }', {});
    (await server.stream()).refuse(401, refusal);
    expect(await reply).toMatchObject({ fault: { code: 'UNAUTHENTICATED', retryAfter: 0 } });
    expect(await collect(client, 1).ended).toMatchObject({ fault: { code: 'FORBIDDEN' }, wait: 0 });
    expect(server.waiting()).toBe(0);
  });

  it('that cannot be had is a broken way', async () => {
    client = createLiveClient({
      url: server.url,
      webSocketImpl: null,
      authorization: () => Promise.reject(new Error('no token today')),
    });
    expect(await collect(client, 1).ended).toMatchObject({
      fault: { code: 'NETWORK', message: 'no token today' },
    });
    expect(await client.request('{ hello }', {})).toMatchObject({ fault: { code: 'NETWORK' } });
  });
});
