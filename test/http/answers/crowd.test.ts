import { type DocumentNode, GraphQLError, parse } from 'graphql';
import { expect, it } from 'vitest';
import { ANONYMOUS, createContext } from '../../../src/graphql/context.ts';
import { schema } from '../../../src/graphql/schema.ts';
import { createSharedAnswers } from '../../../src/http/answers/shared.ts';
import { createAnswerTable } from '../../../src/http/answers/table.ts';
import { randomAvailability } from '../../graphql/direct/documents.fixture.ts';
import { servicesOf } from '../../graphql/direct/services.fixture.ts';
import { notAsked } from '../../graphql/services.fixture.ts';
import { randomFrom } from '../../ical/fuzz.fixture.ts';

const CROWD = 1_000;
const INPUT = { eventType: 'et_1', from: '2050-01-03T00:00:00Z', to: '2050-01-04T00:00:00Z' };
const QUESTION =
  'query ($input: AvailabilityInput!) { availability(input: $input) { etag slots { start } } }';

/** Shared answers whose computations all wait until they are let go. */
function openWorld() {
  const count = { prepared: 0, asked: 0 };
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const answer = randomAvailability(randomFrom(1), 30);
  const world = {
    answers: new Map([['et_1', answer]]),
    ...{ cost: 1_000_000, most: 1_000_000, interval: 3_600_000 },
  };
  const services = servicesOf(world, () => count.asked++);
  const { availability } = services.offers;
  services.offers.availability = async (request) => {
    await held;
    return availability(request);
  };
  const document: DocumentNode = parse(QUESTION);
  const table = createAnswerTable({
    topics: { subscribe: () => () => {} },
    clock: { now: () => answer.computedAt },
    ageClock: { now: () => 0 },
  });
  const obtain = createSharedAnswers({
    table,
    mask: (error) => new GraphQLError(String(error)),
    operations: {
      prepare({ variables }, { viewer, charge }) {
        count.prepared++;
        const contextValue = createContext(viewer, services, { charge });
        const args = { schema, document, variableValues: variables, contextValue };
        return { kind: 'query', args, execute: notAsked };
      },
    },
  });
  return { count, letGo, obtain, table };
}

it('A thousand callers who ask the same at once, before anything is known, have it computed once, and each is charged', async () => {
  const { count, letGo, obtain, table } = openWorld();
  const charged: number[] = [];
  const caller = { viewer: ANONYMOUS, charge: (cost: number) => void charged.push(cost) };
  const question = { text: 'the same', isAddress: false, params: () => ({ variables: { input: INPUT } }) };
  const asked = Array.from({ length: CROWD }, async () => obtain(question, caller));
  letGo();
  const answers = (await Promise.all(asked)).map((obtained) =>
    obtained && 'answer' in obtained ? obtained : expect.fail('has no answer'),
  );
  expect(count).toEqual({ prepared: 1, asked: 1 });
  expect(new Set(answers.map(({ answer }) => answer.bytes)).size).toBe(1);
  const sources = answers.map(({ source }) => source);
  expect(sources.filter((source) => source === 'computed')).toHaveLength(1);
  expect(sources.filter((source) => source === 'shared')).toHaveLength(CROWD - 1);
  expect(charged).toEqual(Array.from({ length: CROWD }, () => charged[0]));
  table.close();
});

it('A kept answer is there at once: nothing of it is waited for', async () => {
  const { letGo, obtain, table } = openWorld();
  letGo();
  const caller = { viewer: ANONYMOUS, charge: () => {} };
  const question = { text: 'the same', isAddress: false, params: () => ({ variables: { input: INPUT } }) };
  await obtain(question, caller);
  expect(obtain(question, caller)).toMatchObject({ source: 'kept' });
  table.close();
});
