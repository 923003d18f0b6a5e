import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { makeEventType, makeHost } from '../../graphql/world.fixture.ts';
import { codesOf, connectSocket, type RawSocket, resultOf } from '../raw-socket.fixture.ts';
import { FOLLOW, following, holdTable, UNLIMITED, untilSubscriptions } from './world.fixture.ts';

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
const operator = () => connect({ authorization: `Bearer ${ADMIN_TOKEN}` });

const VIEWER = '{ viewer { kind } }';
const ANONYMOUS = { data: { viewer: { kind: 'ANONYMOUS' } } };
const asking = (id: string, query = VIEWER) => ({ id, type: 'subscribe', payload: { query } });
/** Reads the table. */
const SLOW = '{ eventType(owner: "ada", slug: "talk") { id } }';

describe('an operation', () => {
  it('that is a query has one result, then ends', async () => {
    const socket = await connect();
    expect(resultOf(await socket.ask(VIEWER))).toEqual(ANONYMOUS);
    expect(await socket.settled()).toEqual([]);
  });

  it('that is a mutation is done once, has one result, then ends', async () => {
    const socket = await operator();
    const query = 'mutation ($input: CreateHostInput!) { createHost(input: $input) { slug } }';
    const input = { name: 'Bob', slug: 'bob', timeZone: 'UTC' };
    expect(resultOf(await socket.ask(query, { variables: { input } }))).toEqual({
      data: { createHost: { slug: 'bob' } },
    });
    expect(codesOf(await socket.ask(query, { variables: { input } }))).toEqual(['CONFLICT']);
  });

  it('is chosen by its name among several', async () => {
    const socket = await connect();
    const query = 'query A { a: viewer { kind } } query B { b: viewer { kind } }';
    expect(resultOf(await socket.ask(query, { operationName: 'B' }))).toEqual({
      data: { b: { kind: 'ANONYMOUS' } },
    });
    expect(resultOf(await socket.ask(query, { operationName: 'A' }))).toEqual({
      data: { a: { kind: 'ANONYMOUS' } },
    });
  });

  it('may leave its name and variables null', async () => {
    const socket = await connect();
    const more = { operationName: null, variables: null, extensions: null };
    socket.say({ id: 'a', type: 'subscribe', payload: { query: VIEWER, ...more } });
    expect(await socket.hear('a')).toMatchObject({ type: 'next', payload: ANONYMOUS });
    expect(await socket.hear('a')).toEqual({ id: 'a', type: 'complete' });
  });

  it.each<[string, string, string | null]>([
    ['no name of several', 'query A { viewer { kind } } query B { viewer { kind } }', null],
    ['a name that nothing has', 'query A { viewer { kind } }', 'B'],
    ['only a fragment', 'fragment F on Viewer { kind }', null],
  ])('of %s fails, and the socket lives on', async (_what, query, operationName) => {
    const socket = await connect();
    expect(codesOf(await socket.ask(query, { operationName }))).toHaveLength(1);
    expect(resultOf(await socket.ask(VIEWER))).toEqual(ANONYMOUS);
  });

  it.each([
    ['a syntax error', '{ viewer {'],
    ['nothing in it', ''],
    ['an unknown field', '{ nothing }'],
    ['an unknown field in a subscription', 'subscription { nothing }'],
    ['a variable that is not declared', '{ eventType(owner: $o, slug: "a") { id } }'],
    ['two fields in a subscription', 'subscription { a: __typename b: __typename }'],
  ])('with %s is one error and no more', async (_what, query) => {
    const socket = await connect();
    const messages = await socket.ask(query);
    expect(messages.map(({ type }) => type)).toEqual(['error']);
    for (const code of codesOf(messages)) expect(code).toBe('BAD_USER_INPUT');
    expect(await socket.settled()).toEqual([]);
    expect(resultOf(await socket.ask(VIEWER))).toEqual(ANONYMOUS);
  });

  it('says where in it the error is', async () => {
    const socket = await connect();
    expect(await socket.ask('{ viewer { colour } }')).toMatchObject([
      { payload: [{ message: expect.stringContaining('colour'), locations: [{ line: 1, column: 12 }] }] },
    ]);
  });

  it.each([
    ['query', 'query ($a: Int!) { hosts(first: $a) { edges { cursor } } }', { a: 'x' }],
    ['query without any', 'query ($a: Int!) { hosts(first: $a) { edges { cursor } } }', undefined],
    ['subscription', FOLLOW, { input: { eventType: 'x', from: 'now', to: 'then' } }],
    ['subscription without any', FOLLOW, undefined],
  ])('with wrong variables fails: a %s', async (_what, query, variables) => {
    const socket = await connect();
    for (const code of codesOf(await socket.ask(query, variables ? { variables } : {}))) {
      expect(code).toBe('BAD_USER_INPUT');
    }
    expect(resultOf(await socket.ask(VIEWER))).toEqual(ANONYMOUS);
  });

  it('whose one field fails brings what did not', async () => {
    const socket = await connect();
    const { data, errors } = resultOf(await socket.ask('{ viewer { kind } node(id: "nobody") { id } }'));
    expect(data).toMatchObject({ viewer: { kind: 'ANONYMOUS' }, node: null });
    expect(errors).toMatchObject([{ path: ['node'], extensions: { code: expect.any(String) } }]);
  });

  it('of an operator that asks for the schema gets all of it', async () => {
    const socket = await operator();
    const { data } = resultOf(
      await socket.ask('{ __schema { types { name fields { name type { name } } } } }'),
    );
    expect(JSON.stringify(data).length).toBeGreaterThan(10_000);
  });
});

describe('an id', () => {
  it.each([
    ['quotes, backslashes and what ends lines elsewhere', 'a"b\\ü\u2028\u2029\n\t</script>'],
    ['what lies beyond 16 bits', '😀\u0000\u{10ffff}'],
    ['half of a pair', '\ud83d'],
    ['1,000 characters', '"\\é'.repeat(250).concat('x'.repeat(250))],
    ['a blank', ' '],
    ['digits', '0'],
    ['a name of every object', '__proto__'],
    ['another name of every object', 'constructor'],
  ])('comes back as it went: %s', async (_what, id) => {
    const socket = await connect();
    for (let i = 0; i < 2; i++) expect(resultOf(await socket.ask(VIEWER, { id }))).toEqual(ANONYMOUS);
    expect(await socket.ask('{ nothing }', { id })).toMatchObject([{ id, type: 'error' }]);
    socket.say(following(id, eventType));
    expect(await socket.hear(id)).toMatchObject({ id, type: 'next' });
    socket.say({ id, type: 'complete' });
    await untilSubscriptions(stack.url, 0);
    expect(await socket.settled()).toEqual([]);
  });

  it('is free again after each end, on the same socket and at once on another', async () => {
    const [socket, other] = [await connect(), await connect()];
    const id = 'the same';
    for (let i = 0; i < 3; i++) {
      expect(resultOf(await socket.ask(VIEWER, { id }))).toEqual(ANONYMOUS);
      expect(codesOf(await socket.ask('{ nothing }', { id }))).toEqual(['BAD_USER_INPUT']);
    }
    for (const each of [socket, other]) each.say(following(id, eventType));
    for (const each of [socket, other]) expect(await each.hear(id)).toMatchObject({ type: 'next' });
    socket.say({ id, type: 'complete' });
    await untilSubscriptions(stack.url, 1);
    expect(resultOf(await socket.ask(VIEWER, { id }))).toEqual(ANONYMOUS);
  });

  it('is taken while its operation is prepared', async () => {
    const hold = await holdTable(stack, 'event_type');
    const socket = await connect();
    socket.say(asking('a', SLOW));
    await hold.holds(1);
    expect(socket.isOpen()).toBe(true);
    socket.say(asking('a'));
    expect(await socket.closed).toMatchObject({ code: 4409 });
    await hold.release();
  });

  it('is taken at once: of two in one breath the second closes the socket', async () => {
    const socket = await connect();
    socket.say(asking('a'), asking('a'));
    expect(await socket.closed).toMatchObject({ code: 4409, reason: expect.stringContaining('a') });
  });

  it('is taken while its subscription is open', async () => {
    const socket = await connect();
    socket.say(following('a', eventType));
    await socket.hear('a');
    socket.say(asking('a'));
    expect(await socket.closed).toMatchObject({ code: 4409 });
    await untilSubscriptions(stack.url, 0);
  });
});

describe('operations side by side', () => {
  it('do not wait for one another', async () => {
    const hold = await holdTable(stack, 'event_type');
    const socket = await connect();
    socket.say(asking('slow', SLOW));
    await hold.holds(1);
    expect(resultOf(await socket.ask(VIEWER))).toEqual(ANONYMOUS);
    expect(await socket.settled()).toEqual([]);
    await hold.release();
    expect(await socket.hear('slow')).toMatchObject({ payload: { data: { eventType: { id: eventType } } } });
    expect(await socket.hear('slow')).toEqual({ id: 'slow', type: 'complete' });
  });

  it('each have their own result, however many', async () => {
    const socket = await connect();
    const query = 'query ($slug: String!) { eventType(owner: "ada", slug: $slug) { slug } viewer { kind } }';
    const slugs = Array.from({ length: 100 }, (_, i) => (i % 2 ? 'talk' : `none-${i}`));
    const answers = await Promise.all(
      slugs.map((slug, i) => socket.ask(query, { id: `operation ${i}`, variables: { slug } })),
    );
    expect(answers.map(resultOf)).toEqual(
      slugs.map((slug) => ({
        data: { eventType: slug === 'talk' ? { slug } : null, viewer: { kind: 'ANONYMOUS' } },
      })),
    );
  });
});

describe('a completion', () => {
  it('of what nobody began is no news', async () => {
    const socket = await connect();
    socket.say({ id: 'nothing', type: 'complete' }, { id: '__proto__', type: 'complete' });
    expect(await socket.settled()).toEqual([]);
  });

  it('of what has ended is no news', async () => {
    const socket = await connect();
    await socket.ask(VIEWER, { id: 'a' });
    await socket.ask('{ nothing }', { id: 'b' });
    socket.say({ id: 'a', type: 'complete' }, { id: 'b', type: 'complete' });
    expect(await socket.settled()).toEqual([]);
  });

  it('of a query that is still at work keeps its result back', async () => {
    const hold = await holdTable(stack, 'event_type');
    const socket = await connect();
    socket.say(asking('a', SLOW), asking('b', SLOW));
    await hold.holds(2);
    socket.say({ id: 'a', type: 'complete' });
    expect(await socket.settled()).toEqual([]);
    await hold.release();
    expect(await socket.hear('b')).toMatchObject({ type: 'next' });
    expect(await socket.hear('b')).toMatchObject({ type: 'complete' });
    await socket.ask(SLOW);
    expect(await socket.settled()).toEqual([]);
  });
});
