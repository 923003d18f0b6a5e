import {
  buildClientSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  introspectionFromSchema,
  isObjectType,
  lexicographicSortSchema,
  printSchema,
  validateSchema,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../../src/graphql/schema.ts';
import { asker } from '../../e2e/client.fixture.ts';
import { ADMIN_TOKEN, type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { daily, makeEventType, makeHost, makeKey, refusal } from '../../graphql/world.fixture.ts';
import { connectSocket, resultOf } from '../raw-socket.fixture.ts';
import { TRANSPORTS } from './transports.fixture.ts';
import { UNLIMITED } from './world.fixture.ts';

const QUERY = getIntrospectionQuery({
  ...{ specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true },
  ...{ inputValueDeprecation: true, oneOf: true },
});

let stack: Stack;
let eventType: string;
beforeAll(async () => {
  stack = await startStack({ env: UNLIMITED, sync: false });
  const host = await makeHost(stack.admin, 'ada', { workingHours: daily('09:00', '17:00') });
  eventType = await makeEventType(stack.admin, host, 'talk');
}, 60_000);
afterAll(() => stack?.close());

async function schemaFor(token?: string): Promise<GraphQLSchema> {
  return buildClientSchema(await asker(stack.url, token)<IntrospectionQuery>(QUERY));
}

const print = (shown: GraphQLSchema) => printSchema(lexicographicSortSchema(shown));

/** `Type.field` of all fields of objects, with their descriptions. */
function fieldsOf(shown: GraphQLSchema): Map<string, string> {
  const fields = new Map<string, string>();
  for (const type of Object.values(shown.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const { name, description } of Object.values(type.getFields()))
      fields.set(`${type.name}.${name}`, description ?? '');
  }
  return fields;
}

describe('what the schema says about itself', () => {
  it('is a valid schema of what the public may use, without a key', async () => {
    const shown = await schemaFor();
    expect(validateSchema(shown)).toEqual([]);
    const [fields, all] = [fieldsOf(shown), fieldsOf(schema)];
    const marked = [...fields].filter(([, description]) =>
      / (Admin|Operator)\.$|READ_BUSY|scope BOOK\.$/i.test(description),
    );
    expect(marked).toEqual([]);
    const hidden = [...all].filter(
      ([name]) => /^(Query|Mutation|Subscription)\./.test(name) && !fields.has(name),
    );
    expect(hidden.length).toBeGreaterThan(30);
    for (const [name, description] of hidden)
      expect(`${name}: ${description}`).toMatch(/ (Admin|Operator)\.|READ_BUSY|scope BOOK|operator/i);
    for (const name of ['Host', 'HostConnection', 'Account', 'Calendar', 'EventTypeRules', 'CreateHostInput'])
      expect(shown.getType(name)).toBeUndefined();
  });

  it('has, without a key, all that its own pages ask', async () => {
    const names = [...fieldsOf(await schemaFor()).keys()];
    expect(names).toEqual(
      expect.arrayContaining(
        [
          'Query.availability',
          'Query.eventType',
          'Query.booking',
          'Query.viewer',
          'Subscription.availability',
        ].concat(
          ['holdSlot', 'releaseHold', 'confirmBooking', 'rescheduleBooking', 'cancelBooking'].map(
            (name) => `Mutation.${name}`,
          ),
        ),
      ),
    );
  });

  it.each([
    ['the admin token', async () => ADMIN_TOKEN],
    ['a key of scope ADMIN', async () => (await makeKey(stack, ['ADMIN'])).secret],
  ])('is the whole schema with %s', async (_what, token) => {
    const whole = buildClientSchema(introspectionFromSchema(schema, { oneOf: true }));
    expect(print(await schemaFor(await token()))).toBe(print(whole));
  });

  it('has busy time with a key of scope READ_BUSY, and nothing else more', async () => {
    const { secret } = await makeKey(stack, ['READ_BUSY']);
    const [publicNames, keyed] = [fieldsOf(await schemaFor()), fieldsOf(await schemaFor(secret))];
    const more = [...keyed.keys()].filter((name) => !publicNames.has(name));
    expect(more).toContain('Query.busy');
    expect(more.every((name) => /^(Query\.busy|HostBusy\.\w+|BusyPeriod\.\w+)$/.test(name))).toBe(true);
  });

  it('tells of no type that only admin fields lead to, by its name or by an interface', async () => {
    const types = await stack.anyone<{ host: null; node: { possibleTypes: { name: string }[] } }>(
      '{ host: __type(name: "Host") { name } node: __type(name: "Node") { possibleTypes { name } } }',
    );
    expect(types.host).toBeNull();
    expect(types.node.possibleTypes.map(({ name }) => name).sort()).toEqual(['Booking', 'EventType']);
  });

  it.each(Object.keys(TRANSPORTS))('is shorter without a key over %s', async (name) => {
    const ask = (token?: string) =>
      TRANSPORTS[name]?.({ url: stack.url, query: QUERY, ...(token ? { token } : {}) }) ?? expect.fail(name);
    const [whole, shown] = [await ask(ADMIN_TOKEN), await ask()];
    expect([whole.code, shown.code]).toEqual([null, null]);
    expect(shown.bytes).toBeGreaterThan(10_000);
    expect(shown.bytes).toBeLessThan(whole.bytes / 2);
  });
});

describe('an operation that asks about the schema and for data', () => {
  const WINDOW = { from: '2050-01-03T00:00:00Z', to: '2050-01-04T00:00:00Z' };

  it('is answered in the order in which it asks, where all of it is public', async () => {
    const query = `query ($input: AvailabilityInput!) {
      a: availability(input: $input) { __typename slots { start hosts { slug } } } ...Schema
      eventType(owner: "ada", slug: "talk") { ... on Node { id } title } }
      fragment Schema on Query { __schema { queryType { name } } }`;
    const answer = await stack.anyone(query, { input: { eventType, ...WINDOW } });
    expect(Object.keys(answer)).toEqual(['a', '__schema', 'eventType']);
    expect(answer).toMatchObject({
      a: { __typename: 'Availability', slots: expect.arrayContaining([expect.anything()]) },
      __schema: { queryType: { name: 'Query' } },
      eventType: { id: eventType, title: expect.any(String) },
    });
    const admin = await asker(stack.url, ADMIN_TOKEN)(query, { input: { eventType, ...WINDOW } });
    expect(admin).toEqual(answer);
  });

  it.each([
    '{ __schema { queryType { name } } hosts { edges { node { id } } } }',
    '{ ... { t: __type(name: "Host") { name } } host(id: "x") { id } }',
    '{ __typename ...S } fragment S on Query { __schema { description } eventType(owner: "ada", slug: "talk") { ...N } } fragment N on Node { ... on Host { id } }',
  ])('is refused where a part of it is not its caller’s: %s', async (query) => {
    expect(await refusal(stack.anyone(query))).toMatchObject({ code: 'UNAUTHENTICATED' });
    const { secret } = await makeKey(stack, ['READ_AVAILABILITY']);
    expect(await refusal(asker(stack.url, secret)(query))).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('names the whole schema on a socket that has the token', async () => {
    const socket = await connectSocket(stack.url, { authorization: `Bearer ${ADMIN_TOKEN}` });
    const query = '{ __type(name: "Host") { name } }';
    expect(resultOf(await socket.ask(query))).toEqual({ data: { __type: { name: 'Host' } } });
    await socket.close();
    const anyone = await connectSocket(stack.url);
    expect(resultOf(await anyone.ask(query))).toEqual({ data: { __type: null } });
    await anyone.close();
  });
});

it('an admin field is refused by its name to a caller who does not see it', async () => {
  expect(await refusal(stack.anyone('{ hosts { edges { node { id } } } }'))).toMatchObject({
    code: 'UNAUTHENTICATED',
  });
});
