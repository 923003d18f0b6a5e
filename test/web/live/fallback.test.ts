import { afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { createLiveClient, type LiveClient } from '../../../src/web/live/client.ts';
import { createFallback, SOCKET_RETRY_AFTER } from '../../../src/web/live/fallback.ts';
import { freePort } from '../../harness/ports.ts';
import { collect } from './collector.fixture.ts';
import { type StreamServer, startStreamServer } from './stream-server.fixture.ts';

describe('the choice', () => {
  it('prefers the socket until it failed twice in a row, or hung once', () => {
    const fallback = createFallback(() => 0);
    fallback.socketFailed(false);
    expect(fallback.socketBlocked()).toBe(false);
    fallback.socketAcknowledged();
    fallback.socketFailed(false);
    expect(fallback.socketBlocked()).toBe(false);
    fallback.socketFailed(false);
    expect(fallback.socketBlocked()).toBe(true);
    fallback.socketAcknowledged();
    fallback.socketFailed(true);
    expect(fallback.socketBlocked()).toBe(true);
  });

  it('prefers streams for a while after one opened, then the socket again', () => {
    let now = 1_000;
    const fallback = createFallback(() => now);
    fallback.socketFailed(true);
    expect(fallback.prefersStream()).toBe(false);
    fallback.streamOpened();
    now += SOCKET_RETRY_AFTER - 1;
    expect(fallback.prefersStream()).toBe(true);
    // One more stream, as for another window, puts nothing off.
    fallback.streamOpened();
    now += 1;
    expect(fallback.prefersStream()).toBe(false);
    fallback.socketFailed(false);
    expect(fallback.socketBlocked()).toBe(true);
    fallback.streamOpened();
    expect(fallback.prefersStream()).toBe(true);
    now += SOCKET_RETRY_AFTER;
    fallback.socketAcknowledged();
    expect(fallback.socketBlocked()).toBe(false);
    expect(fallback.prefersStream()).toBe(false);
  });
});

describe('a client whose sockets', () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function world(
    upgrade: 'refused' | 'hanging',
  ): Promise<{ server: StreamServer; client: LiveClient }> {
    const server = await startStreamServer(upgrade);
    const openWithin = upgrade === 'hanging' ? 100 : 5_000;
    const client = createLiveClient({ url: server.url, webSocketImpl: WebSocket, openWithin });
    closers.push(server.close, client.close);
    return { server, client };
  }

  it('opens a stream in the second attempt where sockets are refused, and stays with streams', async () => {
    const { server, client } = await world('refused');
    expect(await collect(client, 1).ended).toMatchObject({ fault: { code: 'NETWORK' } });
    expect(server.waiting()).toBe(0);
    const second = collect(client, 3);
    const stream = await server.stream();
    stream.next({ count: 1 });
    await second.first;
    expect(second.over).toEqual(['sse']);
    expect(server.upgrades()).toBe(2);
    const third = collect(client, 3);
    (await server.stream()).write(':\n\n');
    await third.opened;
    expect(server.upgrades()).toBe(2);
  });

  it('opens a stream at once where sockets hang', async () => {
    const { server, client } = await world('hanging');
    const both = [collect(client, 1), collect(client, 2)];
    for (const { opened, over } of both) {
      (await server.stream()).write(':\n\n');
      await opened;
      expect(over).toEqual(['sse']);
    }
    expect(server.upgrades()).toBe(1);
  });

  it('returns to the socket after an outage of the whole server', async () => {
    const port = await freePort();
    const opened: string[] = [];
    class Counted extends WebSocket {
      constructor(url: string, protocols: string) {
        super(url, protocols);
        opened.push(url);
      }
    }
    const client = createLiveClient({ url: `http://127.0.0.1:${port}/graphql`, webSocketImpl: Counted });
    closers.push(client.close);
    for (let i = 1; i <= 4; i += 1) {
      expect(await collect(client, 1).ended).toMatchObject({ fault: { code: 'NETWORK' } });
      expect(opened).toHaveLength(i);
    }
  });

  it('stops a subscription whose socket is still opening without a trace', async () => {
    const { server, client } = await world('hanging');
    collect(client, 1).stop();
    // The one after it hangs, too, and takes a stream later than the first would have.
    collect(client, 2);
    expect((await server.stream()).body).toMatchObject({ variables: { to: 2 } });
    expect(server.waiting()).toBe(0);
  });
});
