/**
 * What the gateway is compared with: the same subscription, of the same content, as graphql-yoga and graphql-ws do it by
 * themselves. Its changes come from memory and cost it next to nothing; its pushing is all that it does.
 */
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import { useServer } from 'graphql-ws/use/ws';
import { createPubSub, createSchema, createYoga } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import { newId } from '../../src/ids.ts';
import { serveParent, usage } from '../child.ts';
import { type Change, HOST_NAME, LENGTH, SLOTS, startOf, WEEK } from './changes.ts';

const TYPE_DEFS = /* GraphQL */ `
  scalar DateTime
  type Query { availability(input: AvailabilityInput!): Availability! }
  type Subscription { availability(input: AvailabilityInput!, resumeAfter: String): AvailabilityEvent! }
  input AvailabilityInput { eventType: ID! from: DateTime! to: DateTime! }
  union AvailabilityEvent = AvailabilitySnapshot | AvailabilityDelta
  type AvailabilitySnapshot { etag: String! availability: Availability! }
  type AvailabilityDelta {
    fromEtag: String! etag: String! added: [Slot!]! removed: [Slot!]!
    complete: Boolean! issues: [AvailabilityIssue!]! computedAt: DateTime!
  }
  type Availability {
    slots: [Slot!]! computedAt: DateTime! etag: String! complete: Boolean! issues: [AvailabilityIssue!]!
  }
  type Slot { start: DateTime! end: DateTime! hosts: [PublicHost!]! seatsLeft: Int! }
  type PublicHost { id: ID! name: String! slug: String! }
  type AvailabilityIssue { code: AvailabilityIssueCode! }
  enum AvailabilityIssueCode { NO_CALENDARS }
`;

/** As long as the gateway's. */
const etagOf = () => randomBytes(16).toString('base64url');

function createType() {
  const id = newId('EventType');
  const hosts = [{ id: newId('Host'), name: HOST_NAME, slug: 'host' }];
  const slots = Array.from({ length: SLOTS }, (_, n) => startOf(WEEK, n)).map((start) => ({
    start: new Date(start).toISOString(),
    end: new Date(start + LENGTH).toISOString(),
    hosts,
    seatsLeft: 1,
  }));
  return { id, etag: etagOf(), slots, taken: new Set<number>() };
}

type EventType = ReturnType<typeof createType>;

const STATE = { complete: true, issues: [{ code: 'NO_CALENDARS' }] };

const availabilityOf = ({ etag, slots, taken }: EventType) => ({
  ...STATE,
  etag,
  slots: slots.filter((_, n) => !taken.has(n)),
  computedAt: new Date().toISOString(),
});

const types = new Map(
  Array.from({ length: Number(process.env.EVENT_TYPES) }, createType).map((type) => [type.id, type]),
);
/** Node would warn of the eleventh viewer. */
setMaxListeners(0);
const pubSub = createPubSub<Record<string, [object]>>();

function typeOf({ input }: { input: { eventType: string } }): EventType {
  const type = types.get(input.eventType);
  if (!type) throw new Error('no such event type');
  return type;
}

/** A step cheaper than the Repeater.merge of Yoga's manual. */
function startingWith(first: object, rest: AsyncIterableIterator<object>): AsyncIterableIterator<object> {
  let begun = false;
  const iterator: AsyncIterableIterator<object> = {
    async next() {
      if (begun) return rest.next();
      begun = true;
      return { value: first, done: false };
    },
    return: async () => rest.return?.() ?? { value: undefined, done: true },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

const yoga = createYoga({
  schema: createSchema({
    typeDefs: TYPE_DEFS,
    resolvers: {
      Query: { availability: (_root: unknown, args) => availabilityOf(typeOf(args)) },
      Subscription: {
        availability: {
          subscribe(_root: unknown, args) {
            const type = typeOf(args);
            const availability = availabilityOf(type);
            const snapshot = { __typename: 'AvailabilitySnapshot', etag: type.etag, availability };
            return startingWith(snapshot, pubSub.subscribe(type.id));
          },
          resolve: (event: object) => event,
        },
      },
    },
  }),
  logging: false,
});

const server = createServer(yoga);
/** As Yoga's manual has it. */
useServer(
  {
    execute: (args) => enveloped(args.rootValue).execute(args),
    subscribe: (args) => enveloped(args.rootValue).subscribe(args),
    async onSubscribe(_context, _id, payload) {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({});
      const document = parse(payload.query);
      const errors = validate(schema, document);
      if (errors.length > 0) return errors;
      return {
        schema,
        document,
        operationName: payload.operationName ?? null,
        variableValues: payload.variables ?? null,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      };
    },
  },
  new WebSocketServer({ server, path: yoga.graphqlEndpoint }),
);

type Enveloped = Pick<ReturnType<typeof yoga.getEnveloped>, 'execute' | 'subscribe'>;
const enveloped = (root: unknown) => root as Enveloped;

await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve));

const answers = {
  usage,
  url() {
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}${yoga.graphqlEndpoint}`;
  },
  eventTypes: () => [...types.keys()],
  change({ eventType, change: { taken, given } }: { eventType: string; change: Change }) {
    const type = typeOf({ input: { eventType } });
    const slot = (n: number | null) => (n === null ? [] : type.slots.slice(n, n + 1));
    if (taken !== null) type.taken.add(taken);
    if (given !== null) type.taken.delete(given);
    const fromEtag = type.etag;
    type.etag = etagOf();
    pubSub.publish(eventType, {
      __typename: 'AvailabilityDelta',
      fromEtag,
      etag: type.etag,
      added: slot(given),
      removed: slot(taken),
      ...STATE,
      computedAt: new Date().toISOString(),
    });
  },
};

export type StockProcess = typeof answers;

serveParent(answers);
