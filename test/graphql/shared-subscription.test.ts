import { GraphQLError, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { ANONYMOUS, createContext, type Viewer } from '../../src/graphql/context.ts';
import { schema } from '../../src/graphql/schema.ts';
import { createSharedSubscription, type MaskError } from '../../src/graphql/shared-subscription.ts';
import { type Audience, createAudience } from '../../src/live/audience.ts';
import type { LiveAvailability, RenderedEvent } from '../../src/live/availability.ts';
import { createSourceStream } from '../../src/live/source-stream.ts';
import { fakeQuery } from '../live/crowd.fixture.ts';
import { notAsked, onlyServices } from './services.fixture.ts';

const LIMIT = { public: 100_000, keyed: 1_000_000 };

/** Services of which a subscription uses `live` alone. */
const servicesWith = (availability: LiveAvailability['availability']) =>
  onlyServices({
    live: { availability, calendars: notAsked },
    limitStrict: async () => {},
    limits: { cost: LIMIT, answer: LIMIT },
  });

const masked: MaskError = (error) => new GraphQLError(error instanceof GraphQLError ? 'masked' : 'strange');
const INPUT = { eventType: 'et_1', from: '2050-01-03T00:00:00Z', to: '2050-01-04T00:00:00Z' };

/** A shared query whose audiences and executions are counted. */
function open() {
  const world = fakeQuery();
  const audiences = new Map<string, Audience<RenderedEvent>>();
  let executions = 0;
  let left = 0;
  const leave = () => void left++;
  const services = servicesWith(async () =>
    createSourceStream({
      leave,
      single: () => expect.fail('not shared'),
      shared(words, render, sink) {
        const audience =
          audiences.get(words) ??
          createAudience<RenderedEvent>(world.query, (event) => {
            executions++;
            return render(event);
          });
        audiences.set(words, audience);
        const initial = { first: world.latest(), clientSlots: null, clientHasFacts: false };
        return audience.subscribe(sink, initial, leave);
      },
      etagOf: (event) => (event.type === 'delta' ? event.delta.to.etag : event.availability.etag),
    }),
  );

  async function subscribe({ query, variables = {}, operationName, viewer = ANONYMOUS }: Ask) {
    const subscribed = await createSharedSubscription(
      {
        ...{ schema, document: parse(query), operationName: operationName ?? null },
        variableValues: { input: INPUT, ...variables },
        contextValue: createContext(viewer, services),
      },
      masked,
    );
    if (!('subscribe' in subscribed)) return { errors: subscribed, frames: [] };
    const frames: RenderedEvent[] = [];
    const seat = subscribed.subscribe({
      ready: () => true,
      send: (frame) => void frames.push(frame),
      end() {},
    });
    return { errors: [], frames, seat };
  }
  return { ...world, subscribe, audiences, executions: () => executions, left: () => left };
}

interface Ask {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
  viewer?: Viewer;
}

const SNAPSHOT = '... on AvailabilitySnapshot { etag }';
const BOTH = `${SNAPSHOT} ... on AvailabilityDelta { fromEtag etag }`;
const plain: Ask = {
  query: `subscription ($input: AvailabilityInput!) { availability(input: $input) { ${BOTH} } }`,
};
const NAMED = plain.query.replace('subscription', 'subscription S');
const conditional = (definition: string, directive: string, variables: object = {}): Ask => ({
  query: `subscription ($input: AvailabilityInput!, ${definition}) {
    availability(input: $input) { __typename ... on AvailabilitySnapshot { etag ${directive} } } }`,
  variables: { ...variables },
});
const key: Viewer = { ...ANONYMOUS, kind: 'API_KEY', scopes: ['BOOK'], organisation: 'org_1' };

describe('who share', () => {
  it.each<[string, Ask, Ask]>([
    ['ask in the same words', plain, { ...plain }],
    [
      'name their variables otherwise',
      plain,
      {
        query: plain.query.replaceAll('$input', '$asked'),
        variables: { asked: INPUT },
      },
    ],
    [
      'write the input into the document',
      plain,
      {
        query: `subscription { availability(input: {eventType: "et_1",
          from: "2050-01-03T00:00:00Z", to: "2050-01-04T00:00:00Z"}) { ${BOTH} } }`,
      },
    ],
    [
      'resume after something, or don’t',
      plain,
      {
        query: `subscription ($input: AvailabilityInput!, $after: String) {
          availability(input: $input, resumeAfter: $after) { ${BOTH} } }`,
        variables: { after: 'etag' },
      },
    ],
    ['write with other spaces and comments', plain, { query: plain.query.replaceAll(' {', '\n  {# here\n') }],
    [
      'have the same variables elsewhere',
      conditional('$x: Boolean!', '@include(if: $x)', { x: true }),
      conditional('$x: Boolean!', '@include(if: $x)', { x: true, more: 1 }),
    ],
    [
      'have other operations beside it',
      { query: NAMED },
      { query: `${NAMED} query Q { viewer { kind } }`, operationName: 'S' },
    ],
    [
      'have keys of the same organisation and scopes',
      { ...plain, viewer: key },
      { ...plain, viewer: { ...key, name: 'b' } },
    ],
  ])('%s', async (_what, one, other) => {
    const { subscribe, audiences, executions, answer } = open();
    const both = [await subscribe(one), await subscribe(other)];
    answer({ starts: [2] });
    expect([audiences.size, executions()]).toEqual([1, 2]);
    for (const { frames } of both) expect(frames.map(({ etag }) => etag)).toEqual(['1/1', '2/1']);
    expect(both[0]?.frames[1]).toBe(both[1]?.frames[1]);
  });
});

describe('who don’t share', () => {
  it.each<[string, Ask, Ask]>([
    ['select other fields', plain, { query: plain.query.replace('fromEtag', '') }],
    ['name a field otherwise', plain, { query: plain.query.replace('fromEtag', 'before: fromEtag') }],
    [
      'name the whole otherwise',
      plain,
      { query: plain.query.replace('{ availability', '{ slots: availability') },
    ],
    [
      'include by another value',
      conditional('$x: Boolean!', '@include(if: $x)', { x: true }),
      conditional('$x: Boolean!', '@include(if: $x)', { x: false }),
    ],
    [
      'skip what others include',
      conditional('$x: Boolean!', '@include(if: $x)', { x: true }),
      conditional('$x: Boolean!', '@skip(if: $x)', { x: true }),
    ],
    [
      'leave a value to another default',
      conditional('$x: Boolean! = true', '@include(if: $x)'),
      conditional('$x: Boolean! = false', '@include(if: $x)'),
    ],
    [
      'leave a value to its default, or say null',
      conditional('$x: Boolean = true', '@include(if: $x)'),
      conditional('$x: Boolean = true', '@include(if: $x)', { x: null }),
    ],
    [
      'mean other fields by a fragment of the same name',
      {
        query: `subscription ($input: AvailabilityInput!) { availability(input: $input) { ...F } }
          fragment F on AvailabilitySnapshot { etag }`,
      },
      {
        query: `subscription ($input: AvailabilityInput!) { availability(input: $input) { ...F } }
          fragment F on AvailabilitySnapshot { availability { complete } }`,
      },
    ],
    [
      'mean another operation of one document',
      { query: TWO(), operationName: 'A' },
      { query: TWO(), operationName: 'B' },
    ],
    ['have no key', plain, { ...plain, viewer: key }],
    ['have other scopes', { ...plain, viewer: key }, { ...plain, viewer: { ...key, scopes: ['ADMIN'] } }],
    [
      'are of another organisation',
      { ...plain, viewer: key },
      { ...plain, viewer: { ...key, organisation: 'org_2' } },
    ],
  ])('%s', async (_what, one, other) => {
    const { subscribe, audiences } = open();
    const alone = open();
    const first = await subscribe(one);
    const second = await subscribe(other);
    expect(audiences.size).toBe(2);
    // Each receives what it would receive alone.
    expect(first.frames).toEqual((await alone.subscribe(one)).frames);
    expect(second.frames).toEqual((await alone.subscribe(other)).frames);
  });
});

function TWO() {
  return `subscription A($input: AvailabilityInput!) { availability(input: $input) { ${SNAPSHOT} } }
    subscription B($input: AvailabilityInput!) { availability(input: $input) { __typename } }`;
}

it('a fragment around the field itself gets what it asks', async () => {
  const { subscribe } = open();
  const query = `subscription ($input: AvailabilityInput!) { ...F }
    fragment F on Subscription { availability(input: $input) { ${SNAPSHOT} } }`;
  const { frames } = await subscribe({ query });
  expect(frames.map(({ etag, result }) => [etag, String(result)])).toEqual([
    ['1/1', '{"data":{"availability":{"etag":"1/1"}}}'],
  ]);
});

it('an event is executed once for a hundred viewers, and each leaves by itself', async () => {
  const { subscribe, executions, answer, left } = open();
  const viewers = await Promise.all(Array.from({ length: 100 }, () => subscribe(plain)));
  answer({ starts: [2] });
  answer({ starts: [3] });
  await new Promise((resolve) => setImmediate(resolve));
  expect(executions()).toBe(3);
  for (const { frames } of viewers) expect(frames.map(({ etag }) => etag).at(-1)).toBe('3/1');
  for (const { seat } of viewers.slice(1)) seat?.unsubscribe();
  expect(left()).toBe(99);
});

it('what can’t be followed is answered with masked errors, and leaves no subscriber', async () => {
  const { subscribe, audiences } = open();
  const { errors } = await subscribe({ ...plain, variables: { input: { ...INPUT, to: 'never' } } });
  expect(errors.map(({ message }) => message)).toEqual(['masked']);
  expect(audiences.size).toBe(0);
});
