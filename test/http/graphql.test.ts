import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack, until } from '../e2e/stack.ts';
import { daily, type MadeHost, makeEventType, makeHost, sql } from '../graphql/making.ts';

let stack: Stack;
let host: MadeHost;
let eventType: string;
beforeAll(async () => {
  stack = await startStack({ env: { LOG_LEVEL: 'silent' } });
  host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'talk');
});
afterAll(() => stack?.close());

const WINDOW = { from: '2050-01-03T00:00:00Z', to: '2050-01-04T00:00:00Z' };

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

  it('that is too large is 413, told beforehand or not', async () => {
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

describe('a subscription over Server-Sent Events', () => {
  it('brings the snapshot, then what changes, and ends with its reader', async () => {
    const query = `subscription ($input: AvailabilityInput!) { availability(input: $input) {
      __typename
      ... on AvailabilitySnapshot { etag availability { slots { start } } }
      ... on AvailabilityDelta { fromEtag removed { start } added { start } }
    } }`;
    const reading = new AbortController();
    const response = await fetch(`${stack.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query, variables: { input: { eventType, ...WINDOW } } }),
      signal: reading.signal,
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = dataOf(response);
    const snapshot = await events.next();
    expect(snapshot.value).toMatchObject({ data: { availability: { __typename: 'AvailabilitySnapshot' } } });
    await setHours('10:00', '17:00');
    expect((await events.next()).value).toEqual({
      data: {
        availability: {
          __typename: 'AvailabilityDelta',
          fromEtag: snapshot.value.data.availability.etag,
          removed: [{ start: '2050-01-03T09:00:00.000Z' }, { start: '2050-01-03T09:30:00.000Z' }],
          added: [],
        },
      },
    });
    reading.abort();
    await until(async () =>
      (await (await fetch(`${stack.url}/metrics`)).text()).includes('slotwire_subscriptions 0'),
    );
  });

  it('of an unknown event type says so and ends', async () => {
    const input = `{ eventType: "nothing", from: "${WINDOW.from}", to: "${WINDOW.to}" }`;
    const query = `subscription { availability(input: ${input}) { __typename } }`;
    const response = await get({ query }, { accept: 'text/event-stream' });
    expect((await dataOf(response).next()).value).toMatchObject({
      errors: [{ extensions: { code: 'NOT_FOUND' } }],
    });
  });
});

const setHours = (start: string, end: string) =>
  stack.admin(
    'mutation ($host: ID!, $input: WorkingHoursInput!) { setWorkingHours(host: $host, input: $input) { id } }',
    {
      host: host.id,
      input: daily(start, end),
    },
  );

interface Data {
  data: { availability: { __typename: string; etag?: string } };
}

/** The data of `next` events. */
async function* dataOf(response: Response): AsyncGenerator<Data, never> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: ?(.+)$/m.exec(event)?.[1];
      if (/^event: ?next$/m.test(event) && data) yield JSON.parse(data) as Data;
    }
  }
  throw new Error(`the stream ended with ${JSON.stringify(text)}`);
}
