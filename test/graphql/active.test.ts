/** Event types that are not active: nothing of them is offered, and what was booked stays. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBooker } from '../e2e/booker.fixture.ts';
import { type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import {
  availability,
  eventTypeInput,
  type MadeHost,
  makeEventType,
  makeHost,
  startsOf,
} from './world.fixture.ts';

const { window, iso } = testDay();
const [NINE = '', TEN = '', ELEVEN = ''] = iso('09:00', '10:00', '11:00');

let stack: Stack;
let ada: MadeHost;
beforeAll(async () => {
  stack = await startStack({ sync: false });
  ada = await makeHost(stack.admin, 'ada');
}, 120_000);
afterAll(() => stack?.close());

const update = (id: string, slug: string, more: object) =>
  stack.admin(
    'mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { id } }',
    { id, input: eventTypeInput(ada, slug, more) },
  );
const hold = async (eventType: string, start: string) =>
  (
    await stack.anyone<{ holdSlot: { __typename: string; token?: string } }>(
      'mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { __typename ... on SlotHold { token } } }',
      { input: { eventType, start } },
    )
  ).holdSlot;
const offered = async (eventType: string) =>
  startsOf(await availability(stack.anyone, { eventType, ...window }));
const flags = async (slug: string) =>
  (
    await stack.anyone<{ eventType: object }>(
      'query ($slug: String!) { eventType(owner: "ada", slug: $slug) { active listed } }',
      { slug },
    )
  ).eventType;

describe('an event type', () => {
  it('is active and listed unless its input says otherwise, and again when an update leaves both out', async () => {
    const id = await makeEventType(stack.admin, ada, 'plain');
    expect(await flags('plain')).toEqual({ active: true, listed: true });
    await update(id, 'plain', { active: false, listed: false });
    expect(await flags('plain')).toEqual({ active: false, listed: false });
    await update(id, 'plain', {});
    expect(await flags('plain')).toEqual({ active: true, listed: true });
  });

  it('that is not listed is offered as others are', async () => {
    const id = await makeEventType(stack.admin, ada, 'unlisted', { listed: false });
    expect(await offered(id)).toContain(NINE);
    expect((await hold(id, NINE)).__typename).toBe('SlotHold');
  });
});

describe('an event type that is not active', () => {
  it('offers nothing and holds nothing, and both again when it is active', async () => {
    const id = await makeEventType(stack.admin, ada, 'paused', { active: false });
    expect(await offered(id)).toEqual([]);
    expect((await hold(id, TEN)).__typename).toBe('SlotNotOffered');
    await update(id, 'paused', {});
    expect(await offered(id)).toContain(TEN);
    expect((await hold(id, TEN)).__typename).toBe('SlotHold');
    await update(id, 'paused', { active: false });
    expect(await offered(id)).toEqual([]);
  });

  it('ends a hold from before when it is confirmed, and gives its time back', async () => {
    const id = await makeEventType(stack.admin, ada, 'late');
    const { token } = await hold(id, ELEVEN);
    await update(id, 'late', { active: false });
    const attendee = { name: 'Grace', email: 'grace@example.net', timeZone: 'UTC' };
    const { confirmBooking } = await stack.anyone<{ confirmBooking: { __typename: string } }>(
      'mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) { __typename } }',
      { input: { hold: token, ...attendee } },
    );
    expect(confirmBooking.__typename).toBe('HoldExpired');
    await update(id, 'late', {});
    expect(await offered(id)).toContain(ELEVEN);
  });

  it('keeps its bookings, which can be cancelled, and moved to no time', async () => {
    const cleo = await makeHost(stack.admin, 'cleo');
    const id = await makeEventType(stack.admin, cleo, 'kept');
    const booker = createBooker(stack.anyone);
    const { token } = await booker.book(id, NINE);
    await stack.admin(
      'mutation ($id: ID!, $input: EventTypeInput!) { updateEventType(id: $id, input: $input) { id } }',
      { id, input: eventTypeInput(cleo, 'kept', { active: false }) },
    );
    const { rescheduleBooking } = await stack.anyone<{ rescheduleBooking: { __typename: string } }>(
      'mutation ($token: String!, $start: DateTime!) { rescheduleBooking(token: $token, start: $start) { __typename } }',
      { token, start: TEN },
    );
    expect(rescheduleBooking.__typename).toBe('SlotNotOffered');
    expect((await booker.cancel(token)).status).toBe('CANCELLED');
  });

  it('is why a start is not bookable', async () => {
    const id = await makeEventType(stack.admin, await makeHost(stack.admin, 'dora'), 'why', {
      active: false,
    });
    const { explainSlot } = await stack.admin<{
      explainSlot: { bookable: boolean; reasons: { code: string }[] };
    }>(
      'query ($id: ID!, $start: DateTime!) { explainSlot(eventType: $id, start: $start) { bookable reasons { code } } }',
      { id, start: NINE },
    );
    expect(explainSlot).toEqual({ bookable: false, reasons: [{ code: 'INACTIVE' }] });
  });
});
