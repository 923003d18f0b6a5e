import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema, execute, subscribe, validate } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { createLiveClient, type Fault, type LiveClient } from '../../../src/web/live/client.ts';

const schema = buildSchema(
  'type Query { hello(name: String!): String } type Subscription { count(to: Int!): Int! }',
);
const roots = {
  count({ to }: { to: number }) {
    if (to < 0) throw new Error('No such number.');
    return countTo(to);
  },
};
async function* countTo(to: number) {
  for (let n = 1; n <= to; n += 1) yield { count: n };
  if (to === 2) await new Promise(() => {});
}
type Count = { count: number };
const COUNT = 'subscription ($to: Int!) { count(to: $to) }';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A server that answers POST with `body` and streams counts, and a client of it. */
async function world(body: (query: unknown) => string = () => '{}', keepAlive?: number) {
  const asked: unknown[] = [];
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const query: unknown = JSON.parse(Buffer.concat(chunks).toString());
    asked.push(query);
    response.end(body(query));
  });
  const sockets = new WebSocketServer({ server: http });
  const live = useServer({ schema, execute, subscribe, validate, roots: { subscription: roots } }, sockets);
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/graphql`;
  const client = createLiveClient({ url, webSocketImpl: WebSocket, ...(keepAlive ? { keepAlive } : {}) });
  closers.push(
    () => new Promise((done) => http.close(done)),
    () => live.dispose(),
    () => client.close(),
  );
  return { client, sockets, asked };
}

/** Subscribes and collects; `ended` resolves with the fault, or null. */
function collect(client: LiveClient, to: number) {
  const got: number[] = [];
  let stop = () => {};
  let heard = () => {};
  const first = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const ended = new Promise<Fault | null>((resolve) => {
    stop = client.subscribe<Count, { to: number }>(
      COUNT,
      { to },
      {
        next: ({ count }) => {
          got.push(count);
          heard();
        },
        ended: resolve,
      },
    );
  });
  return { got, ended, first, stop: () => stop() };
}

describe('requests', () => {
  it('post the document and its variables', async () => {
    const { client, asked } = await world(() => '{"data":{"hello":"hi"}}');
    const reply = await client.request('query Q { hello }', { name: 'Ada' });
    expect(reply).toEqual({ ok: true, data: { hello: 'hi' } });
    expect(asked).toEqual([{ query: 'query Q { hello }', variables: { name: 'Ada' } }]);
  });

  it('carry the code of a refusal, and how long to wait', async () => {
    const errors = [{ message: 'slow down', extensions: { code: 'RATE_LIMITED', retryAfter: 7 } }];
    const { client } = await world(() => JSON.stringify({ data: null, errors }));
    const fault = { code: 'RATE_LIMITED', message: 'slow down', retryAfter: 7_000 };
    expect(await client.request('{ hello }', {})).toEqual({ ok: false, fault });
  });

  it('carry the part of the input that was refused', async () => {
    const errors = [{ message: 'no', extensions: { code: 'BAD_USER_INPUT', field: 'input.name' } }];
    const { client } = await world(() => JSON.stringify({ errors }));
    expect(await client.request('{ hello }', {})).toMatchObject({ fault: { field: 'input.name' } });
  });

  it("tell how far the server's clock is from this one, as the last answer that said it", async () => {
    const dates = [undefined, Date.now() + 3_600_000, undefined];
    const client = createLiveClient({
      url: 'http://localhost/graphql',
      webSocketImpl: WebSocket,
      fetch: async () => {
        const date = dates.shift();
        return new Response('{"data":{}}', {
          headers: date === undefined ? {} : { date: new Date(date).toUTCString() },
        });
      },
    });
    await client.request('{ hello }', {});
    expect(client.skew()).toBe(0);
    await client.request('{ hello }', {});
    const skew = client.skew();
    expect(Math.round(skew / 60_000)).toBe(60);
    await client.request('{ hello }', {});
    expect(client.skew()).toBe(skew);
  });

  it('fail without throwing when what answers is no GraphQL', async () => {
    const { client } = await world(() => '<html>502</html>');
    expect(await client.request('{ hello }', {})).toMatchObject({ ok: false, fault: { code: 'NETWORK' } });
  });
});

describe('subscriptions', () => {
  it('give what comes, then end', async () => {
    const { client } = await world();
    const { got, ended } = collect(client, 3);
    expect(await ended).toBeNull();
    expect(got).toEqual([1, 2, 3]);
  });

  it('end with a fault when the socket falls, once, and tell that it is down', async () => {
    const { client, sockets } = await world();
    const up: boolean[] = [];
    client.onSocket((now) => up.push(now));
    const { first, ended } = collect(client, 2);
    await first;
    for (const socket of sockets.clients) socket.terminate();
    expect(await ended).toMatchObject({ code: 'NETWORK' });
    expect(up).toEqual([false, true, false]);
    expect(await collect(client, 1).ended).toBeNull();
  });

  it('end with a fault when the server refuses', async () => {
    const { client } = await world();
    expect(await collect(client, -1).ended).toMatchObject({ message: 'No such number.' });
  });

  it('give up a socket that leaves a ping unanswered', async () => {
    const { client, sockets } = await world(undefined, 30);
    sockets.on('connection', (socket) => {
      const send = socket.send.bind(socket);
      socket.send = (data: string) => {
        if (!String(data).includes('"pong"')) send(data);
      };
    });
    const { ended } = collect(client, 2);
    expect(await ended).toMatchObject({ code: 'NETWORK' });
  });
});
