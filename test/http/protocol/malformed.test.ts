import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../../src/log.ts';
import { NO_WORKER_SEEN } from '../../../src/sync/worker-presence.ts';
import { ADMIN_TOKEN, type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { makeEventType, makeHost } from '../../graphql/world.fixture.ts';
import { connectSocket, openSocket } from '../raw-socket.fixture.ts';
import { TRANSPORTS, TRUSTING } from './transports.fixture.ts';
import { FOLLOW, UNLIMITED, WINDOW } from './world.fixture.ts';

let stack: Stack;
let eventType: string;
/** What the gateway logged as an error of its own. */
const errors: string[] = [];
beforeAll(async () => {
  const log = createLog('error', {
    write(line) {
      // It has no worker, and says so after a while.
      if (!line.includes(NO_WORKER_SEEN)) errors.push(line);
    },
  });
  stack = await startStack({ env: { ...UNLIMITED, ...TRUSTING }, sync: false, log });
  eventType = await makeEventType(stack.admin, await makeHost(stack.admin, 'ada'), 'talk');
});
afterAll(() => stack?.close());
afterEach(() => {
  expect(errors.splice(0)).toEqual([]);
});

const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const QUERY = 'query ($input: AvailabilityInput!) { availability(input: $input) { etag } }';
const VIEWER = '{ viewer { kind } }';

const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(`${stack.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });

/** The status and the code of what is no answer but a refusal. */
async function refused(response: Response) {
  const { errors: [error] = [] } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
  return [response.status, error?.extensions.code];
}

const BAD = [400, 'BAD_USER_INPUT'];

describe.each([
  ['a request', {}],
  ['an event stream', { accept: 'text/event-stream' }],
])('%s', (_what, headers: Record<string, string>) => {
  it.each<[string, string]>([
    [
      'variables that nest a hundred thousand levels',
      `{"query":"${QUERY}","variables":{"input":${deep(100_000)}}}`,
    ],
    [
      'variables that nest so in a variable of no use',
      `{"query":"${VIEWER}","variables":{"x":${deep(100_000)}}}`,
    ],
    ['a body of a hundred thousand brackets', deep(100_000)],
    ['a body that ends within them', '['.repeat(100_000)],
    ['a query that is a number', '{"query":5}'],
    ['a documentId that is a number', '{"documentId":5}'],
    ['variables that are a list', `{"query":"${VIEWER}","variables":[]}`],
    ['an operationName that is an object', `{"query":"${VIEWER}","operationName":{"a":1}}`],
    ['U+0000 in a variable', `{"query":"${QUERY}","variables":{"input":{"eventType":"\\u0000"}}}`],
  ])('with %s is the sender’s fault', async (_fault, body) => {
    expect(await refused(await post(body, headers))).toEqual(BAD);
  });

  it.each<[string, string]>([
    ['extensions that are cut off', 'extensions={'],
    ['variables that are cut off', 'variables={"a":'],
    ['variables that are deep', `variables={"x":${deep(500)}}`],
  ])('by GET with %s is the sender’s fault', async (_fault, parameter) => {
    const query = headers.accept ? FOLLOW : VIEWER;
    const address = `${stack.url}/graphql?query=${encodeURIComponent(query)}&${encodeURI(parameter)}`;
    expect(await refused(await fetch(address, { headers }))).toEqual(BAD);
  });
});

describe('a subscription with deep variables', () => {
  it('is the sender’s fault as an event stream', async () => {
    const body = `{"query":${JSON.stringify(FOLLOW)},"variables":{"input":${deep(60)}}}`;
    expect(await refused(await post(body, { accept: 'text/event-stream' }))).toEqual(BAD);
  });
});

describe('a form', () => {
  it.each(['query={viewer{kind}}&variables={', 'query={viewer{kind}}&extensions=[[', '%%%=&='])(
    'that says %s is the sender’s fault',
    async (body) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      expect(await refused(await post(body, headers))).toEqual(BAD);
    },
  );

  it.each([
    'operations={',
    'nothing',
    '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{\r\n--x--\r\n',
  ])('in parts that says %j is the sender’s fault', async (body) => {
    const response = await post(body, { 'content-type': 'multipart/form-data; boundary=x' });
    expect(await refused(response)).toEqual(BAD);
  });
});

describe('a document', () => {
  const chained = `{ ...F0 } ${Array.from({ length: 4_500 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} }`).join(' ')}
    fragment F4500 on Query { viewer { kind } }`;
  const circle = '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }';
  const doubling = `{ ...D0 } ${Array.from({ length: 40 }, (_, i) => `fragment D${i} on Query { ...D${i + 1} ... { ...D${i + 1} } }`).join(' ')}
    fragment D40 on Query { viewer { kind } }`;

  describe.each(Object.entries(TRANSPORTS).map(([name, ask]) => ({ name, ask })))(
    'over $name',
    ({ name, ask }) => {
      it.each<[string, string, string]>([
        ['is too long a chain of fragments', chained, 'TOO_COSTLY'],
        ['is brackets', '{'.repeat(100_000), 'TOO_COSTLY'],
        ['is a circle of fragments', circle, 'BAD_USER_INPUT'],
        ['ends within a text', '{ booking(token: "', 'BAD_USER_INPUT'],
        ['holds half a character', '{ booking(token: "\\uD83D") { id } }', 'BAD_USER_INPUT'],
        ['is empty', '', 'BAD_USER_INPUT'],
        ['defines no operation', 'fragment A on Query { viewer { kind } }', 'BAD_USER_INPUT'],
        ['defines a type', 'type A { b: Int }', 'BAD_USER_INPUT'],
      ])('that %s is refused, with every right', async (_what, query, code) => {
        // A server may cut an address that long by itself.
        if (name === 'GET' && query.length > 10_000) return;
        const answer = await ask({ url: stack.url, query, token: ADMIN_TOKEN });
        expect(answer.code).toBe(code);
        if (code === 'TOO_COSTLY' && answer.status !== null) expect(answer.status).toBe(400);
      });

      it('whose fragments double forty times is answered for what it comes to, or refused', async () => {
        const answer = await ask({ url: stack.url, query: doubling });
        expect([null, 'TOO_COSTLY']).toContain(answer.code);
      });
    },
  );
});

describe('a socket', () => {
  it.each<[string, string]>([
    ['a ping', `{"type":"ping","payload":{"x":${deep(100_000)}}}`],
    [
      'an operation',
      `{"id":"a","type":"subscribe","payload":{"query":"${VIEWER}","variables":{"x":${deep(100_000)}}}}`,
    ],
    ['no JSON', '{'.repeat(1_000)],
  ])('is closed for nesting too deeply in %s', async (_what, message) => {
    const socket = await connectSocket(stack.url);
    socket.say(message);
    expect((await socket.closed).code).toBe(4400);
  });

  it('is closed for it before it is greeted, too', async () => {
    const socket = await openSocket(stack.url);
    socket.say(`{"type":"connection_init","payload":{"x":${deep(100_000)}}}`);
    expect((await socket.closed).code).toBe(4400);
  });

  it('goes on after an operation with deep variables', async () => {
    const socket = await connectSocket(stack.url);
    for (const query of [QUERY, FOLLOW]) {
      const variables = { input: { eventType, ...WINDOW }, deep: JSON.parse(deep(60)) as unknown };
      socket.say({ id: 'a', type: 'subscribe', payload: { query, variables } });
      expect(await socket.hear('a')).toMatchObject({
        type: 'error',
        payload: [{ extensions: { code: 'BAD_USER_INPUT', field: 'variables' } }],
      });
    }
    await socket.close();
  });
});
