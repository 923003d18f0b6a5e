import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { makeEventType, makeHost, sql } from '../../graphql/world.fixture.ts';

let stack: Stack;
let eventType: string;
beforeAll(async () => {
  stack = await startStack({ env: { LOG_LEVEL: 'silent' } });
  const host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'talk');
});
afterAll(() => stack?.close());

const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(`${stack.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
const get = (parameters: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${stack.url}/graphql?${new URLSearchParams(parameters)}`, { headers });
const codes = async (response: Response) => {
  const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
  return errors.map(({ extensions }) => extensions.code);
};

describe('a query', () => {
  it('comes by POST or by GET, with variables and a name', async () => {
    const query =
      'query Mine($o: String!) { eventType(owner: $o, slug: "talk") { id } } query Other { viewer { kind } }';
    const body = { query, operationName: 'Mine', variables: { o: 'ada' } };
    const expected = { data: { eventType: { id: eventType } } };
    const posted = await post(JSON.stringify(body));
    expect(posted.headers.get('content-type')).toContain('application/json');
    expect(await posted.json()).toEqual(expected);
    expect(await (await get({ ...body, variables: JSON.stringify(body.variables) })).json()).toEqual(
      expected,
    );
  });

  it('is answered in the newer media type with its own status', async () => {
    const accept = 'application/graphql-response+json';
    const right = await post('{"query":"{ viewer { kind } }"}', { accept });
    expect([right.status, right.headers.get('content-type')]).toEqual([200, expect.stringContaining(accept)]);
    expect((await post('{"query":"{ viewer {"}', { accept })).status).toBe(400);
  });

  it.each([
    ['a syntax error', '{"query":"{ viewer { "}'],
    ['an unknown field', '{"query":"{ nothing }"}'],
    ['a missing argument', '{"query":"{ eventType(owner: \\"a\\") { id } }"}'],
    [
      'a variable of a wrong type',
      '{"query":"query ($a: Int!) { hosts(first: $a) { edges { cursor } } }","variables":{"a":"x"}}',
    ],
    ['no query', '{}'],
    ['no JSON', 'query'],
    ['variables that are none', '{"query":"{ viewer { kind } }","variables":"a"}'],
    ['an unknown operation', '{"query":"query A { viewer { kind } }","operationName":"B"}'],
  ])('with %s is BAD_USER_INPUT', async (_what, body) => {
    const response = await post(body);
    expect(response.status).toBeLessThan(500);
    expect(await codes(response)).toEqual(['BAD_USER_INPUT']);
  });

  it.each([undefined, 'application/json', 'application/graphql-response+json', '*/*'])(
    'is 400 when its body is no JSON, no object or cut, and %s is accepted',
    async (accept) => {
      for (const body of ['query', '', '"{ viewer { kind } }"', 'null', '{"query":"{ viewer { kind } }"']) {
        const response = await post(body, accept === undefined ? {} : { accept });
        expect([body, response.status]).toEqual([body, 400]);
        expect(await codes(response)).toEqual(['BAD_USER_INPUT']);
      }
    },
  );

  it('is 200 in application/json when its document is wrong, as older clients expect', async () => {
    const response = await post('{"query":"{ viewer { "}', { accept: 'application/json' });
    expect([response.status, await codes(response)]).toEqual([200, ['BAD_USER_INPUT']]);
  });

  it('says where a syntax error is', async () => {
    expect(await (await post('{"query":"{ viewer { "}')).json()).toMatchObject({
      errors: [{ message: expect.stringContaining('Syntax Error'), locations: [{ line: 1, column: 12 }] }],
    });
  });

  it('is refused when it is a mutation by GET', async () => {
    const response = await get({ query: 'mutation { createApiKey(name: "a", scopes: [ADMIN]) { id } }' });
    expect(response.status).toBe(405);
  });
});

describe('a fault of ours', () => {
  it('is masked: no word of the database', async () => {
    await sql(stack, 'alter table event_type rename to elsewhere');
    try {
      const response = await post('{"query":"{ eventType(owner: \\"ada\\", slug: \\"talk\\") { id } }"}');
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({
        errors: [{ path: ['eventType'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
      });
      expect(text).not.toMatch(/event_type|elsewhere|prisma|select|\.ts/i);
    } finally {
      await sql(stack, 'alter table elsewhere rename to event_type');
    }
  });
});

describe('a body', () => {
  const query = `{ viewer { kind } } #${'x'.repeat(300 * 1024)}`;

  it('that is too large is 413, announced beforehand or not', async () => {
    const body = JSON.stringify({ query });
    expect((await post(body)).status).toBe(413);
    const streamed = await fetch(`${stack.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([body]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(streamed.status).toBe(413);
  });
});

describe('another site', () => {
  it('may ask, after a preflight', async () => {
    const response = await fetch(`${stack.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-methods')).toContain('POST');
    expect(response.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
    expect(response.headers.get('access-control-allow-credentials')).not.toBe('true');
    const answered = await post('{"query":"{ viewer { kind } }"}', { origin: 'https://shop.example' });
    for (const { headers } of [response, answered]) {
      expect(['*', 'https://shop.example']).toContain(headers.get('access-control-allow-origin'));
    }
  });
});
