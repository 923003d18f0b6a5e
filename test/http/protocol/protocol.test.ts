import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, type Stack, startStack } from '../../e2e/stack.fixture.ts';
import {
  connectSocket,
  type OpenOptions,
  openSocket,
  type RawSocket,
  resultOf,
} from '../raw-socket.fixture.ts';
import { openTcp } from '../raw-tcp.fixture.ts';
import { holdTable, UNLIMITED } from './world.fixture.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ env: UNLIMITED, sync: false });
});
afterAll(() => stack?.close());

const sockets: RawSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) await socket.close();
});

async function open(options?: OpenOptions) {
  const socket = await openSocket(stack.url, options);
  sockets.push(socket);
  return socket;
}

async function connect(payload?: object) {
  const socket = await connectSocket(stack.url, payload);
  sockets.push(socket);
  return socket;
}

const INIT = { type: 'connection_init' };
const VIEWER = '{ viewer { kind } }';
const asking = (id: string, query = VIEWER) => ({ id, type: 'subscribe', payload: { query } });
/** A key that has to be looked up. */
const UNKNOWN_KEY = { authorization: 'Bearer slk_some-key-that-nobody-was-given' };

describe('the subprotocol', () => {
  it('is chosen among several', async () => {
    const socket = await open({ protocol: ['graphql-ws', 'graphql-transport-ws'] });
    expect(socket.ws.protocol).toBe('graphql-transport-ws');
    socket.say(INIT);
    expect(await socket.hear()).toMatchObject({ type: 'connection_ack' });
  });

  it('is not left out', async () => {
    const socket = await open({ protocol: [] });
    expect(await socket.closed).toMatchObject({ code: 4406 });
  });

  it.each([['graphql-ws'], ['something-else'], ['graphql-transport-ws2'], ['GRAPHQL-TRANSPORT-WS']])(
    '%s is not agreed to',
    async (protocol) => {
      const socket = await openTcp(stack.url, { 'sec-websocket-protocol': protocol });
      expect(socket.head).not.toMatch(/^sec-websocket-protocol:/im);
      expect(await socket.ended).toMatchObject({ code: 4406 });
      socket.socket.destroy();
    },
  );
});

describe('the introduction', () => {
  it.each([[{}], [{ payload: null }], [{ payload: {} }], [{ payload: { colour: 'red' } }]])(
    'with %o is acknowledged',
    async (more) => {
      const socket = await open();
      socket.say({ ...INIT, ...more });
      expect(await socket.hear()).toMatchObject({ type: 'connection_ack' });
      expect(await socket.settled()).toEqual([]);
    },
  );

  it('comes in time, or the socket is closed; how long we take to answer does not count', async () => {
    const hold = await holdTable(stack, 'api_key');
    const [silent, pinging, waiting] = [await open(), await open(), await open()];
    pinging.say({ type: 'ping' });
    waiting.say({ ...INIT, payload: UNKNOWN_KEY });
    await hold.holds(1);
    expect(await silent.closed).toMatchObject({ code: 4408 });
    expect(await pinging.closed).toMatchObject({ code: 4408 });
    expect(await waiting.settled()).toEqual([]);
    await hold.release();
    expect(await waiting.closed).toMatchObject({ code: 4403 });
  });

  it('comes once', async () => {
    const socket = await connect();
    socket.say(INIT);
    expect(await socket.closed).toMatchObject({ code: 4429 });
  });

  it('comes once, also while we think about the first', async () => {
    const hold = await holdTable(stack, 'api_key');
    const socket = await open();
    socket.say({ ...INIT, payload: UNKNOWN_KEY });
    await hold.holds(1);
    socket.say(INIT);
    expect(await socket.closed).toMatchObject({ code: 4429 });
    await hold.release();
  });

  it('with a wrong credential closes the socket', async () => {
    const socket = await open();
    socket.say({ ...INIT, payload: UNKNOWN_KEY });
    expect(await socket.closed).toMatchObject({ code: 4403 });
  });

  it('goes before every operation', async () => {
    const early = await open();
    early.say(asking('a'));
    expect(await early.closed).toMatchObject({ code: 4401 });

    const hold = await holdTable(stack, 'api_key');
    const pending = await open();
    pending.say({ ...INIT, payload: UNKNOWN_KEY });
    await hold.holds(1);
    pending.say(asking('a'));
    expect(await pending.closed).toMatchObject({ code: 4401 });
    await hold.release();
  });

  it('says who asks, once for all operations', async () => {
    const socket = await connect({ authorization: `Bearer ${ADMIN_TOKEN}` });
    for (const id of ['a', 'b']) {
      expect(resultOf(await socket.ask(VIEWER, { id }))).toEqual({ data: { viewer: { kind: 'ADMIN' } } });
    }
  });
});

describe('what is no message', () => {
  const subscribe = (payload: unknown) => ({ id: 'a', type: 'subscribe', payload });
  it.each<[string, object | string | Buffer]>([
    ['an empty text', ''],
    ['no JSON', 'hello'],
    ['JSON that was cut off', '{"type":"ping"'],
    ['a number', '4'],
    ['null', 'null'],
    ['a list', [INIT]],
    ['an object without a type', {}],
    ['a type that is no text', { type: 1 }],
    ['a type that nobody knows', { type: 'start', id: 'a', payload: { query: VIEWER } }],
    ['a type of any object', { type: 'constructor' }],
    ['a type in capitals', { type: 'PING' }],
    ['an introduction with a text', { ...INIT, payload: 'me' }],
    ['an introduction with a list', { ...INIT, payload: [] }],
    ['a ping with a text', { type: 'ping', payload: 'x' }],
    ['a pong with a number', { type: 'pong', payload: 1 }],
    ['an operation without an id', { type: 'subscribe', payload: { query: VIEWER } }],
    ['an operation with an empty id', asking('')],
    ['an operation with a number for an id', { ...asking('a'), id: 1 }],
    ['an operation without a payload', { id: 'a', type: 'subscribe' }],
    ['an operation without a query', subscribe({})],
    ['an operation whose query is a document', subscribe({ query: { kind: 'Document' } })],
    ['an operation whose variables are a list', subscribe({ query: VIEWER, variables: [] })],
    ['an operation whose variables are a text', subscribe({ query: VIEWER, variables: '{}' })],
    ['an operation whose name is a number', subscribe({ query: VIEWER, operationName: 1 })],
    ['an operation whose extensions are a text', subscribe({ query: VIEWER, extensions: 'x' })],
    ['a completion without an id', { type: 'complete' }],
    ['a completion with an empty id', { type: 'complete', id: '' }],
    ['bytes', Buffer.from([0, 255, 1, 254])],
  ])('closes the socket: %s', async (_what, message) => {
    const socket = await connect();
    socket.say(message);
    expect(await socket.closed).toMatchObject({ code: 4400 });
  });

  it('closes the socket before it was acknowledged too', async () => {
    const socket = await open();
    socket.say('hello');
    expect(await socket.closed).toMatchObject({ code: 4400 });
  });

  it('says why in words that fit a closing frame', async () => {
    const socket = await connect();
    socket.say({ type: 'x'.repeat(1_000) });
    const { code, reason } = await socket.closed;
    expect(code).toBe(4400);
    expect(reason.length).toBeGreaterThan(0);
  });

  it('is not what has members that nobody knows', async () => {
    const socket = await connect();
    socket.say({ ...asking('a'), colour: 'red' });
    expect(await socket.hear()).toMatchObject({ id: 'a', type: 'next' });
    expect(await socket.hear()).toEqual({ id: 'a', type: 'complete' });
  });
});

describe('a message', () => {
  /** A message of so many bytes. */
  function ofSize(size: number, filler: string) {
    const filled = (text: string) => JSON.stringify(asking('a', `${VIEWER} #${text}`));
    const room = size - Buffer.byteLength(filled(''));
    const count = Math.floor(room / Buffer.byteLength(filler));
    return filled(filler.repeat(count) + 'x'.repeat(room - count * Buffer.byteLength(filler)));
  }

  it.each([['x'], ['€']])('of %o may have 256 KiB, and no more', async (filler) => {
    const socket = await connect();
    socket.say(ofSize(256 * 1024, filler));
    expect(await socket.hear()).toMatchObject({ type: 'next', payload: { data: { viewer: {} } } });
    socket.say(ofSize(256 * 1024 + 1, filler));
    expect(await socket.closed).toMatchObject({ code: 1009 });
  });
});

describe('a ping', () => {
  it('is answered with what it carried, before and after the introduction', async () => {
    const socket = await open();
    const payload = { at: 1, deep: [{ text: 'ü "\\ \u2028 😀' }] };
    socket.say({ type: 'ping', payload });
    expect(await socket.hear()).toEqual({ type: 'pong', payload });
    socket.say(INIT);
    expect(await socket.hear()).toMatchObject({ type: 'connection_ack' });
    socket.say({ type: 'ping', payload });
    expect(await socket.hear()).toEqual({ type: 'pong', payload });
  });

  it.each([[{}], [{ payload: null }]])('with %o is answered with nothing', async (more) => {
    const socket = await open();
    socket.say({ type: 'ping', ...more });
    const pong = await socket.hear();
    expect(pong.type).toBe('pong');
    expect('payload' in pong ? pong.payload : null).toBeNull();
  });

  it('is answered in its turn when there are many', async () => {
    const socket = await connect();
    const numbers = Array.from({ length: 500 }, (_, i) => i);
    socket.say(...numbers.map((i) => ({ type: 'ping', payload: { i } })));
    for (const i of numbers) expect(await socket.hear()).toEqual({ type: 'pong', payload: { i } });
  });

  it('is answered on the level of websockets too', async () => {
    const socket = await open();
    socket.ws.ping('are you there');
    const [data] = await once(socket.ws, 'pong');
    expect(String(data)).toBe('are you there');
  });
});

describe('a pong that nobody asked for', () => {
  it('is no news, before and after the introduction', async () => {
    const socket = await open();
    socket.say({ type: 'pong' }, { type: 'pong', payload: { at: 1 } });
    expect(await socket.settled()).toEqual([]);
    socket.say(INIT, { type: 'pong', payload: { at: 2 } });
    expect(await socket.hear()).toMatchObject({ type: 'connection_ack' });
    expect(await socket.settled()).toEqual([]);
    socket.ws.pong('here I am');
    expect(await socket.settled()).toEqual([]);
  });
});
