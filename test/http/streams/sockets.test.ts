import { once } from 'node:events';
import { type Client, createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ADMIN_TOKEN, type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { makeHost, makeKey, secondOrganisation } from '../../graphql/world.fixture.ts';

/** The gateway's, which stands where a test wants so: a key that ends soon doesn't end before it was used. */
const clock = { stands: null as number | null, now: () => clock.stands ?? Date.now() };
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ clock });
});
afterAll(() => stack?.close());

const open: Client[] = [];
afterEach(async () => {
  for (const client of open.splice(0)) await client.dispose();
});

const address = () => `${stack.url.replace(/^http/, 'ws')}/graphql`;

/** A client whose socket stays open between operations. */
function connect(connectionParams: Record<string, unknown>, headers: Record<string, string> = {}): Client {
  class Socket extends WebSocket {
    constructor(url: string, protocols: string) {
      super(url, protocols, { headers });
    }
  }
  const client = createClient({
    url: address(),
    webSocketImpl: Socket,
    connectionParams,
    retryAttempts: 0,
    lazyCloseTimeout: 10_000,
  });
  open.push(client);
  return client;
}

interface Result {
  data?: Record<string, unknown> | null;
  errors?: readonly { message: string; extensions?: Record<string, unknown> }[];
}

/** The one result of an operation; rejects with an operation's errors or the socket's end. */
const ask = (client: Client, query: string) =>
  new Promise<Result>((resolve, reject) => {
    let last: Result = {};
    client.subscribe(
      { query },
      {
        next: (result) => {
          last = result as Result;
        },
        error: (error) => (Array.isArray(error) ? resolve({ errors: error }) : reject(error)),
        complete: () => resolve(last),
      },
    );
  });

const VIEWER = '{ viewer { kind } }';

describe('a socket', () => {
  it('acts for the key that it was opened with', async () => {
    const { secret } = await makeKey(stack, ['READ_BUSY']);
    for (const [authorization, kind] of [
      [undefined, 'ANONYMOUS'],
      [`Bearer ${secret}`, 'API_KEY'],
      [`Bearer ${ADMIN_TOKEN}`, 'ADMIN'],
    ]) {
      expect(await ask(connect(authorization ? { authorization } : {}), VIEWER)).toEqual({
        data: { viewer: { kind } },
      });
    }
  });

  it.each([['Bearer wrong'], ['wrong'], [42], [{}]])(
    'with the credential %o is closed as forbidden',
    async (authorization) => {
      await expect(ask(connect({ authorization }), VIEWER)).rejects.toMatchObject({ code: 4403 });
    },
  );

  it('is closed as forbidden at once when its key is revoked, and no other', async () => {
    const { id, secret } = await makeKey(stack, ['ADMIN']);
    const client = connect({ authorization: `Bearer ${secret}` });
    const other = connect({ authorization: `Bearer ${ADMIN_TOKEN}` });
    expect(await ask(client, '{ hosts { edges { cursor } } }')).toHaveProperty('data.hosts');
    expect(await ask(other, VIEWER)).toHaveProperty('data.viewer');
    const closed = new Promise((resolve) => client.on('closed', resolve));
    const lives = new Promise((_, reject) => other.on('closed', reject));
    await stack.admin('mutation ($id: ID!) { revokeApiKey(id: $id) }', { id });
    expect(await closed).toMatchObject({ code: 4403, reason: 'Forbidden' });
    await expect(ask(client, VIEWER)).rejects.toMatchObject({ code: 4403 });
    expect(await Promise.race([ask(other, VIEWER), lives])).toHaveProperty('data.viewer');
  });

  it('is closed as forbidden when its key ends', async () => {
    clock.stands = Date.now();
    const expiresAt = new Date(clock.stands + 1_000).toISOString();
    const { createApiKey } = await stack.admin<{ createApiKey: { secret: string } }>(
      'mutation ($at: DateTime) { createApiKey(name: "short", scopes: [BOOK], expiresAt: $at) { secret } }',
      { at: expiresAt },
    );
    const client = connect({ authorization: `Bearer ${createApiKey.secret}` });
    expect(await ask(client, VIEWER)).toEqual({ data: { viewer: { kind: 'API_KEY' } } });
    const closed = new Promise((resolve) => client.on('closed', resolve));
    clock.stands += 1_000;
    expect(await closed).toMatchObject({ code: 4403 });
    await expect(ask(client, VIEWER)).rejects.toMatchObject({ code: 4403 });
    clock.stands = null;
  });

  it('acts in the organisation that the operator names', async () => {
    const { id, ask: other } = await secondOrganisation(stack);
    const theirs = await makeHost(other, 'theirs');
    const client = connect({ authorization: `Bearer ${ADMIN_TOKEN}` }, { 'x-slotwire-organisation': id });
    expect(await ask(client, '{ hosts { edges { node { id } } } }')).toEqual({
      data: { hosts: { edges: [{ node: { id: theirs.id } }] } },
    });
  });

  it('gets the same errors as a request, and lives on', async () => {
    const client = connect({});
    const window = 'from: "2050-01-03T00:00:00Z", to: "2050-01-04T00:00:00Z"';
    const codes: [string, string][] = [
      ['{ viewer {', 'BAD_USER_INPUT'],
      ['{ nothing }', 'BAD_USER_INPUT'],
      ['{ hosts { edges { cursor } } }', 'UNAUTHENTICATED'],
      [`subscription { availability(input: { eventType: "x", ${window} }) { __typename } }`, 'NOT_FOUND'],
      [
        'subscription { availability(input: { eventType: "x", from: "now", to: "then" }) { __typename } }',
        'BAD_USER_INPUT',
      ],
      [
        'subscription { availability(input: { eventType: "x", from: "2050-01-04T00:00:00Z", to: "2050-01-03T00:00:00Z" }) { __typename } }',
        'BAD_USER_INPUT',
      ],
    ];
    for (const [query, code] of codes) {
      const { errors } = await ask(client, query);
      expect({ query, code: errors?.[0]?.extensions?.code }).toEqual({ query, code });
      expect(errors?.[0]?.extensions).not.toHaveProperty('http');
    }
    expect(await ask(client, VIEWER)).toEqual({ data: { viewer: { kind: 'ANONYMOUS' } } });
  });

  it('of another protocol, or elsewhere, is not opened', async () => {
    const elsewhere = new WebSocket(address().replace('/graphql', '/nothing'), 'graphql-transport-ws');
    const [error] = await once(elsewhere, 'error');
    expect(String(error)).toContain('404');
    const foreign = new WebSocket(address(), 'something-else');
    const [fault] = await once(foreign, 'error');
    expect(String(fault)).toContain('subprotocol');
  });
});
