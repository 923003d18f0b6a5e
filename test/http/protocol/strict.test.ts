import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { makeEventType, makeHost } from '../../graphql/world.fixture.ts';
import { until } from '../../harness/eventually.ts';
import { codesOf, connectSocket, type RawSocket } from '../raw-socket.fixture.ts';
import { frame, openTcp, TEXT } from '../raw-tcp.fixture.ts';
import { following, UNLIMITED, untilSubscriptions } from './world.fixture.ts';

let stack: Stack;
let eventType: string;
beforeAll(async () => {
  stack = await startStack({ env: UNLIMITED, sync: false });
  const host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'talk');
});
afterAll(() => stack?.close());

const sockets: RawSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) await socket.close();
});

async function connect(payload?: object) {
  const socket = await connectSocket(stack.url, payload);
  sockets.push(socket);
  return socket;
}

const VIEWER = '{ viewer { kind } }';
const asking = (id: string, query = VIEWER) => ({ id, type: 'subscribe', payload: { query } });

describe('an id is free at once', () => {
  it('when a subscription under it was completed in the same breath', async () => {
    const socket = await connect();
    socket.say(following('a', eventType));
    await socket.hear('a');
    socket.say({ id: 'a', type: 'complete' }, asking('a'));
    expect(await socket.hear('a')).toMatchObject({ type: 'next', payload: { data: { viewer: {} } } });
    expect(await socket.hear('a')).toMatchObject({ type: 'complete' });
    await untilSubscriptions(stack.url, 0);
    expect(await socket.settled()).toEqual([]);
  });
});

describe('a socket is closed with the right code', () => {
  it('for an id twice, however long it is', async () => {
    const socket = await connect();
    const id = 'é'.repeat(1_000);
    socket.say(following(id, eventType), asking(id));
    expect(await socket.closed).toMatchObject({ code: 4409 });
  });

  it.each([
    [{ type: 'connection_ack' }],
    [{ id: 'a', type: 'next', payload: { data: {} } }],
    [{ id: 'a', type: 'error', payload: [{ message: 'no' }] }],
  ])('for what only a server says: %o', async (message) => {
    const socket = await connect();
    socket.say(message);
    // As graphql-ws has it.
    expect(await socket.closed).toMatchObject({ code: 4500 });
  });
});

it('a name that no operation has is an input error as over HTTP', async () => {
  const socket = await connect();
  expect(codesOf(await socket.ask('query A { viewer { kind } }', { operationName: 'B' }))).toEqual([
    'BAD_USER_INPUT',
  ]);
});

it('a socket that is closed does nothing more of what was asked of it', async () => {
  const socket = await openTcp(stack.url);
  socket.say({ type: 'connection_init', payload: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  const mutation = (slug: string) =>
    asking(slug, `mutation { createHost(input: { name: "x", slug: "${slug}", timeZone: "UTC" }) { id } }`);
  await until(async () => socket.texts.length > 0);
  socket.socket.write(
    Buffer.concat(['hello', JSON.stringify(mutation('late'))].map((text) => frame(TEXT, text))),
  );
  expect(await socket.ended).toMatchObject({ code: 4400 });
  socket.say(mutation('later'));
  socket.socket.end();
  await new Promise((resolve) => socket.socket.once('close', resolve));
  // Whatever was begun before these is done after them.
  const after = ['after', 'thereafter', 'at-last'];
  for (const slug of after) await makeHost(stack.admin, slug);
  const { hosts } = await stack.admin<{ hosts: { edges: { node: { slug: string } }[] } }>(
    '{ hosts { edges { node { slug } } } }',
  );
  expect(hosts.edges.map(({ node }) => node.slug)).toEqual(['ada', ...after]);
});
