import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY } from '../../src/time/clock.ts';
import { type Stack, startStack } from '../e2e/stack.fixture.ts';
import { makeEventType, makeHost } from '../graphql/world.fixture.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';
import { type StatementCounter, startStatementCounter } from './statements.fixture.ts';

/** What one of them costs is what each costs a gateway that has thousands: a statement more is a change to be made on purpose. */
const STATEMENTS = { hold: 12, confirm: 17, refused: 3 };

let database: FreshDatabase;
let counter: StatementCounter;
let stack: Stack;
let eventType: string;

beforeAll(async () => {
  database = await freshDatabase();
  counter = await startStatementCounter(database.url);
  stack = await startStack({ sync: false, env: { DATABASE_URL: counter.url } });
  const host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'talk');
  // What a process reads once in a while is not of this hold or that.
  await confirm(await hold(9));
}, 120_000);
afterAll(async () => {
  await stack?.close();
  await counter?.close();
  await database?.drop();
});

const tomorrow = Math.ceil(Date.now() / DAY) * DAY + DAY;

async function hold(hour: number): Promise<string> {
  const { holdSlot } = await stack.anyone<{ holdSlot: { __typename: string; token: string } }>(
    `mutation ($input: HoldSlotInput!) {
      holdSlot(input: $input) { __typename ... on SlotHold { token slot { start hosts { id } } } } }`,
    { input: { eventType, start: new Date(tomorrow + hour * 3_600_000).toISOString() } },
  );
  return holdSlot.token ?? holdSlot.__typename;
}

async function confirm(token: string): Promise<string> {
  const { confirmBooking } = await stack.anyone<{ confirmBooking: { __typename: string } }>(
    `mutation ($input: ConfirmBookingInput!) {
      confirmBooking(input: $input) { __typename ... on Booking { id token status start end } } }`,
    { input: { hold: token, name: 'Grace', email: 'grace@example.com', timeZone: 'UTC' } },
  );
  return confirmBooking.__typename;
}

/** Whom the gateway looks for from time to time, whatever is asked of it. */
const isOfGateway = (statement: string) => /worker_presence/.test(statement);

async function statementsOf<T>(work: () => Promise<T>): Promise<{ result: T; statements: string[] }> {
  counter.take();
  const result = await work();
  return { result, statements: counter.take().filter((statement) => !isOfGateway(statement)) };
}

describe('the statements that the database is sent', () => {
  it('for a hold, and for its confirmation by the public, are no more than is said here', async () => {
    const held = await statementsOf(() => hold(10));
    expect(held.statements.length, held.statements.join('\n\n')).toBeLessThanOrEqual(STATEMENTS.hold);
    const booked = await statementsOf(() => confirm(held.result));
    expect(booked.result).toBe('Booking');
    expect(booked.statements.length, booked.statements.join('\n\n')).toBeLessThanOrEqual(STATEMENTS.confirm);
  });

  it('for a hold that comes too late are a few, and lock nothing', async () => {
    const { result, statements } = await statementsOf(() => hold(10));
    expect(result).toBe('SlotTaken');
    expect(statements.length, statements.join('\n\n')).toBeLessThanOrEqual(STATEMENTS.refused);
    expect(statements.join('\n')).not.toMatch(/begin|for update/i);
  });
});
