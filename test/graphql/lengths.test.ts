import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../e2e/stack.fixture.ts';
import {
  availability,
  eventTypeInput,
  type MadeHost,
  makeEventType,
  makeHost,
  refusal,
} from './world.fixture.ts';

let stack: Stack;
let host: MadeHost;
let eventType: string;
beforeAll(async () => {
  stack = await startStack({ env: { LOG_LEVEL: 'silent' }, sync: false });
  host = await makeHost(stack.admin, 'ada');
  eventType = await makeEventType(stack.admin, host, 'talk', LENGTHS);
}, 120_000);
afterAll(() => stack?.close());

const LENGTHS = { length: 'PT30M', lengths: ['PT30M', 'PT1H', 'PT15M'], interval: 'PT30M' };
const DAY = { from: '2050-01-03T00:00:00Z', to: '2050-01-04T00:00:00Z' };
const HOUR = 3_600_000;

const ask = (more: object = {}) => availability(stack.anyone, { eventType, ...DAY, ...more });
const lengthOf = ({ start, end }: { start: string; end: string }) =>
  (Date.parse(end) - Date.parse(start)) / HOUR;

interface Held {
  token: string;
  slot: { start: string; end: string };
}
const hold = async (start: string, length?: string, of = eventType): Promise<Held> => {
  const { holdSlot } = await stack.admin<{ holdSlot: Held }>(
    'mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { ... on SlotHold { token slot { start end } } } }',
    { input: { eventType: of, start, ...(length ? { length } : {}) } },
  );
  return holdSlot;
};
interface Booked {
  token: string;
  start: string;
  end: string;
}
const confirm = async ({ token }: Held): Promise<Booked> => {
  const { confirmBooking } = await stack.admin<{ confirmBooking: Booked }>(
    'mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) { ... on Booking { token start end } } }',
    { input: { hold: token, name: 'Grace', email: 'grace@example.net', timeZone: 'UTC' } },
  );
  return confirmBooking;
};
const move = async ({ token }: Booked, start: string) =>
  (
    await stack.admin<{ rescheduleBooking: Booked & { __typename: string } }>(
      'mutation ($token: String!, $start: DateTime!) { rescheduleBooking(token: $token, start: $start) { __typename ... on Booking { start end } } }',
      { token, start },
    )
  ).rescheduleBooking;

describe('lengths of an event type', () => {
  it('are shown to everybody, and are its length alone where none were given', async () => {
    const lengths = async (slug: string) =>
      (
        await stack.anyone<{ eventType: { length: string; lengths: string[] } }>(
          `{ eventType(owner: "ada", slug: "${slug}") { length lengths } }`,
        )
      ).eventType;
    expect(await lengths('talk')).toEqual({ length: 'PT30M', lengths: ['PT30M', 'PT1H', 'PT15M'] });
    await makeEventType(stack.admin, host, 'one', { length: 'PT20M' });
    expect(await lengths('one')).toEqual({ length: 'PT20M', lengths: ['PT20M'] });
  });

  it.each([
    [['PT15M'], 'lengths'],
    [[], 'lengths'],
    [['PT30M', 'PT0S'], 'lengths.1'],
    [['PT30M', 'PT45M', 'PT30M'], 'lengths.2'],
    [['PT30M', ...Array.from({ length: 10 }, (_, i) => `PT${i + 31}M`)], 'lengths'],
  ])('%j are refused', async (lengths, field) => {
    const made = makeEventType(stack.admin, host, 'wrong', { length: 'PT30M', lengths });
    expect(await refusal(made)).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });
});

describe('availability', () => {
  it('has slots of the length that is asked for, of the first without one', async () => {
    const [first, hour] = [await ask(), await ask({ length: 'PT1H' })];
    expect(new Set(first.slots.map(lengthOf))).toEqual(new Set([0.5]));
    expect(new Set(hour.slots.map(lengthOf))).toEqual(new Set([1]));
    // Until five, on the same grid.
    expect([first.slots.length, hour.slots.length]).toEqual([16, 15]);
    expect(hour.etag).not.toBe(first.etag);
    expect((await ask({ length: 'PT60M' })).etag).toBe(hour.etag);
    expect((await ask({ length: 'PT30M' })).etag).toBe(first.etag);
  });

  it('is refused for a length that the event type doesn’t have, also as a subscription', async () => {
    const wrong = { code: 'BAD_USER_INPUT', field: 'input.length' };
    expect(await refusal(ask({ length: 'PT45M' }))).toMatchObject(wrong);
    const response = await fetch(`${stack.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({
        query: `subscription { availability(input: { eventType: "${eventType}", from: "${DAY.from}", to: "${DAY.to}", length: "PT45M" }) { __typename } }`,
      }),
    });
    expect(await response.text()).toContain('BAD_USER_INPUT');
  });
});

describe('a booking', () => {
  it('takes the length that was held, keeps it when it is moved, and its own time doesn’t block a move', async () => {
    const held = await hold('2050-01-03T09:00:00Z', 'PT1H');
    expect(lengthOf(held.slot)).toBe(1);
    const booking = await confirm(held);
    expect(lengthOf(booking)).toBe(1);
    const moving = await ask({ rescheduling: booking.token });
    expect(new Set(moving.slots.map(lengthOf))).toEqual(new Set([1]));
    expect(moving.slots).toHaveLength(15);
    const moved = await move(booking, '2050-01-03T09:30:00Z');
    expect(moved).toMatchObject({ start: '2050-01-03T09:30:00.000Z', end: '2050-01-03T10:30:00.000Z' });
    // Half an hour before the end of work has no room for it.
    expect(await move(booking, '2050-01-03T16:30:00Z')).toMatchObject({ __typename: 'SlotNotOffered' });
    const [after] = (await ask({ length: 'PT15M' })).slots;
    expect(after?.start).toBe('2050-01-03T09:00:00.000Z');
    expect((await ask({ length: 'PT1H' })).slots[0]?.start).toBe('2050-01-03T10:30:00.000Z');
  });

  it('isn’t held for a length that there is not', async () => {
    expect(await refusal(hold('2050-01-03T13:00:00Z', 'PT45M'))).toMatchObject({
      ...{ code: 'BAD_USER_INPUT', field: 'input.length' },
    });
  });

  it('is made and moved as it was held, whatever lengths the event type has by then', async () => {
    const changing = await makeEventType(stack.admin, host, 'changing', LENGTHS);
    const [first, second] = [
      await hold('2050-01-10T09:00:00Z', 'PT1H', changing),
      await hold('2050-01-10T11:00:00Z', 'PT1H', changing),
    ];
    const booking = await confirm(first);
    await stack.admin(
      'mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { id } }',
      { id: changing, input: eventTypeInput(host, 'changing', { interval: 'PT30M' }) },
    );
    expect(lengthOf(await confirm(second))).toBe(1);
    expect(lengthOf(await move(booking, '2050-01-10T13:00:00Z'))).toBe(1);
  });
});
