import { once } from 'node:events';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ADMIN_TOKEN, type Stack, startBeside, startStack } from '../e2e/stack.fixture.ts';
import { daily, makeEventType, makeHost, makeKey } from '../graphql/world.fixture.ts';
import { until } from '../harness/eventually.ts';
import { readMetrics } from '../harness/metrics.ts';
import { freePort } from '../harness/ports.ts';
import { type RedisServer, startRedis } from '../harness/redis.ts';

const ENV = {
  LOG_LEVEL: 'silent',
  RATE_LIMIT_ANONYMOUS: '5/PT10M',
  RATE_LIMIT_STRICT: '2/PT10M',
  SOCKETS_PER_ADDRESS: '3',
  TRUSTED_PROXIES: '127.0.0.0/8',
};

let redis: RedisServer;
let stack: Stack;
let eventTypes: string[];
beforeAll(async () => {
  redis = await startRedis();
  stack = await startStack({ redisUrl: redis.url, env: ENV });
  const host = await makeHost(stack.admin, 'ada', { workingHours: daily('09:00', '17:00') });
  eventTypes = [];
  for (const slug of ['one', 'two', 'three', 'four', 'five']) {
    eventTypes.push(await makeEventType(stack.admin, host, slug));
  }
});
afterAll(async () => {
  await stack?.close();
  await redis?.stop();
});

let hosts = 0;
/** An address that asked nothing yet. */
const fresh = () => `198.51.100.${++hosts}`;

interface Answer {
  status: number;
  retryAfter: string | null;
  data?: unknown;
  errors?: { message: string; extensions: Record<string, unknown> }[];
}

async function ask(
  address: string,
  query = '{ viewer { kind } }',
  { token, variables, at = stack.url }: { token?: string; variables?: object; at?: string } = {},
): Promise<Answer> {
  const response = await fetch(`${at}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': address,
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify({ query, variables }),
  });
  const body = (await response.json()) as Pick<Answer, 'data' | 'errors'>;
  return { status: response.status, retryAfter: response.headers.get('retry-after'), ...body };
}

const isLimited = ({ errors }: Answer) => errors?.[0]?.extensions.code === 'RATE_LIMITED';

function expectLimited(answer: Answer) {
  expect(answer.status).toBe(429);
  const extensions: Record<string, unknown> = answer.errors?.[0]?.extensions ?? {};
  expect(extensions).toEqual({ code: 'RATE_LIMITED', retryAfter: expect.any(Number) });
  expect(Number.isInteger(extensions.retryAfter)).toBe(true);
  expect(extensions.retryAfter).toBeGreaterThanOrEqual(1);
  expect(extensions.retryAfter).toBeLessThanOrEqual(600);
  expect(answer.retryAfter).toBe(String(extensions.retryAfter));
}

describe('operations without a key', () => {
  it('are so many per address and window, then refused until it ends', async () => {
    const address = fresh();
    for (let i = 0; i < 5; i++) expect(await ask(address)).toMatchObject({ status: 200 });
    expectLimited(await ask(address));
    expectLimited(await ask(address));
    expect(await ask(fresh())).toMatchObject({ status: 200 });
  });

  it('count whatever they are: faulty ones, and those with a wrong key', async () => {
    const address = fresh();
    await ask(address, '{ nothing }');
    await ask(address, '{');
    for (let i = 0; i < 3; i++) {
      const { errors } = await ask(address, undefined, { token: 'slk_wrong-key-of-some-length' });
      expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    }
    expectLimited(await ask(address));
    expectLimited(await ask(address, undefined, { token: 'slk_wrong-key-of-some-length' }));
  });

  it.each([
    [['READ_AVAILABILITY'], false],
    [['BOOK'], false],
    [['ADMIN'], false],
    [['READ_BUSY'], true],
  ])('are not limited with a key of %o: not %s', async (scopes, limited) => {
    const address = fresh();
    const { secret: token } = await makeKey(stack, scopes);
    const answers: Answer[] = [];
    for (let i = 0; i < 7; i++) answers.push(await ask(address, undefined, { token }));
    expect(answers.some(isLimited)).toBe(limited);
    const admin = await ask(address, undefined, { token: ADMIN_TOKEN });
    expect(admin).toMatchObject({ status: 200 });
  });

  it('count on a socket too, together with those by HTTP', async () => {
    const address = fresh();
    for (let i = 0; i < 2; i++) await ask(address);
    const client = clientFrom(address);
    const codes: unknown[] = [];
    for (let i = 0; i < 4; i++) codes.push(await codeOf(client));
    expect(codes).toEqual([null, null, null, 'RATE_LIMITED']);
    await client.dispose();
    expectLimited(await ask(address));
  });

  it('count by /64 where the address is of IPv6, and ten times as many by /48', async () => {
    for (let i = 0; i < 5; i++) expect(await ask(`2001:db8:1:1::${i}`)).toMatchObject({ status: 200 });
    expectLimited(await ask('2001:db8:1:1:ffff::1'));
    for (let network = 2; network <= 10; network++) {
      for (let i = 0; i < 5; i++)
        expect(await ask(`2001:db8:1:${network}::${i}`)).toMatchObject({ status: 200 });
    }
    expectLimited(await ask('2001:db8:1:11::1'));
    expect(await ask('2001:db8:2:1::1')).toMatchObject({ status: 200 });
  });

  it('count over all gateways, and Redis holds no address', async () => {
    const environment = { ...stack.environment, PORT: String(await freePort()) };
    const beside = await startBeside(environment, { sync: false });
    const address = fresh();
    for (let i = 0; i < 5; i++) expect(await ask(address)).toMatchObject({ status: 200 });
    expectLimited(await ask(address, undefined, { at: beside.url }));
    expect((await redisKeys()).filter((key) => key.includes('198.51.100'))).toEqual([]);
    await beside.close();
  });

  it('are not limited on a socket with a key', async () => {
    const client = clientFrom(fresh(), ADMIN_TOKEN);
    for (let i = 0; i < 7; i++) expect(await codeOf(client)).toBeNull();
    await client.dispose();
  });
});

const WINDOW = { from: '2050-01-03T00:00:00Z', to: '2050-01-04T00:00:00Z' };
const QUERY = 'query ($input: AvailabilityInput!) { availability(input: $input) { etag } }';

describe('fresher answers without a key', () => {
  const availability = (address: string, input: object, token?: string) =>
    ask(address, QUERY, { variables: { input: { ...WINDOW, ...input } }, ...(token ? { token } : {}) });

  it('are so many per event type for all callers; cached ones go on', async () => {
    const eventType = eventTypes[0];
    const strict = { eventType, consistency: 'STRICT' };
    expect(await availability(fresh(), strict)).toMatchObject({ status: 200 });
    expect(await availability(fresh(), { eventType, maxAge: 'PT1M' })).toMatchObject({ status: 200 });
    expectLimited(await availability(fresh(), strict).then(withoutPath));
    expectLimited(await availability(fresh(), { eventType, maxAge: 'PT1M' }).then(withoutPath));
    expect(await availability(fresh(), { eventType })).toMatchObject({ status: 200 });
    expect(await availability(fresh(), { eventType: eventTypes[1], consistency: 'STRICT' })).toMatchObject({
      status: 200,
    });
    const { secret: token } = await makeKey(stack, ['READ_AVAILABILITY']);
    for (let i = 0; i < 3; i++)
      expect(await availability(fresh(), strict, token)).toMatchObject({ status: 200 });
  });

  it('are not counted when they ask for nonsense', async () => {
    const eventType = eventTypes[2];
    for (let i = 0; i < 3; i++) {
      const backwards = { eventType, consistency: 'STRICT', from: WINDOW.to, to: WINDOW.from };
      const { errors } = await availability(fresh(), backwards);
      expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    }
    expect(await availability(fresh(), { eventType, consistency: 'STRICT' })).toMatchObject({ status: 200 });
  });

  it('count in subscriptions, with a code and no more on a socket', async () => {
    const client = clientFrom(fresh());
    const input = { ...WINDOW, eventType: eventTypes[3], consistency: 'STRICT' };
    const query = `subscription ($input: AvailabilityInput!) { availability(input: $input) { __typename } }`;
    const first = async () => {
      const events = client.iterate({ query, variables: { input } });
      const { value } = await events.next();
      await events.return?.();
      return value;
    };
    for (let i = 0; i < 2; i++) expect(await first()).toMatchObject({ data: expect.anything() });
    const refused = await first().catch((error: unknown) => ({ errors: error }));
    expect(refused.errors).toEqual([
      expect.objectContaining({ extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) } }),
    ]);
    await client.dispose();
  });

  it('are counted for all gateways together', async () => {
    const input = { eventType: eventTypes[4], consistency: 'STRICT' };
    await availability(fresh(), input);
    expect(await redisKeys()).toContain(`slotwire:limit:strict:read:${eventTypes[4]}`);
  });
});

describe('sockets', () => {
  it('are so many per address; the next is refused before it is one', async () => {
    const address = fresh();
    const open = await Promise.all([1, 2, 3].map(() => socketFrom(address)));
    expect(open.map((socket) => typeof socket)).toEqual(['object', 'object', 'object']);
    expect(await socketFrom(address)).toBe(429);
    const elsewhere = await socketFrom(fresh());
    expect(elsewhere).toBeInstanceOf(WebSocket);
    await shut(open[0]);
    // The server hears of it a moment later.
    const again = await until(async () => {
      const socket = await socketFrom(address);
      return socket instanceof WebSocket && socket;
    });
    expect(await socketFrom(address)).toBe(429);
    await Promise.all([...open.slice(1), elsewhere, again].map(shut));
  });

  it('with a key do not count, whether it is said in a header or on the socket', async () => {
    const address = fresh();
    const clients = [1, 2, 3, 4].map(() => clientFrom(address, ADMIN_TOKEN));
    for (const client of clients) expect(await codeOf(client)).toBeNull();
    // At once, for a socket that says nothing is closed after some seconds, which a busy machine may take to open the next.
    const anonymous = await Promise.all([
      ...[1, 2, 3, 4].map(() => socketFrom(address)),
      socketFrom(address, { authorization: 'Bearer wrong' }),
    ]);
    const lifted = await socketFrom(address, { authorization: `Bearer ${ADMIN_TOKEN}` });
    expect(lifted).toBeInstanceOf(WebSocket);
    // Those that were admitted; the clients' own sockets took no place.
    expect(anonymous.filter((socket) => socket !== 429)).toHaveLength(3);
    for (const socket of [lifted, ...anonymous]) if (socket instanceof WebSocket) await shut(socket);
    for (const client of clients) await client.dispose();
  });
});

it('the metrics tell how often', async () => {
  const text = await readMetrics(stack.url);
  for (const limit of ['operations', 'strict', 'sockets']) {
    expect(text).toMatch(new RegExp(`^slotwire_rate_limited_total\\{limit="${limit}"\\} [1-9]`, 'm'));
  }
});

function withoutPath(answer: Answer): Answer {
  return {
    ...answer,
    errors: (answer.errors ?? []).map(({ message, extensions }) => ({ message, extensions })),
  };
}

/** The open socket, or the status that it was refused with. */
async function socketFrom(address: string, headers: object = {}): Promise<WebSocket | number> {
  const socket = new WebSocket(`${stack.url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', {
    headers: { 'x-forwarded-for': address, ...headers },
  });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (request, response) => {
      expect(Number(response.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      request.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.once('error', reject);
  });
}

async function shut(socket: WebSocket | number | undefined) {
  if (!(socket instanceof WebSocket)) return;
  const closed = once(socket, 'close');
  socket.close();
  await closed;
}

function clientFrom(address: string, token?: string) {
  class Socket extends WebSocket {
    constructor(url: string, protocols: string) {
      super(url, protocols, { headers: { 'x-forwarded-for': address } });
    }
  }
  return createClient({
    url: `${stack.url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: Socket,
    connectionParams: token ? { authorization: `Bearer ${token}` } : {},
    retryAttempts: 0,
    lazyCloseTimeout: 10_000,
  });
}

/** The code that an operation is refused with; null when it is answered. */
const codeOf = (client: ReturnType<typeof createClient>) =>
  new Promise<unknown>((resolve, reject) => {
    client.subscribe(
      { query: '{ viewer { kind } }' },
      {
        next: () => resolve(null),
        error: (error) => (Array.isArray(error) ? resolve(error[0]?.extensions.code) : reject(error)),
        complete: () => {},
      },
    );
  });

async function redisKeys(): Promise<string[]> {
  const { createClient: connect } = await import('redis');
  const client = connect({ url: redis.url });
  await client.connect();
  return client.keys('*').finally(() => client.destroy());
}
