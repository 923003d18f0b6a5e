import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SLOT_REASON_VALUES } from '../../src/graphql/explain.ts';
import { createBooker } from '../e2e/booker.fixture.ts';
import { type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import { nextMillisecond } from '../harness/eventually.ts';
import {
  availability,
  eventTypeInput,
  type MadeHost,
  makeEventType,
  makeHost,
  makeKey,
  refusal,
  secondOrganisation,
  startsOf,
} from './world.fixture.ts';

let stack: Stack;
let host: MadeHost;
beforeAll(async () => {
  stack = await startStack({ env: { HISTORY_RETENTION: 'P2D' } });
  host = await makeHost(stack.admin, 'ada');
});
afterAll(() => stack?.close());

const { window, iso } = testDay();
const [NINE = '', HALF_PAST = '', TEN = '', FIVE = ''] = iso('09:00', '09:30', '10:00', '17:00');

interface Explained {
  bookable: boolean;
  reasons: {
    code: string;
    message: string;
    host: string | null;
    calendar: string | null;
    from: string | null;
    to: string | null;
  }[];
}

const QUERY = `query ($eventType: ID!, $start: DateTime!, $asOf: DateTime) {
  explainSlot(eventType: $eventType, start: $start, asOf: $asOf) {
    bookable reasons { code message host calendar from to }
  }
}`;
const explain = async (eventType: string, start: string, asOf?: string, ask = stack.admin) =>
  (await ask<{ explainSlot: Explained }>(QUERY, { eventType, start, asOf })).explainSlot;
const codes = async (...asked: Parameters<typeof explain>) =>
  (await explain(...asked)).reasons.map(({ code }) => code);
const update = (id: string, input: object) =>
  stack.admin(
    'mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { id } }',
    { id, input },
  );
/** As late as this process knows, and later than all that was answered before. */
const now = async () => {
  const at = await nextMillisecond();
  await nextMillisecond();
  return new Date(at).toISOString();
};

describe('explainSlot', () => {
  it('says yes where availability does, and why not where it does not', async () => {
    const eventType = await makeEventType(stack.admin, host, 'plain', { length: 'PT1H' });
    const offered = startsOf(await availability(stack.anyone, { eventType, ...window }));
    for (const start of [NINE, HALF_PAST, TEN, FIVE]) {
      expect((await explain(eventType, start)).bookable).toBe(offered.includes(start));
    }
    expect(await explain(eventType, NINE)).toEqual({
      bookable: true,
      reasons: [
        {
          code: 'OFFERED',
          message: 'Offered with ada; it takes 1 more booking.',
          host: null,
          calendar: null,
          from: NINE,
          to: TEN,
        },
      ],
    });
    expect(await explain(eventType, HALF_PAST)).toMatchObject({
      bookable: false,
      reasons: [{ code: 'OFF_GRID', host: host.id, message: expect.stringContaining('at 09:30 on') }],
    });
    expect(await codes(eventType, FIVE)).toEqual(['OUTSIDE_HOURS']);
    expect(await codes(eventType, '2020-01-01T09:00:00Z')).toEqual(['NOTICE']);
  });

  it('knows what was held, booked and given back, and when', async () => {
    const eventType = await makeEventType(stack.admin, host, 'booked');
    const booker = createBooker(stack.anyone);
    const before = await now();
    const { token } = await booker.book(eventType, NINE);
    const between = await now();
    expect(await explain(eventType, NINE)).toMatchObject({
      bookable: false,
      reasons: [{ code: 'BOOKED', host: host.id, from: NINE, to: HALF_PAST }],
    });
    await booker.cancel(token);
    const after = await now();
    expect(await codes(eventType, NINE)).toEqual(['OFFERED']);
    expect(await codes(eventType, NINE, before)).toEqual(['OFFERED']);
    expect(await codes(eventType, NINE, between)).toEqual(['BOOKED']);
    expect(await codes(eventType, NINE, after)).toEqual(['OFFERED']);
    const held = await makeEventType(stack.admin, host, 'held');
    await stack.anyone(
      'mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { ... on SlotHold { token } } }',
      { input: { eventType: held, start: TEN } },
    );
    expect(await codes(held, TEN)).toEqual(['HELD']);
    expect(await refusal(explain(held, TEN, between))).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'asOf',
    });
  });

  it('goes by the rules of then', async () => {
    const eventType = await makeEventType(stack.admin, host, 'ruled', { minimumNotice: 'P20D' });
    const strict = await now();
    await update(eventType, eventTypeInput(host, 'ruled'));
    expect(await codes(eventType, NINE)).toEqual(['OFFERED']);
    expect(await codes(eventType, NINE, strict)).toEqual(['NOTICE']);
  });

  it('says what a team lacks', async () => {
    const other = await makeHost(stack.admin, 'bob', {
      workingHours: { timeZone: 'UTC', weekly: [] },
    });
    const eventType = await makeEventType(stack.admin, host, 'team', {
      scheduling: 'COLLECTIVE',
      hosts: [host.id, other.id],
    });
    expect(await explain(eventType, FIVE.replace('T17', 'T15'))).toMatchObject({
      bookable: false,
      reasons: [
        { code: 'OUTSIDE_HOURS', host: other.id },
        { code: 'TEAM_RULE', host: null, message: '1 of 2 needed hosts is free.' },
      ],
    });
  });

  it('refuses an instant that is to come, or that nothing is kept of', async () => {
    const eventType = await makeEventType(stack.admin, host, 'asof');
    for (const asOf of ['2050-01-01T00:00:00Z', new Date(Date.now() - 3 * 86_400_000).toISOString()]) {
      expect(await refusal(explain(eventType, NINE, asOf))).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'asOf',
      });
    }
  });

  it('is for operators, of their own organisation', async () => {
    const eventType = await makeEventType(stack.admin, host, 'mine');
    expect(await refusal(explain(eventType, NINE, undefined, stack.anyone))).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    const reader = await makeKey(stack, ['READ_AVAILABILITY', 'READ_BUSY', 'BOOK']);
    expect(await refusal(explain(eventType, NINE, undefined, reader.ask))).toMatchObject({
      code: 'FORBIDDEN',
    });
    const second = await secondOrganisation(stack);
    expect(await refusal(explain(eventType, NINE, undefined, second.ask))).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await refusal(explain('junk', NINE))).toMatchObject({ code: 'NOT_FOUND' });
  });
});

it('docs/api.md names every reason', async () => {
  const markdown = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8');
  const [, section = ''] = markdown.split('\n## Why, and what if\n');
  expect(Object.keys(SLOT_REASON_VALUES).filter((code) => !section.includes(`\`${code}\``))).toEqual([]);
});
