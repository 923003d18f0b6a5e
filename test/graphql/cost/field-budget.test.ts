import { execute } from '@graphql-tools/executor';
import { buildSchema, type ExecutionResult, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { ANONYMOUS, createContext } from '../../../src/graphql/context.ts';
import { countLists, createFieldBudget } from '../../../src/graphql/cost/field-budget.ts';
import { LazyList } from '../../../src/graphql/cost/lazy-list.ts';
import { operationCost } from '../../../src/graphql/cost/operation-cost.ts';
import { schema } from '../../../src/graphql/schema.ts';
import { randomFrom } from '../../ical/fuzz.fixture.ts';
import { randomAvailability } from '../direct/documents.fixture.ts';
import { servicesOf } from '../direct/services.fixture.ts';

const ISSUES = 10;

/** No result comes in parts. */
const whole = (executed: Awaited<ReturnType<typeof execute<Record<string, unknown>>>>): ExecutionResult =>
  'initialResult' in executed ? expect.fail() : executed;

it('The items of a list are counted with the fields that are merged there, not with those that its fragment is merged with elsewhere', async () => {
  const issue = { code: 'SOURCE_STALE', host: null, calendar: null, message: 'Stale.' } as const;
  const availability = {
    ...randomAvailability(randomFrom(1), 0),
    issues: Array(ISSUES).fill(issue),
    computedAt: 0,
  };
  const world = { answers: new Map([['et_1', availability]]), cost: 1_000, most: 1_000_000, interval: 1 };
  const input = 'input: { eventType: "et_1", from: "2050-01-03T00:00:00Z", to: "2050-01-04T00:00:00Z" }';
  const document = parse(`{
    few: availability(${input}) { ...Codes }
    many: availability(${input}) { ...Codes issues { host calendar message } }
  }
  fragment Codes on Availability { issues { code } }`);
  expect(validate(schema, document)).toEqual([]);
  const executed = async (fields: number): Promise<ExecutionResult> => {
    const contextValue = createContext(ANONYMOUS, servicesOf(world), { fields: createFieldBudget(fields) });
    return whole(await execute({ schema, document, contextValue }));
  };
  expect((await executed(5 * ISSUES)).errors).toBeUndefined();
  expect((await executed(5 * ISSUES - 1)).errors?.[0]?.message).toMatch('more than 49 fields');
});

const LISTED = buildSchema('type Query { items: [Item!]! } type Item { n: Int! }');
countLists(LISTED);

const ITEMS = 10_000;

/** @returns what comes of it, and how many items were made before the event loop had its first turn */
function executeListed(query: string, fields: number) {
  let made = 0;
  const items = new LazyList(ITEMS, (n) => {
    made++;
    return { n };
  });
  const result = execute({
    ...{ schema: LISTED, document: parse(query), rootValue: { items } },
    contextValue: { fields: createFieldBudget(fields) },
  });
  const madeAtOnce = made;
  return { result: Promise.resolve(result).then(whole), madeAtOnce };
}

it('items of a long list are made when execution comes to them, a part in each turn of the event loop', async () => {
  const { result, madeAtOnce } = executeListed('{ items { n } }', ITEMS);
  expect(madeAtOnce).toBeLessThan(ITEMS / 5);
  const { data } = await result;
  expect(data?.items).toEqual(Array.from({ length: ITEMS }, (_, n) => ({ n })));
});

it('an item whose fields are all left out counts as one field, before execution and in it', async () => {
  const query = '{ a: items { n @skip(if: true) } b: items { n @include(if: false) } }';
  const { result, madeAtOnce } = executeListed(query, 2 * ITEMS);
  expect(madeAtOnce).toBeLessThan(ITEMS / 2);
  expect((await result).data?.b).toHaveLength(ITEMS);
  expect((await executeListed(query, 2 * ITEMS - 1).result).errors?.[0]?.message).toMatch('more than 19999');
  const [operation] = parse(`{ availability(input: { eventType: "et_1", from: "2050-01-03T00:00:00Z",
    to: "2050-01-04T00:00:00Z" }) { slots { start @skip(if: true) } } }`).definitions;
  if (operation?.kind !== 'OperationDefinition') return expect.fail();
  const question = { schema, operation, fragments: new Map(), variables: {} };
  const cost = operationCost({ ...question, sizeOf: () => ({ interval: 60_000, hosts: 1, horizon: null }) });
  // Finding them costs 15, as much as 1,460 starts passed.
  expect(cost).toBe(2 + 15 + 24 * 60);
});
