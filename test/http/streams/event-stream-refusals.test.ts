import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { makeEventType, makeHost, makeKey } from '../../graphql/world.fixture.ts';
import { FOLLOW, UNLIMITED, WINDOW } from '../protocol/world.fixture.ts';
import { dial } from '../raw-tcp.fixture.ts';
import { readEvents } from './event-reader.fixture.ts';

let stack: Stack;
let eventType: string;
beforeAll(async () => {
  const env = { LOG_LEVEL: 'silent', RATE_LIMIT_ANONYMOUS: '10/PT10M', TRUSTED_PROXIES: '127.0.0.0/8' };
  stack = await startStack({ env, sync: false });
  eventType = await makeEventType(stack.admin, await makeHost(stack.admin, 'ada'), 'talk');
});
afterAll(() => stack?.close());

let addresses = 0;
const fresh = () => ({ 'x-forwarded-for': `198.51.100.${++addresses}` });
const STREAM = { accept: 'text/event-stream', 'content-type': 'application/json' };
const asked = () => ({ query: FOLLOW, variables: { input: { eventType, ...WINDOW } } });

const post = (body: BodyInit, headers: object = fresh()) =>
  fetch(`${stack.url}/graphql`, {
    method: 'POST',
    headers: { ...STREAM, ...headers },
    body,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  });

/** The one error of an answer that must be JSON, and readable by other sites. */
async function refusalOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('access-control-expose-headers')).toBe('retry-after');
  const { errors } = (await response.json()) as { errors: { extensions: Record<string, unknown> }[] };
  expect(errors).toHaveLength(1);
  return { status: response.status, ...errors[0]?.extensions };
}

describe('no stream is begun', () => {
  it.each([
    ['a syntax error', '{"query":"subscription { "}'],
    ['an unknown field', '{"query":"subscription { nothing }"}'],
    ['no query', '{}'],
    ['a query that is no text', '{"query":{}}'],
    ['no JSON', 'subscription'],
    ['nothing', ''],
    ['a list', '[{"query":"{ viewer { kind } }"}]'],
    ['variables that are none', '{"query":"subscription { nothing }","variables":[]}'],
    ['an unknown operation', '{"query":"query A { viewer { kind } }","operationName":"B"}'],
    ['an operation whose name is no text', '{"query":"{ viewer { kind } }","operationName":1}'],
  ])('for %s', async (_what, body) => {
    expect(await refusalOf(await post(body))).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
  });

  it.each([
    ['a query that is missing', {}],
    ['variables that are no JSON', { query: '{ viewer { kind } }', variables: '{' }],
    ['variables that are no object', { query: '{ viewer { kind } }', variables: '"a"' }],
  ])('by GET for %s', async (_what, parameters) => {
    const response = await fetch(`${stack.url}/graphql?${new URLSearchParams(parameters)}`, {
      headers: { ...fresh(), accept: 'text/event-stream' },
    });
    expect(await refusalOf(response)).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
  });

  it('for a wrong key, which is counted like no key', async () => {
    const headers = { ...fresh(), authorization: 'Bearer sw_wrong' };
    for (let i = 0; i < 10; i++) {
      const refused = await refusalOf(await post(JSON.stringify(asked()), headers));
      expect(refused).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
    }
    expect(await refusalOf(await post(JSON.stringify(asked()), headers))).toMatchObject({ status: 429 });
  });

  it('for who asked too often, who is answered when to come back; a key lifts that', async () => {
    const headers = fresh();
    for (let i = 0; i < 10; i++) await (await post('{}', headers)).text();
    const response = await post(JSON.stringify(asked()), headers);
    const after = Number(response.headers.get('retry-after'));
    expect(await refusalOf(response)).toEqual({ status: 429, code: 'RATE_LIMITED', retryAfter: after });
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThanOrEqual(600);
    const { secret } = await makeKey(stack, ['READ_AVAILABILITY']);
    const reader = await readEvents(stack.url, asked(), {
      headers: { ...headers, authorization: `Bearer ${secret}` },
    });
    expect((await reader.answer()).__typename).toBe('AvailabilitySnapshot');
    reader.leave();
  });

  it('for a body that is too long, announced beforehand or not', async () => {
    const body = JSON.stringify({ ...asked(), more: 'x'.repeat(300 * 1024) });
    for (const sent of [body, new Blob([body]).stream()]) {
      expect(await refusalOf(await post(sent))).toMatchObject({
        status: 413,
        code: 'BAD_USER_INPUT',
        field: 'body',
      });
    }
  });

  it('while the gateway stops', async () => {
    const other = await startStack({ env: UNLIMITED, sync: false });
    const type = await makeEventType(other.admin, await makeHost(other.admin, 'ada'), 'talk');
    const question = { query: FOLLOW, variables: { input: { eventType: type, ...WINDOW } } };
    const readers = await Promise.all(Array.from({ length: 40 }, () => readEvents(other.url, question)));
    for (const reader of readers) await reader.next();
    const late = await dial(other.url);
    const stopped = other.close();
    const text = JSON.stringify(question);
    late.write(
      `POST /graphql HTTP/1.1\r\nhost: a\r\naccept: ${STREAM.accept}\r\ncontent-type: application/json\r\n` +
        `content-length: ${text.length}\r\n\r\n${text}`,
    );
    const [answer] = await once(late, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 503 /);
    expect(String(answer)).toMatch(/^access-control-allow-origin: \*\r$/im);
    expect(String(answer)).toMatch(/^retry-after: 1\r$/im);
    late.end();
    // Those who follow are sent away, not answered that nothing more will come.
    for (const reader of readers) await expect(reader.next()).rejects.toThrow('the stream ended');
    await stopped;
  });
});
