import { execute, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { ANONYMOUS, createContext } from '../../../src/graphql/context.ts';
import { createFieldBudget } from '../../../src/graphql/cost/field-budget.ts';
import { schema } from '../../../src/graphql/schema.ts';
import { randomFrom } from '../../ical/fuzz.fixture.ts';
import { randomAvailability } from '../direct/documents.fixture.ts';
import { servicesOf } from '../direct/services.fixture.ts';

const ISSUES = 10;

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
  const executed = (fields: number) => {
    const contextValue = createContext(ANONYMOUS, servicesOf(world), { fields: createFieldBudget(fields) });
    return execute({ schema, document, contextValue });
  };
  expect((await executed(5 * ISSUES)).errors).toBeUndefined();
  expect((await executed(5 * ISSUES - 1)).errors?.[0]?.message).toMatch('more than 49 fields');
});
