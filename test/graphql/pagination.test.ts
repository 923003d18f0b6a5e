import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ID_PREFIX, type Noun, newId } from '../../src/ids.ts';
import { connectHost, type Stack, startStack } from '../e2e/stack.fixture.ts';
import { until } from '../harness/eventually.ts';
import { makeHost, makeKey, refusal } from './world.fixture.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

interface Connection {
  edges: { cursor: string; node: { id: string } }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}
const WHOLE = 'edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
const hosts = async (args: string) =>
  (await stack.admin<{ hosts: Connection }>(`{ hosts${args} { ${WHOLE} } }`)).hosts;
const ids = ({ edges }: Connection) => edges.map(({ node }) => node.id);

describe('a connection', () => {
  let made: string[];
  beforeAll(async () => {
    made = [];
    for (const slug of ['a', 'b', 'c', 'd', 'e']) made.push((await makeHost(stack.admin, slug)).id);
  });

  it('is read page by page to its end, each node once', async () => {
    const seen: string[] = [];
    const more: boolean[] = [];
    let after = '';
    do {
      const page = await hosts(`(first: 2${after})`);
      seen.push(...ids(page));
      more.push(page.pageInfo.hasNextPage);
      expect(page.pageInfo.startCursor).toBe(page.edges[0]?.cursor);
      expect(page.pageInfo.endCursor).toBe(page.edges.at(-1)?.cursor);
      after = `, after: "${page.pageInfo.endCursor}"`;
    } while (more.at(-1));
    expect(seen).toEqual(made);
    expect(more).toEqual([true, true, false]);
  });

  it('says that nothing follows when a page holds exactly the rest', async () => {
    expect((await hosts('(first: 5)')).pageInfo).toMatchObject({
      hasNextPage: false,
      hasPreviousPage: false,
    });
    const rest = await hosts(`(first: 3, after: "${made[1]}")`);
    expect(ids(rest)).toEqual(made.slice(2));
    expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect(await hosts(`(first: 3, after: "${made[4]}")`)).toMatchObject({
      edges: [],
      pageInfo: { hasNextPage: false, startCursor: null, endCursor: null },
    });
  });

  it('is read backwards too', async () => {
    const last = await hosts('(last: 2)');
    expect(ids(last)).toEqual(made.slice(3));
    expect(last.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
    expect(ids(await hosts(`(last: 2, before: "${made[3]}")`))).toEqual(made.slice(1, 3));
  });

  it('gives what it has to who asks for more, and refuses more than a page holds', async () => {
    expect(ids(await hosts('(first: 200)'))).toEqual(made);
    expect(ids(await hosts(''))).toEqual(made);
    for (const field of ['first', 'last'])
      expect(await refusal(hosts(`(${field}: 201)`))).toMatchObject({
        ...{ code: 'BAD_USER_INPUT', field },
        message: expect.stringContaining('200'),
      });
    expect(await hosts('(first: 0)')).toMatchObject({ edges: [], pageInfo: { hasNextPage: true } });
  });

  it.each([
    ['first', '(first: -1)'],
    ['after', '(first: 1, after: "junk")'],
    ['after', `(first: 1, after: "1796000000000/${newId('Host')}")`],
    ['after', `(first: 1, after: "${newId('Calendar')}")`],
    ['first', '(first: "1")'],
  ])('refuses a wrong %s: %s', async (field, args) => {
    const { code, message } = await refusal(hosts(args));
    expect(code).toBe('BAD_USER_INPUT');
    expect(message).toContain(field === 'first' && args.includes('"1"') ? 'Int' : field);
  });
});

describe('a node', () => {
  it('is found by its id, whatever its noun', async () => {
    const { id, slug, eventType, calendar, remoteCalendar } = await connectHost(stack, 'GOOGLE', 'gina');
    const { createTeam: team } = await stack.admin<{ createTeam: { id: string } }>(
      'mutation ($id: ID!) { createTeam(input: { name: "T", slug: "team", members: [$id] }) { id } }',
      { id },
    );
    const { host } = await stack.admin<{ host: { accounts: { id: string }[] } }>(
      'query ($id: ID!) { host(id: $id) { accounts { id } } }',
      { id },
    );
    const account = host.accounts[0]?.id;
    const soon = Date.now() + 3_600_000;
    stack.simulator.world.createEvent(remoteCalendar, { start: soon, end: soon + 60_000 });
    const delivery = await until(async () => {
      const { deliveries } = await stack.admin<{ deliveries: Connection }>(`{ deliveries { ${WHOLE} } }`);
      return deliveries.edges.at(-1)?.node.id;
    });

    const nouns: [string, string | undefined][] = [
      ['Host', id],
      ['EventType', eventType],
      ['Calendar', calendar],
      ['Team', team.id],
      ['Account', account],
      ['Delivery', delivery],
    ];
    for (const [__typename, id] of nouns) {
      expect(await stack.admin('query ($id: ID!) { node(id: $id) { __typename id } }', { id })).toEqual({
        node: { __typename, id },
      });
    }
    const found = await stack.admin('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', {
      ids: nouns.map(([, id]) => id),
    });
    expect(found).toEqual({ nodes: nouns.map(([__typename, id]) => ({ __typename, id })) });
    const whole = `query ($ids: [ID!]!) { nodes(ids: $ids) {
      ... on Account { provider email status host { slug } calendars { id } }
      ... on Calendar { host { slug } account { id } primary selected }
      ... on Delivery { provider verdict replayOf calendar { id } }
      ... on Team { slug members { slug } }
    } }`;
    expect(await stack.admin(whole, { ids: [account, calendar, delivery, team.id] })).toEqual({
      nodes: [
        {
          provider: 'GOOGLE',
          email: 'gina@example.com',
          status: 'CONNECTED',
          host: { slug },
          calendars: [{ id: calendar }],
        },
        { host: { slug }, account: { id: account }, primary: true, selected: true },
        { provider: 'GOOGLE', verdict: expect.any(String), replayOf: null, calendar: { id: calendar } },
        { slug: 'team', members: [{ slug }] },
      ],
    });
  });

  it('that is not there is NOT_FOUND, and null in a list', async () => {
    const key = await makeKey(stack, ['BOOK']);
    const missing = ['junk', '', key.id, ...(Object.keys(ID_PREFIX) as Noun[]).map(newId)];
    for (const id of missing) {
      expect(await refusal(stack.admin('query ($id: ID!) { node(id: $id) { id } }', { id }))).toMatchObject({
        code: 'NOT_FOUND',
      });
    }
    expect(await stack.admin('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: missing })).toEqual({
      nodes: missing.map(() => null),
    });
  });
});
