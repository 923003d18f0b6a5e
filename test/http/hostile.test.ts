import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Follower, follow } from '../e2e/client.fixture.ts';
import { type Stack, startStack } from '../e2e/stack.fixture.ts';
import { type MadeHost, makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { until } from '../harness/eventually.ts';
import {
  following,
  setHours,
  subscriptions,
  UNLIMITED,
  untilSubscriptions,
  WINDOW,
} from './protocol/world.fixture.ts';
import { connectSocket, openSocket, resultOf } from './raw-socket.fixture.ts';
import {
  BINARY,
  CLOSE,
  dial,
  frame,
  openTcp,
  PING,
  type TcpSocket,
  TEXT,
  upgradeRequest,
} from './raw-tcp.fixture.ts';

let stack: Stack;
let host: MadeHost;
let eventType: string;
let viewer: Follower;
beforeAll(async () => {
  stack = await startStack({ env: { ...UNLIMITED, TRUSTED_PROXIES: '127.0.0.0/8' }, sync: false });
  host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'talk');
  viewer = follow(stack.url, { eventType, ...WINDOW });
  await viewer.next();
});
afterAll(async () => {
  await viewer?.close();
  await stack?.close();
});

const opened: TcpSocket[] = [];
afterEach(async () => {
  for (const { socket } of opened.splice(0)) socket.destroy();
  await untilSubscriptions(stack.url, 1);
});

async function open(headers?: Record<string, string | null>) {
  const socket = await openTcp(stack.url, headers);
  opened.push(socket);
  return socket;
}

async function connect() {
  const socket = await open();
  socket.say({ type: 'connection_init' });
  await until(async () => socket.texts.length > 0);
  return socket;
}

let late = false;
/** Somebody else's subscription hears of a change, and a query is answered. */
async function othersAreServed() {
  late = !late;
  await setHours(stack, host, late ? '10:00' : '09:00', '17:00');
  expect(await viewer.next()).toMatchObject({ __typename: 'AvailabilityDelta' });
  expect(await stack.anyone('{ viewer { kind } }')).toEqual({ viewer: { kind: 'ANONYMOUS' } });
}

describe('sockets that say nothing', () => {
  it('hold their own address’s places for a moment only, and nobody up', async () => {
    const headers = { 'x-forwarded-for': '198.51.100.1' };
    const silent = await Promise.all(Array.from({ length: 100 }, () => openSocket(stack.url, { headers })));
    await expect(openSocket(stack.url, { headers })).rejects.toThrow('429');
    await othersAreServed();
    const closings = await Promise.all(silent.map(({ closed }) => closed));
    expect(new Set(closings.map(({ code }) => code))).toEqual(new Set([4408]));
    const socket = await until(() => connectSocket(stack.url, {}, { headers }).catch(() => null));
    expect(resultOf(await socket.ask('{ viewer { kind } }'))).toMatchObject({ data: {} });
    await socket.close();
  });

  it('but parts of one message are closed all the same', async () => {
    const socket = await open();
    const text = JSON.stringify({ type: 'connection_init' });
    for (const letter of text.slice(0, -1)) {
      socket.socket.write(frame(letter === '{' ? TEXT : 0, letter, { fin: false }));
    }
    expect(await socket.ended).toMatchObject({ code: 4408 });
  });
});

describe('sockets that go without a word', () => {
  it('leave nothing, whatever was open on them', async () => {
    const sockets = await Promise.all(Array.from({ length: 50 }, connect));
    for (const socket of sockets) socket.say(following('a', eventType), following('b', eventType));
    await untilSubscriptions(stack.url, 101);
    await until(async () => sockets.every(({ texts }) => texts.length === 3));
    sockets.forEach(({ socket }, i) => {
      if (i % 2) socket.resetAndDestroy();
      else socket.destroy();
    });
    await untilSubscriptions(stack.url, 1);
    await othersAreServed();
  });

  it('while they are greeted leave nothing', async () => {
    for (let i = 0; i < 20; i++) {
      const socket = await dial(stack.url);
      socket.write(upgradeRequest());
      if (i % 2) socket.write(frame(TEXT, '{"type":"connection_init"}'));
      if (i % 4 > 1) socket.write(frame(TEXT, JSON.stringify(following('a', eventType))));
      socket.resetAndDestroy();
    }
    await untilSubscriptions(stack.url, 1);
    await othersAreServed();
  });

  it('in the middle of an answer leave nothing', async () => {
    const sockets = await Promise.all(Array.from({ length: 20 }, connect));
    for (const socket of sockets) {
      socket.say({ id: 'a', type: 'subscribe', payload: { query: SCHEMA } });
      socket.socket.once('data', () => socket.socket.resetAndDestroy());
    }
    await Promise.all(sockets.map(({ ended }) => ended));
    await othersAreServed();
  });
});

describe('a socket that does not read', () => {
  it('holds up nobody else, however much it asks', async () => {
    const socket = await connect();
    socket.say(following('a', eventType));
    await untilSubscriptions(stack.url, 2);
    socket.socket.pause();
    for (let i = 0; i < 100; i++) {
      socket.say({ type: 'ping', payload: { i } });
      socket.say({ id: `${i}`, type: 'subscribe', payload: { query: SCHEMA } });
    }
    for (let i = 0; i < 6; i++) await othersAreServed();
    socket.socket.resetAndDestroy();
    await untilSubscriptions(stack.url, 1);
  });
});

describe('what is no frame', () => {
  const text = JSON.stringify({ type: 'ping' });
  it.each<[string, Buffer, number]>([
    ['without a mask', frame(TEXT, text, { mask: false }), 1002],
    ['of a kind that nobody knows', frame(3, text), 1002],
    ['of a control kind that nobody knows', frame(11, text), 1002],
    ['with a reserved bit', frame(TEXT | 0x10, text), 1002],
    ['that goes on where nothing began', frame(0, text), 1002],
    [
      'that begins within another',
      Buffer.concat([frame(TEXT, '{', { fin: false }), frame(TEXT, text)]),
      1002,
    ],
    ['a ping in parts', frame(PING, 'x', { fin: false }), 1002],
    ['a ping that is too long', frame(PING, 'x'.repeat(126)), 1002],
    ['an end with half a code', frame(CLOSE, Buffer.from([3])), 1002],
    ['an end with a code that is none', frame(CLOSE, Buffer.from([0, 1])), 1002],
    ['text that is no UTF-8', frame(TEXT, Buffer.from([0x22, 0xc3, 0x28, 0x22])), 1007],
    ['of 2^40 bytes', frame(BINARY, '', { length: 2 ** 40 }), 1009],
    ['of 1 MB, by its head', frame(TEXT, '', { length: 1_000_000 }), 1009],
    ['of 1 MB', frame(TEXT, Buffer.alloc(1_000_000, 'x')), 1009],
  ])('closes the socket: %s', async (_what, bytes, code) => {
    const socket = await connect();
    socket.socket.write(bytes);
    expect(await socket.ended).toMatchObject({ code });
  });

  it('closes the socket: another protocol altogether', async () => {
    const socket = await connect();
    socket.socket.write('GET /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
    expect((await socket.ended).code).toBe(1002);
    await othersAreServed();
  });

  it('closes the socket when it came with the upgrade', async () => {
    const socket = await dial(stack.url);
    const gone = new Promise((resolve) => socket.once('close', resolve));
    socket.write(Buffer.concat([Buffer.from(upgradeRequest()), Buffer.alloc(64, 0xff)]));
    socket.resume().once('end', () => socket.destroy());
    await gone;
    await othersAreServed();
  });
});

describe('a message in parts', () => {
  const [first, ...more] = JSON.stringify({ type: 'ping', payload: { text: 'in parts' } });

  it('is one message, with what comes between', async () => {
    const socket = await connect();
    socket.socket.write(frame(TEXT, first ?? '', { fin: false }));
    for (const letter of more) {
      socket.socket.write(Buffer.concat([frame(PING, 'x'), frame(0, letter, { fin: false })]));
    }
    socket.socket.write(frame(0, ''));
    await until(async () => socket.texts.length > 1);
    expect(JSON.parse(socket.texts[1] ?? '')).toEqual({ type: 'pong', payload: { text: 'in parts' } });
  });

  it('has the limit of a whole one', async () => {
    const socket = await connect();
    socket.socket.write(frame(TEXT, '"', { fin: false }));
    for (let i = 0; i < 5; i++) socket.socket.write(frame(0, 'x'.repeat(60_000), { fin: false }));
    expect(await socket.ended).toMatchObject({ code: 1009 });
    await othersAreServed();
  });
});

describe('an upgrade', () => {
  it.each<[string, Record<string, string | null>, string?]>([
    ['without a key', { 'sec-websocket-key': null }],
    ['with a key that is none', { 'sec-websocket-key': 'x' }],
    ['of an old version', { 'sec-websocket-version': '7' }],
    ['without a version', { 'sec-websocket-version': null }],
    ['to something else', { upgrade: 'irc' }],
    ['with protocols that are no list', { 'sec-websocket-protocol': 'a,,b' }],
    ['to another path', {}, '/nothing'],
    ['to a path that is none', {}, 'nothing'],
    ['to a path of nothing', {}, '/graphql/../..//'],
    ['with more headers than anybody reads', { cookie: 'x'.repeat(32_000) }],
  ])('%s is refused', async (_what, headers, path) => {
    const refused = await openTcp(stack.url, headers, path);
    opened.push(refused);
    expect(refused.head).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(await refused.ended).toMatchObject({ code: null });
    expect(await subscriptions(stack.url)).toBe(1);
  });

  it('that never ends holds up neither others nor the end of the gateway', async () => {
    const { gateway, url } = await secondStack();
    const slow = await Promise.all(Array.from({ length: 100 }, () => dial(url)));
    const request = upgradeRequest();
    for (const [i, socket] of slow.entries()) socket.write(request.slice(0, 1 + i * 2));
    const socket = await connectSocket(url);
    expect(resultOf(await socket.ask('{ viewer { kind } }'))).toMatchObject({ data: {} });
    // Would it wait for them, it would wait for ever.
    await gateway.close();
    for (const each of slow) each.destroy();
  });
});

/** One to be ended while others go on. */
async function secondStack() {
  const gateway = await startStack({ env: UNLIMITED, sync: false });
  return { gateway, url: gateway.url };
}

const SCHEMA = `{ __schema { types { name description
  fields { name description args { name description type { name } } type { name ofType { name } } } } } }`;
