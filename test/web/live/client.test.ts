import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema, execute, subscribe, validate } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { createLiveClient, type LiveClientOptions } from '../../../src/web/live/client.ts';
import { COUNT, collect } from './collector.fixture.ts';

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

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A server that answers POST with `body` and streams counts, and a client of it. */
async function world(
  body: (query: unknown) => string = () => '{}',
  { admit, ...options }: Partial<LiveClientOptions> & { admit?: (authorization: unknown) => boolean } = {},
) {
  const asked: unknown[] = [];
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const query: unknown = JSON.parse(Buffer.concat(chunks).toString());
    asked.push(query);
    response.end(body(query));
  });
  const sockets = new WebSocketServer({ server: http });
  const said: unknown[] = [];
  const live = useServer(
    {
      schema,
      execute,
      subscribe,
      validate,
      roots: { subscription: roots },
      onConnect({ connectionParams }) {
        said.push(connectionParams?.authorization);
        return admit?.(connectionParams?.authorization) ?? true;
      },
    },
    sockets,
  );
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/graphql`;
  const client = createLiveClient({ url, webSocketImpl: WebSocket, ...options });
  closers.push(
    () => new Promise((done) => http.close(done)),
    () => live.dispose(),
    () => client.close(),
  );
  return { client, sockets, asked, said };
}

describe('requests', () => {
  it('posts the document and its variables', async () => {
    const { client, asked } = await world(() => '{"data":{"hello":"hi"}}');
    const reply = await client.request('query Q { hello }', { name: 'Ada' });
    expect(reply).toEqual({ ok: true, data: { hello: 'hi' } });
    expect(asked).toEqual([{ query: 'query Q { hello }', variables: { name: 'Ada' } }]);
  });

  it('returns the code of a refused request, and how long to wait', async () => {
    const errors = [{ message: 'slow down', extensions: { code: 'RATE_LIMITED', retryAfter: 7 } }];
    const { client } = await world(() => JSON.stringify({ data: null, errors }));
    const fault = { code: 'RATE_LIMITED', message: 'slow down', retryAfter: 7_000 };
    expect(await client.request('{ hello }', {})).toEqual({ ok: false, fault });
  });

  it('returns the field of the input that was refused', async () => {
    const errors = [{ message: 'no', extensions: { code: 'BAD_USER_INPUT', field: 'input.name' } }];
    const { client } = await world(() => JSON.stringify({ errors }));
    expect(await client.request('{ hello }', {})).toMatchObject({ fault: { field: 'input.name' } });
  });

  it("measures the skew of the server's clock by the last answer with a date", async () => {
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

  it('returns a fault for a response that is not GraphQL', async () => {
    const { client } = await world(() => '<html>502</html>');
    expect(await client.request('{ hello }', {})).toMatchObject({ ok: false, fault: { code: 'NETWORK' } });
  });
});

describe('subscriptions', () => {
  it('delivers events of a subscription, then its end', async () => {
    const { client } = await world();
    const { got, over, ended } = collect(client, 3);
    expect(await ended).toEqual({ fault: null, wait: 0 });
    expect(got).toEqual([1, 2, 3]);
    expect(over).toEqual(['websocket']);
  });

  it('names a document by its identifier, and sends the text to a server that knows no identifiers', async () => {
    const { client, sockets } = await world();
    const payloads: unknown[] = [];
    sockets.on('connection', (socket) =>
      socket.on('message', (data) => {
        const message = JSON.parse(String(data));
        if (message.type === 'subscribe') payloads.push(message.payload);
      }),
    );
    const document = { toString: () => COUNT, __meta__: { documentId: 'sha256:1' } };
    for (let i = 0; i < 2; i++) {
      const { got, over, ended } = collect(client, 3, document);
      expect(await ended).toEqual({ fault: null, wait: 0 });
      expect([got, over]).toEqual([[1, 2, 3], ['websocket']]);
    }
    const text = { query: COUNT, variables: { to: 3 } };
    const byId = { query: '', extensions: { documentId: 'sha256:1' }, variables: { to: 3 } };
    expect(payloads).toEqual([byId, text, text]);
  });

  it('ends a subscription once with a fault when the socket closes, and can open it again', async () => {
    const { client, sockets } = await world();
    const { first, ended } = collect(client, 2);
    await first;
    for (const socket of sockets.clients) socket.terminate();
    expect(await ended).toMatchObject({ fault: { code: 'NETWORK' } });
    expect((await collect(client, 1).ended).fault).toBeNull();
  });

  it('ends a refused subscription with a fault', async () => {
    const { client } = await world();
    expect(await collect(client, -1).ended).toMatchObject({ fault: { message: 'No such number.' } });
  });

  it('closes a socket that leaves a ping unanswered', async () => {
    const { client, sockets } = await world(undefined, { keepAlive: 30 });
    sockets.on('connection', (socket) => {
      const send = socket.send.bind(socket);
      socket.send = (data: string) => {
        if (!String(data).includes('"pong"')) send(data);
      };
    });
    expect(await collect(client, 2).ended).toMatchObject({ fault: { code: 'NETWORK' } });
  });

  it('shares one socket between subscriptions, also with one that starts as another ends', async () => {
    const { client, said } = await world();
    const [one, other] = [collect(client, 2), collect(client, 2)];
    await Promise.all([one.first, other.first]);
    one.stop();
    other.stop();
    const next = collect(client, 2);
    expect(next.over).toEqual(['websocket']);
    await next.first;
    expect(said).toHaveLength(1);
    expect(one.got).toEqual([1, 2]);
  });

  it('ends subscriptions as CLOSED with their client', async () => {
    const { client } = await world();
    const { first, ended } = collect(client, 2);
    await first;
    client.close();
    expect(await ended).toMatchObject({ fault: { code: 'CLOSED' } });
    expect(await collect(client, 1).ended).toMatchObject({ fault: { code: 'CLOSED' } });
  });
});

describe('the end of a socket', () => {
  it.each([
    [1000, 'NETWORK'],
    [1001, 'NETWORK'],
    [1012, 'NETWORK'],
    [1013, 'NETWORK'],
    [4413, 'NETWORK'],
    [4500, 'NETWORK'],
    [4403, 'FORBIDDEN'],
    [1009, 'PROTOCOL'],
    [4400, 'PROTOCOL'],
    [4409, 'PROTOCOL'],
    [4429, 'PROTOCOL'],
  ])('maps the close code %i to %s', async (closeCode, code) => {
    const { client, sockets, said } = await world();
    const { first, ended } = collect(client, 2);
    await first;
    for (const socket of sockets.clients) socket.close(closeCode, 'so be it');
    expect(await ended).toEqual({ fault: { code, message: 'so be it' }, wait: 0 });
    // Whatever the code, coming back is the caller's.
    expect(said).toHaveLength(1);
  });
});

describe('a credential', () => {
  it("sends the credential with the socket's handshake and with each request", async () => {
    const { client, said } = await world(() => '{"data":{}}', { authorization: 'Bearer a' });
    expect((await collect(client, 1).ended).fault).toBeNull();
    expect(said).toEqual(['Bearer a']);
    const headers: unknown[] = [];
    const other = createLiveClient({
      url: 'http://localhost/graphql',
      webSocketImpl: null,
      authorization: () => 'Bearer b',
      fetch: async (_url, init) => {
        headers.push(new Headers(init?.headers).get('authorization'));
        return new Response('{"data":{}}');
      },
    });
    await other.request('{ hello }', {});
    expect(headers).toEqual(['Bearer b']);
  });

  it('ends for good when a fixed credential is refused', async () => {
    const { client } = await world(undefined, { authorization: 'Bearer a', admit: () => false });
    const { fault } = await collect(client, 1).ended;
    expect(fault).toEqual({ code: 'FORBIDDEN', message: 'Forbidden' });
  });

  it('calls the credential function for each socket, and does not send a refused value twice', async () => {
    const given = ['a', 'a', 'b'];
    const { client, said } = await world(undefined, {
      authorization: async () => given.shift() ?? '',
      admit: (authorization) => authorization === 'b',
    });
    expect(await collect(client, 1).ended).toMatchObject({ fault: { code: 'FORBIDDEN', retryAfter: 0 } });
    const { fault } = await collect(client, 1).ended;
    expect(fault).toEqual({ code: 'FORBIDDEN', message: 'This credential was refused before.' });
    expect((await collect(client, 1).ended).fault).toBeNull();
    expect(said).toEqual(['a', 'b']);
  });
});
