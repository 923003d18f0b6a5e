import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import { makeEventType, makeHost, makeKey, refusal, secondOrganisation } from './world.fixture.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ sync: false });
});
afterAll(() => stack.close());

const CREATE = `mutation ($kind: BlockRuleKind!, $value: String!, $note: String) {
  createBlockRule(kind: $kind, value: $value, note: $note) { id kind value note createdAt }
}`;
const LIST = '{ blockRules(first: 10) { edges { node { id kind value note } } pageInfo { hasNextPage } } }';
const HOLD = 'mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { __typename } }';

interface Rule {
  id: string;
  kind: string;
  value: string;
  note: string | null;
}

describe('block rules of an organisation', () => {
  it('are created, found, applied to the public and deleted by its admins', async () => {
    const { admin, anyone } = stack;
    const host = await makeHost(admin, 'ada');
    const eventType = await makeEventType(admin, host, 'intro');
    const { iso } = testDay();
    const [start] = iso('10:00');
    const input = { eventType, start };
    const { createBlockRule: rule } = await admin<{ createBlockRule: Rule }>(CREATE, {
      kind: 'ADDRESS',
      value: '127.0.0.0/8',
      note: 'flood of Monday',
    });
    const listed = await admin<{ blockRules: { edges: { node: Rule }[] } }>(LIST);
    expect(listed.blockRules.edges.map(({ node }) => node)).toEqual([
      { id: rule.id, kind: 'ADDRESS', value: '127.0.0.0/8', note: 'flood of Monday' },
    ]);
    const found = await admin<{ node: Rule }>(
      'query ($id: ID!) { node(id: $id) { ... on BlockRule { value } } }',
      {
        id: rule.id,
      },
    );
    expect(found.node.value).toBe('127.0.0.0/8');
    expect(await refusal(anyone(HOLD, { input }))).toMatchObject({ code: 'FORBIDDEN' });
    expect(await admin(HOLD, { input })).toEqual({ holdSlot: { __typename: 'SlotHold' } });
    expect(await admin('mutation ($id: ID!) { deleteBlockRule(id: $id) }', { id: rule.id })).toEqual({
      deleteBlockRule: true,
    });
    const [later] = iso('11:00');
    expect(await anyone(HOLD, { input: { eventType, start: later } })).toEqual({
      holdSlot: { __typename: 'SlotHold' },
    });
  });

  it('are seen and changed by its own admins alone', async () => {
    const { admin, anyone } = stack;
    const { createBlockRule: rule } = await admin<{ createBlockRule: Rule }>(CREATE, {
      kind: 'EMAIL',
      value: 'eve@example.org',
    });
    const other = await secondOrganisation(stack);
    const DELETE = 'mutation ($id: ID!) { deleteBlockRule(id: $id) }';
    expect(await refusal(other.ask(DELETE, { id: rule.id }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await other.ask(LIST)).toMatchObject({ blockRules: { edges: [] } });
    expect(await refusal(anyone(LIST))).toMatchObject({ code: 'UNAUTHENTICATED' });
    const booker = await makeKey(stack, ['BOOK', 'READ_AVAILABILITY', 'READ_BUSY']);
    expect(await refusal(booker.ask(LIST))).toMatchObject({ code: 'FORBIDDEN' });
    expect(await refusal(booker.ask(CREATE, { kind: 'EMAIL', value: 'a@b.example' }))).toMatchObject({
      code: 'FORBIDDEN',
    });
  });
});
