import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { daily, makeEventType, makeHost, makeKey } from '../../graphql/world.fixture.ts';
import { type Asked, fresh, type Outcome, TRANSPORTS, TRUSTING } from './transports.fixture.ts';

const ENV = { LOG_LEVEL: 'silent', RATE_LIMIT_ANONYMOUS: '15/PT10M', ...TRUSTING };

let stack: Stack;
let eventType: string;
let minutely: string;
let key: string;
beforeAll(async () => {
  stack = await startStack({ env: ENV, sync: false });
  const hosts = await Promise.all(
    ['ada', 'bob', 'cyd'].map((slug) =>
      makeHost(stack.admin, slug, { workingHours: daily('00:00', '24:00') }),
    ),
  );
  const [owner = { id: '', slug: '' }] = hosts;
  eventType = await makeEventType(stack.admin, owner, 'talk', {
    ...{ length: 'PT15M', interval: 'PT15M', scheduling: 'COLLECTIVE' },
    hosts: hosts.map(({ id }) => id),
  });
  minutely = await makeEventType(stack.admin, owner, 'minutes', {
    ...{ length: 'PT15M', interval: 'PT1M', scheduling: 'COLLECTIVE' },
    hosts: hosts.map(({ id }) => id),
  });
  key = (await makeKey(stack, ['READ_AVAILABILITY'])).secret;
});
afterAll(() => stack?.close());

/** The same over every transport, of this stack. */
const asking =
  (name: string) =>
  (asked: Omit<Asked, 'url'>): Promise<Outcome> =>
    TRANSPORTS[name]?.({ url: stack.url, ...asked }) ?? expect.fail(`no transport ${name}`);

const over = describe.each(Object.keys(TRANSPORTS).map((name) => ({ name, ask: asking(name) })));

const WINDOW = { from: '2050-01-01T00:00:00Z', to: '2050-03-04T00:00:00Z' };
const input = () => ({ eventType, ...WINDOW });
const SLOT = 'start end seatsLeft hosts { id name slug }';
const PAGE = `query ($input: AvailabilityInput!) { availability(input: $input) {
  etag slots { ${SLOT} } complete issues { code } freshness { provenAsOf bound } computedAt } }`;
const LIVE = `subscription ($input: AvailabilityInput!) { availability(input: $input) { __typename
  ... on AvailabilitySnapshot { etag availability { etag slots { ${SLOT} } complete } }
  ... on AvailabilityDelta { fromEtag etag added { ${SLOT} } removed { ${SLOT} } } } }`;
const times = (count: number, write: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => write(i)).join(' ');
const slotsTimes = (count: number) => `query ($input: AvailabilityInput!) { availability(input: $input) {
  ${times(count, (i) => `s${i}: slots { ${SLOT} }`)} } }`;

over('over $name', ({ name, ask }) => {
  it('a page’s own question over 62 days on a 15-minute grid with three hosts passes', async () => {
    const answer = await ask({ query: PAGE, variables: { input: input() } });
    expect(answer).toMatchObject({ code: null });
    expect(answer.bytes).toBeGreaterThan(1_000_000);
    expect([200, null]).toContain(answer.status);
  });

  it.each<[string, string, object?]>([
    ['a thousand tokens', `{ ${'viewer { kind } '.repeat(300)} }`],
    ['twelve levels', `{ ${'viewer { '.repeat(12)} kind ${'} '.repeat(12)} }`],
    ['fifteen aliases', `{ viewer { ${times(16, (i) => `k${i}: kind`)} } }`],
    [
      'fifteen aliases, by fragments',
      `{ viewer { ...F ${times(8, (i) => `k${i}: kind`)} } } fragment F on Viewer { ${times(8, (i) => `l${i}: kind`)} }`,
    ],
    ['five root fields', `{ viewer { kind } ${times(5, (i) => `__typename @skip(if: ${i > 0})`)} }`],
    ['fifty directives', `{ viewer { kind ${'@include(if: true) '.repeat(51)} } }`],
    ['the stack, by brackets', '{'.repeat(100_000)],
    ['the stack, by lists', `{ nodes(ids: ${'['.repeat(100_000)}`],
    [
      'the stack, by a chain of fragments',
      `{ ...F0 } ${times(4_500, (i) => `fragment F${i} on Query { ...F${i + 1} }`)} fragment F4500 on Query { viewer { kind } }`,
    ],
  ])('a document of more than %s is too costly', async (_what, query) => {
    if (name === 'GET' && query.length > 10_000) return;
    expect(await ask({ query })).toMatchObject({ code: 'TOO_COSTLY' });
  });

  it('slots, many times in one root field, are too costly, and a key pays for more', async () => {
    expect(await ask({ query: slotsTimes(2), variables: { input: input() } })).toMatchObject({
      code: 'TOO_COSTLY',
    });
    const keyed = await ask({ query: slotsTimes(2), variables: { input: input() }, token: key });
    expect(keyed).toMatchObject({ code: null });
  });

  it('the first start after a window costs what finding it may take', async () => {
    // Of a grid of minutes over a year: as much as 5,000 starts of each host.
    const searches = (count: number) =>
      `{ availability(input: { eventType: "${minutely}", from: "${WINDOW.from}", to: "${WINDOW.from.replace('00:00Z', '01:00Z')}" }) {
        ${times(count, (i) => `n${i}: nextAvailable`)} } }`;
    expect(await ask({ query: searches(9) })).toMatchObject({ code: null });
    expect(await ask({ query: searches(10) })).toMatchObject({ code: 'TOO_COSTLY' });
    const events = `subscription ${searches(10).replace(/(n\d: nextAvailable ?)+/, '... on AvailabilityDelta { $& }')}`;
    if (name !== 'POST' && name !== 'GET')
      expect(await ask({ query: events })).toMatchObject({ code: 'TOO_COSTLY' });
  });

  it('one cost more is charged for each ten thousand fields', async () => {
    const address = fresh();
    expect(await ask({ query: PAGE, variables: { input: input() }, address })).toMatchObject({ code: null });
    expect(await ask({ query: PAGE, variables: { input: input() }, address })).toMatchObject({
      code: 'RATE_LIMITED',
    });
    const keyed = await ask({ query: PAGE, variables: { input: input() }, address, token: key });
    expect(keyed).toMatchObject({ code: null });
  });

  it('tools that read the schema are answered', async () => {
    for (const query of [
      getIntrospectionQuery(),
      getIntrospectionQuery({
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        oneOf: true,
      }),
    ]) {
      expect(await ask({ query })).toMatchObject({ code: null });
    }
    const deep = `{ __schema { types { fields { type { name possibleTypes { name fields { name type { name ofType { name } } args { name } } } } } } } }`;
    expect((await ask({ query: deep })).code).not.toBeNull();
    const aliased = `{ ${times(2, (i) => `s${i}: __schema { ...A }`)} } fragment A on __Schema { ${times(13, (i) => `t${i}: types { ...T }`)} }
      fragment T on __Type { name description inputFields { ...V } enumValues { name description }
        fields { ...F type { ...N ofType { ...N } } } possibleTypes { ...N } }
      fragment N on __Type { fields { ...F } }
      fragment F on __Field { name description isDeprecated deprecationReason type { ...R } args { ...V } }
      fragment V on __InputValue { name description defaultValue type { ...R } }
      fragment R on __Type { ...K ofType { ...K ofType { ...K } } } fragment K on __Type { name kind description specifiedByURL isOneOf }`;
    expect(await ask({ query: aliased })).toMatchObject({ code: 'TOO_COSTLY' });
  });
});

describe('a subscription', () => {
  it.each(['event stream', 'WebSocket'])(
    'over %s that leaves out its one field is the sender’s fault',
    async (name) => {
      for (const directive of ['@include(if: false)', '@skip(if: true)']) {
        const query = `subscription ($input: AvailabilityInput!) { availability(input: $input) ${directive} { __typename } }`;
        expect(await asking(name)({ query, variables: { input: input() } })).toMatchObject({
          code: 'BAD_USER_INPUT',
        });
      }
    },
  );

  it.each(['event stream', 'WebSocket'])('over %s is weighed as a query is', async (name) => {
    const ask = asking(name);
    expect(await ask({ query: LIVE, variables: { input: input() } })).toMatchObject({ code: null });
    const twice = LIVE.replace(
      '{ etag slots',
      '{ etag a: slots { start end seatsLeft hosts { id name slug } } slots',
    );
    expect(await ask({ query: twice, variables: { input: input() } })).toMatchObject({
      code: 'TOO_COSTLY',
    });
  });
});

describe('a refusal', () => {
  it.each(['POST', 'GET', 'event stream'])('by %s is 400', async (name) => {
    const answer = await asking(name)({ query: slotsTimes(2), variables: { input: input() } });
    expect(answer).toMatchObject({ status: 400, code: 'TOO_COSTLY' });
  });

  it('holds for ADMIN only where the stack does', async () => {
    const ask = asking('POST');
    const aliases = `{ ${times(500, (i) => `v${i}: viewer { kind }`)} }`;
    expect(await ask({ query: aliases, token: ADMIN_TOKEN })).toMatchObject({ status: 200, code: null });
    expect(await ask({ query: aliases })).toMatchObject({ code: 'TOO_COSTLY' });
    expect(await ask({ query: '{'.repeat(100_000), token: ADMIN_TOKEN })).toMatchObject({
      status: 400,
      code: 'TOO_COSTLY',
    });
  });
});

describe('time of hosts', () => {
  const hold = (name: string) =>
    `${name}: holdSlot(input: {eventType: "${eventType}", start: "2050-01-03T10:00:00Z"}) { __typename }`;
  const confirm =
    'confirmBooking(input: {hold: "x", name: "x", email: "x@example.com", timeZone: "UTC"}) { __typename }';
  const move = 'rescheduleBooking(token: "x", start: "2050-01-03T10:00:00Z") { __typename }';

  it.each(['POST', 'WebSocket'])('is taken once in a document of the public, by %s', async (name) => {
    const ask = asking(name);
    for (const fields of [hold('a') + hold('b'), hold('a') + confirm, confirm + move, hold('a') + move]) {
      expect(await ask({ query: `mutation { ${fields} }` })).toMatchObject({ code: 'TOO_COSTLY' });
    }
    expect(await ask({ query: `mutation { ${confirm} }` })).toMatchObject({ code: null });
    const { ask: _ask, secret } = await makeKey(stack, ['BOOK']);
    expect(await ask({ query: `mutation { ${confirm} ${move} }`, token: secret })).toMatchObject({
      code: null,
    });
  });
});
