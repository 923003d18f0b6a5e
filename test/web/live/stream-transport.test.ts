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
  it("posts the operation, delivers the stream's events, and ends", async () => {
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

  it('reports a stream as opened with its first byte, not with its headers', async () => {
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

  it("ends a stream that is cut with a fault and the server's retry time", async () => {
    const { got, first, ended, stream } = await open();
    const [whole, half] = [1, 2].map((count) => `event: next\ndata: {"data":{"count":${count}}}\n`);
    // In one piece: the half has come when the whole one has.
    stream.write(`retry: 4000\n\n${whole}\n${half}`);
    await first;
    stream.cut();
    expect(await ended).toMatchObject({ fault: { code: 'NETWORK' }, wait: 4_000 });
    expect(got).toEqual([1]);
  });

  it("passes on the server's retry time with a regular end too", async () => {
    const { ended, stream } = await open();
    stream.write('retry: 1500\n');
    stream.complete();
    expect(await ended).toEqual({ fault: null, wait: 1_500 });
  });

  it('gives up a silent stream, but not one with keep-alive comments', async () => {
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

  it('aborts the request when it is stopped, and delivers no further event', async () => {
    const { got, first, stop, stream } = await open();
    stream.next({ count: 1 });
    await first;
    stop();
    await stream.gone;
    expect(got).toEqual([1]);
  });

  it('ends streams as CLOSED with their client, and each later one', async () => {
    const { ended, stream } = await open();
    stream.write(':\n\n');
    client.close();
    expect(await ended).toMatchObject({ fault: { code: 'CLOSED' } });
    await stream.gone;
    expect(await collect(client, 1).ended).toMatchObject({ fault: { code: 'CLOSED' } });
  });
});

describe('a refused stream', () => {
  it('returns the code of a refused stream, and how long to wait', async () => {
    const { ended, stream } = await open();
    const errors = [{ message: 'slow down', extensions: { code: 'RATE_LIMITED' } }];
    stream.refuse(429, JSON.stringify({ errors }), { 'retry-after': '7' });
    expect(await ended).toEqual({
      fault: { code: 'RATE_LIMITED', message: 'slow down', retryAfter: 7_000 },
      wait: 7_000,
    });
  });

  it('returns the code of a refusal that comes as an event', async () => {
    const { ended, stream } = await open();
    stream.write('event: next\ndata: {"errors":[{"message":"no","extensions":{"code":"NOT_FOUND"}}]}\n\n');
    stream.complete();
    expect(await ended).toMatchObject({ fault: { code: 'NOT_FOUND' } });
  });

  it("treats a refusal that is not the gateway's as a network fault", async () => {
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

  it('sends the credential in the header, and ends for good when a fixed one is refused', async () => {
    const { ended, stream } = await open({ authorization: 'Bearer a' });
    expect(stream.headers.authorization).toBe('Bearer a');
    stream.refuse(401, refusal);
    expect((await ended).fault).toEqual({ code: 'UNAUTHENTICATED', message: 'revoked' });
  });

  it('calls the credential function for each stream, and does not send a refused value twice', async () => {
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

  it('does not send a credential for a stream that a request has shown to be refused', async () => {
    client = createLiveClient({ url: server.url, webSocketImpl: null, authorization: () => 'Bearer a' });
    const reply = client.request('{ hello }', {});
    (await server.stream()).refuse(401, refusal);
    expect(await reply).toMatchObject({ fault: { code: 'UNAUTHENTICATED', retryAfter: 0 } });
    expect(await collect(client, 1).ended).toMatchObject({ fault: { code: 'FORBIDDEN' }, wait: 0 });
    expect(server.waiting()).toBe(0);
  });

  it('treats a failing credential function as a network fault', async () => {
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
