import { getOperationAST, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { EventTypeSize } from '../../../src/graphql/cost/list-sizes.ts';
import { operationCost } from '../../../src/graphql/cost/operation-cost.ts';
import { schema } from '../../../src/graphql/schema.ts';
import { MINUTE } from '../../../src/time/clock.ts';

/** OPERATION_COST of the public, as it is where nothing is configured. */
const PUBLIC = 150_000;
const SIXTY: EventTypeSize = { interval: MINUTE, hosts: 60, horizon: null };
const THREE: EventTypeSize = { interval: 15 * MINUTE, hosts: 3, horizon: null };

const WINDOW = 'from: "2050-01-01T00:00:00Z", to: "2050-03-04T00:00:00Z"';
const INPUT = `input: { eventType: "et_1", ${WINDOW} }`;

function costOf(query: string, size: EventTypeSize | null): number {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const operation = getOperationAST(document) ?? expect.fail();
  return operationCost({ schema, operation, fragments: new Map(), variables: {}, sizeOf: () => size });
}

/** Sixty hosts with a start each minute, over 62 days: a hundred starts as a field. */
const SEARCH = ((62 * 24 * 60 + 20) * 60) / 100;

describe('what finding the slots of a window takes is charged', () => {
  it.each([
    ['its etag alone is selected', '{ etag }'],
    ['its slots are skipped', '{ etag slots @skip(if: true) { start } }'],
    ['it is known to be complete or not', '{ complete }'],
  ])('where %s', (_what, selection) => {
    expect(costOf(`{ availability(${INPUT}) ${selection} }`, SIXTY)).toBe(2 + SEARCH);
  });

  it('of each alias, so that five of sixty hosts by the minute are too costly for the public', () => {
    const aliases = [1, 2, 3, 4, 5].map((n) => `a${n}: availability(${INPUT}) { etag }`);
    expect(costOf(`{ ${aliases.join(' ')} }`, SIXTY)).toBe(5 * (2 + SEARCH));
    expect(5 * SEARCH).toBeGreaterThan(PUBLIC);
  });

  it('by a subscription whatever its events show', () => {
    expect(costOf(`subscription { availability(${INPUT}) { __typename } }`, SIXTY)).toBe(2 + SEARCH);
  });

  it('twice by whatIf, which finds the present slots and those of the changed rules', () => {
    const hours = 'workingHours: []';
    const tried = INPUT.replace('}', `, ${hours} }`);
    expect(costOf(`{ whatIf(${tried}) { __typename } }`, SIXTY)).toBe(2 + 2 * SEARCH);
  });

  it('by nothing where there is no such event type, or the window is refused', () => {
    expect(costOf(`{ availability(${INPUT}) { etag } }`, null)).toBe(2);
    const year = INPUT.replace('2050-03-04', '2051-01-01');
    // Its hosts are counted, as they are got ready for each window.
    expect(costOf(`{ availability(${year}) { etag } }`, SIXTY)).toBe(2 + (20 * 60) / 100);
  });
});

it('a list that is counted costs as much as a page, however few of its items are asked for', () => {
  const items = (fields: string) => costOf(`{ hosts(first: 1) { ${fields} } }`, null);
  expect(items('totalCount edges { cursor }') - items('edges { cursor }')).toBe(201);
});

it('a single start costs its hosts, where it is explained or held', () => {
  const start = 'start: "2050-01-01T00:00:00Z"';
  expect(costOf(`{ explainSlot(eventType: "et_1", ${start}) { bookable } }`, SIXTY)).toBe(2 + 13);
  const held = `mutation { holdSlot(input: { eventType: "et_1", ${start} }) { __typename } }`;
  expect(costOf(held, SIXTY)).toBe(2 + 13);
});

it('busy time is charged by hosts and days also where no period is selected', () => {
  const hosts = JSON.stringify(Array.from({ length: 50 }, (_, n) => `host_${n}`));
  expect(costOf(`{ busy(hosts: ${hosts}, ${WINDOW}) { complete } }`, null)).toBe(1 + 50 + 382);
});

it('a page’s own question over 62 days each quarter of an hour with three hosts is within what the public may ask', () => {
  const slots = 'slots { start end seatsLeft hosts { id name slug } }';
  const page = `{ availability(${INPUT}) { etag ${slots} complete issues { code } freshness { provenAsOf bound } computedAt nextAvailable } }`;
  const cost = costOf(page, THREE);
  expect(cost).toBeLessThan(PUBLIC);
  // What finding them takes is a small part of it.
  expect(costOf(`{ availability(${INPUT}) { etag } }`, THREE)).toBeLessThan(cost / 100);
});
