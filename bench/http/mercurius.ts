/**
 * What the answers to distinct questions are compared with: mercurius with its compiler (graphql-jit), on Fastify. Its resolver
 * answers every question from the same constant, so that all it does is to read the question and to write the answer.
 */
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import mercurius from 'mercurius';
import { serveParent } from '../child.ts';

/** The part of the gateway's schema that the page's question needs. */
const SCHEMA = `
  scalar DateTime
  type Query { availability(input: AvailabilityInput!): Availability! }
  input AvailabilityInput { eventType: ID!, from: DateTime!, to: DateTime! }
  type Availability {
    etag: String!
    slots: [Slot!]!
    complete: Boolean!
    issues: [AvailabilityIssue!]!
    computedAt: DateTime!
  }
  type AvailabilityIssue { code: String! }
  type Slot { start: DateTime!, end: DateTime!, seatsLeft: Int!, hosts: [PublicHost!]! }
  type PublicHost { id: ID!, name: String! }
`;

const server = fastify();
let constant: unknown = null;

await server.register(mercurius, {
  schema: SCHEMA,
  resolvers: { Query: { availability: () => constant } },
  // From the first time on that a document comes.
  jit: 1,
});
await server.listen({ port: 0, host: '127.0.0.1' });

const answers = {
  /** Microseconds used so far. */
  cpu(): number {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  /** @param text an answer whose data is given from now on. @returns where */
  serve(text: string): string {
    const { data } = JSON.parse(text) as { data: { availability: unknown } };
    constant = data.availability;
    return `http://127.0.0.1:${(server.server.address() as AddressInfo).port}/graphql`;
  },
};

export type MercuriusProcess = typeof answers;

serveParent(answers);
