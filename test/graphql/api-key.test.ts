import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, type Stack, startStack } from '../e2e/stack.fixture.ts';
import {
  asking,
  availability,
  type MadeHost,
  makeEventType,
  makeHost,
  makeKey,
  refusal,
  secondOrganisation,
} from './world.fixture.ts';

let stack: Stack;
let host: MadeHost;
let eventType: string;
beforeAll(async () => {
  stack = await startStack();
  host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'talk');
});
afterAll(() => stack?.close());

const WINDOW = { from: '2050-01-03T00:00:00Z', to: '2050-01-04T00:00:00Z' };
const VIEWER = '{ viewer { kind name scopes } }';
const HOSTS = '{ hosts { edges { node { id } } } }';
const BUSY =
  'query ($hosts: [ID!]!, $from: DateTime!, $to: DateTime!) { busy(hosts: $hosts, from: $from, to: $to) { host { id } } }';

describe('a viewer', () => {
  it('is who its key says', async () => {
    const { ask } = await makeKey(stack, ['READ_BUSY', 'BOOK', 'BOOK']);
    expect(await stack.anyone(VIEWER)).toEqual({ viewer: { kind: 'ANONYMOUS', name: null, scopes: [] } });
    expect(await ask(VIEWER)).toEqual({
      viewer: { kind: 'API_KEY', name: 'a key', scopes: ['READ_BUSY', 'BOOK'] },
    });
    expect(await stack.admin(VIEWER)).toEqual({
      viewer: { kind: 'ADMIN', name: null, scopes: ['READ_AVAILABILITY', 'READ_BUSY', 'BOOK', 'ADMIN'] },
    });
  });

  it.each([
    ['a key that is none', 'Bearer wrong'],
    ['another scheme', 'Basic YWRtaW46YWRtaW4='],
    ['an empty header', ''],
    ['the operator’s, cut short', `Bearer ${ADMIN_TOKEN.slice(0, -1)}`],
  ])('with %s is UNAUTHENTICATED, whatever it asks', async (_what, authorization) => {
    const ask = asking(stack.url, { authorization });
    expect(await refusal(ask(VIEWER))).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await refusal(availability(ask, { eventType, ...WINDOW }))).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });
});

describe('a key', () => {
  it('is given another name, in its own organisation, and stays what it is otherwise', async () => {
    const key = await makeKey(stack, ['BOOK']);
    const rename = (name: string, ask = stack.admin) =>
      ask('mutation ($id: ID!, $name: String!) { renameApiKey(id: $id, name: $name) { id name scopes } }', {
        id: key.id,
        name,
      });
    expect(await rename('Website')).toEqual({
      renameApiKey: { id: key.id, name: 'Website', scopes: ['BOOK'] },
    });
    expect(await key.ask(VIEWER)).toMatchObject({ viewer: { name: 'Website' } });
    expect(await refusal(rename(' '))).toMatchObject({ code: 'BAD_USER_INPUT', field: 'name' });
    expect(await refusal(rename('X', key.ask))).toMatchObject({ code: 'FORBIDDEN' });
    const { ask } = await secondOrganisation(stack);
    expect(await refusal(rename('X', ask))).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a scope', () => {
  it('without any key, only what is public is open', async () => {
    expect((await availability(stack.anyone, { eventType, ...WINDOW })).slots).toHaveLength(16);
    const closed = [
      HOSTS,
      '{ calendars { edges { node { id } } } }',
      '{ teams { edges { node { id } } } }',
      '{ eventTypes { edges { node { id } } } }',
      '{ apiKeys { edges { node { id } } } }',
      '{ deliveries { edges { node { id } } } }',
      `{ host(id: "${host.id}") { id } }`,
      `{ node(id: "${eventType}") { id } }`,
      `{ nodes(ids: ["${eventType}"]) { id } }`,
      'mutation { createApiKey(name: "a", scopes: [ADMIN]) { id secret } }',
      `mutation { startConnect(host: "${host.id}", provider: GOOGLE) }`,
      'mutation { syncCalendar(calendar: "x") { id } }',
      'mutation { disconnectAccount(account: "x") }',
    ];
    for (const query of closed)
      expect(await refusal(stack.anyone(query))).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await refusal(stack.anyone(BUSY, { hosts: [host.id], ...WINDOW }))).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it('that a key lacks is FORBIDDEN', async () => {
    const reader = await makeKey(stack, ['READ_AVAILABILITY', 'BOOK']);
    const busy = await makeKey(stack, ['READ_BUSY']);
    const admin = await makeKey(stack, ['ADMIN']);
    expect(await refusal(reader.ask(BUSY, { hosts: [host.id], ...WINDOW }))).toMatchObject({
      code: 'FORBIDDEN',
    });
    for (const { ask } of [busy, admin]) {
      expect(await ask(BUSY, { hosts: [host.id], ...WINDOW })).toEqual({ busy: [{ host: { id: host.id } }] });
    }
    for (const { ask } of [reader, busy]) {
      expect(await refusal(ask(HOSTS))).toMatchObject({ code: 'FORBIDDEN' });
      expect(await refusal(makeHost(ask, 'x'))).toMatchObject({ code: 'FORBIDDEN' });
    }
    expect(await admin.ask(HOSTS)).toEqual({ hosts: { edges: [{ node: { id: host.id } }] } });
  });
});

describe('a key', () => {
  it('is shown once and listed without its secret', async () => {
    const { id, secret } = await makeKey(stack, ['BOOK']);
    const listed = await stack.admin<{ apiKeys: { edges: { node: { id: string } }[] } }>(
      '{ apiKeys { edges { node { id name scopes createdAt revokedAt } } } }',
    );
    expect(listed.apiKeys.edges.find(({ node }) => node.id === id)?.node).toEqual({
      id,
      name: 'a key',
      scopes: ['BOOK'],
      createdAt: expect.stringMatching(/Z$/),
      revokedAt: null,
    });
    expect(JSON.stringify(listed)).not.toContain(secret);
  });

  it('is worth nothing once it is revoked, which happens once', async () => {
    const { id, ask } = await makeKey(stack, ['ADMIN']);
    await ask(VIEWER);
    const revoke = () => stack.admin('mutation ($id: ID!) { revokeApiKey(id: $id) }', { id });
    expect(await revoke()).toEqual({ revokeApiKey: true });
    expect(await refusal(ask(VIEWER))).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await refusal(revoke())).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('needs a name and a scope', async () => {
    const create = (name: string, scopes: string) =>
      stack.admin(`mutation { createApiKey(name: "${name}", scopes: [${scopes}]) { id } }`);
    expect(await refusal(create('', 'BOOK'))).toMatchObject({ code: 'BAD_USER_INPUT', field: 'name' });
    expect(await refusal(create('a', ''))).toMatchObject({ code: 'BAD_USER_INPUT', field: 'scopes' });
  });
});

describe('an organisation', () => {
  it('sees nothing of another one, and can do nothing to it', async () => {
    const { ask: other } = await secondOrganisation(stack);
    const theirs = await makeHost(other, 'theirs');
    expect(await other(HOSTS)).toEqual({ hosts: { edges: [{ node: { id: theirs.id } }] } });
    expect(await stack.admin(HOSTS)).toEqual({ hosts: { edges: [{ node: { id: host.id } }] } });

    const ids = { host: host.id, eventType, key: (await makeKey(stack, ['BOOK'])).id };
    const foreign: [string, object][] = [
      ['query ($host: ID!) { host(id: $host) { id } }', ids],
      ['query ($host: ID!) { node(id: $host) { id } }', ids],
      ['query ($eventType: ID!) { node(id: $eventType) { id } }', ids],
      ['query ($host: ID!) { calendars(host: $host) { edges { node { id } } } }', ids],
      [BUSY, { hosts: [theirs.id, host.id], ...WINDOW }],
      ['mutation ($key: ID!) { revokeApiKey(id: $key) }', ids],
      ['mutation ($host: ID!) { startConnect(host: $host, provider: GOOGLE) }', ids],
      [
        'mutation ($host: ID!) { setWorkingHours(host: $host, input: { timeZone: "UTC", weekly: [] }) { id } }',
        ids,
      ],
      [
        'mutation ($host: ID!) { updateHost(id: $host, input: { name: "x", slug: "x", timeZone: "UTC" }) { id } }',
        ids,
      ],
      ['mutation ($host: ID!) { createTeam(input: { name: "x", slug: "x", members: [$host] }) { id } }', ids],
      [
        'mutation ($host: ID!) { createEventType(input: { owner: "theirs", slug: "x", title: "x", length: "PT1H", hosts: [$host] }) { id } }',
        ids,
      ],
      [
        'mutation ($id: ID!) { createEventType(input: { owner: "ada", slug: "x", title: "x", length: "PT1H", hosts: [$id] }) { id } }',
        { id: theirs.id },
      ],
      [
        'mutation ($eventType: ID!, $id: ID!) { updateEventType(id: $eventType, input: { owner: "theirs", slug: "x", title: "x", length: "PT1H", hosts: [$id] }) { id } }',
        { eventType, id: theirs.id },
      ],
    ];
    for (const [query, variables] of foreign) {
      expect({ query, ...(await refusal(other(query, variables))) }).toMatchObject({
        query,
        code: 'NOT_FOUND',
      });
    }
    expect(
      await other('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
        ids: [host.id, theirs.id, eventType],
      }),
    ).toEqual({
      nodes: [null, { id: theirs.id }, null],
    });
    expect(await refusal(makeHost(other, 'ada'))).toMatchObject({ code: 'CONFLICT' });
  });

  it('is the one of the key, whatever the header says', async () => {
    const { id, ask: other } = await secondOrganisation(stack);
    const { secret } = await makeKey(stack, ['ADMIN'], other);
    const key = { authorization: `Bearer ${secret}` };
    expect(await asking(stack.url, key)(HOSTS)).toEqual({ hosts: { edges: [] } });
    const { secret: ours } = await makeKey(stack, ['ADMIN']);
    const ask = asking(stack.url, { authorization: `Bearer ${ours}`, 'x-slotwire-organisation': id });
    expect(await ask(HOSTS)).toEqual({ hosts: { edges: [{ node: { id: host.id } }] } });
  });

  it('shows its event types to the public, and their rules to its own operators alone', async () => {
    const { ask: other } = await secondOrganisation(stack);
    const query = '{ eventType(owner: "ada", slug: "talk") { id rules { horizon } } }';
    expect(await other(query)).toEqual({ eventType: { id: eventType, rules: null } });
    expect((await availability(other, { eventType, ...WINDOW })).slots).toHaveLength(16);
  });

  it('that is unknown is NOT_FOUND', async () => {
    const headers = {
      authorization: `Bearer ${ADMIN_TOKEN}`,
      'x-slotwire-organisation': 'org_01h455vb4pex5vsknk084sn02q',
    };
    expect(await refusal(asking(stack.url, headers)(VIEWER))).toMatchObject({ code: 'NOT_FOUND' });
  });
});
