import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBooker } from '../e2e/booker.fixture.ts';
import { follow } from '../e2e/client.fixture.ts';
import { type Stack, startStack, testDay } from '../e2e/stack.fixture.ts';
import {
  type Answer,
  availability,
  daily,
  type MadeHost,
  makeEventType,
  makeHost,
  refusal,
} from './world.fixture.ts';

let stack: Stack;
let ada: MadeHost;
let bob: MadeHost;
beforeAll(async () => {
  stack = await startStack({ env: { HOLD_TTL: 'PT4S' } });
  ada = await makeHost(stack.admin, 'ada', { workingHours: daily('09:00', '11:00') });
  bob = await makeHost(stack.admin, 'bob', { workingHours: daily('10:00', '12:00') });
});
afterAll(() => stack?.close());

const { window, iso } = testDay();
const [NINE = '', TEN = '', ELEVEN = ''] = iso('09:00', '10:00', '11:00');
const short = ({ slots }: Answer) =>
  slots.map(
    ({ start, hosts, seatsLeft }) =>
      `${start.slice(11, 16)} ${hosts.map(({ slug }) => slug).join('+')} ${seatsLeft}`,
  );
const team = (slug: string, more: object) =>
  makeEventType(stack.admin, ada, slug, { length: 'PT1H', hosts: [ada.id, bob.id], ...more });
const ask = async (eventType: string, more = {}) =>
  short(await availability(stack.anyone, { eventType, ...window, ...more }));
const hold = (eventType: string, start: string) =>
  stack.anyone(
    'mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { ... on SlotHold { token } } }',
    { input: { eventType, start } },
  );

describe('the slots of a team', () => {
  it('name who could take each of them, and its seats', async () => {
    expect(await ask(await team('collective', { scheduling: 'COLLECTIVE', seats: 3 }))).toEqual([
      '10:00 ada+bob 3',
    ]);
    expect(await ask(await team('robin', { scheduling: 'ROUND_ROBIN', seats: 2 }))).toEqual([
      '09:00 ada 2',
      '10:00 ada+bob 4',
      '11:00 bob 2',
    ]);
    const fixed = { scheduling: 'ROUND_ROBIN', hostRules: [{ host: bob.id, fixed: true }] };
    expect(await ask(await team('fixed', fixed))).toEqual(['10:00 ada+bob 1']);
    expect(await ask(await team('quorum', { scheduling: 'QUORUM', quorum: 1 }))).toEqual([
      '09:00 ada 1',
      '10:00 ada+bob 1',
      '11:00 bob 1',
    ]);
  });
});

describe('a slot that somebody takes', () => {
  it('goes from every event type of its hosts, and comes back by itself when the hold ends, live too', async () => {
    const robin = await team('live', { scheduling: 'ROUND_ROBIN' });
    const single = await makeEventType(stack.admin, bob, 'single', { length: 'PT1H' });
    const viewer = follow(stack.url, { eventType: single, ...window });
    await viewer.next();
    expect(viewer.starts()).toEqual([TEN, ELEVEN]);
    await hold(robin, ELEVEN);
    await viewer.next();
    expect(viewer.starts()).toEqual([TEN]);
    expect(await ask(single)).toEqual(['10:00 bob 1']);
    expect(await ask(robin)).toEqual(['09:00 ada 1', '10:00 ada+bob 2']);
    await viewer.next();
    expect(viewer.starts()).toEqual([TEN, ELEVEN]);
    expect(await ask(robin)).toHaveLength(3);
    await viewer.close();
  });
});

describe('rescheduling', () => {
  it('shows its own time as free to the holder of the token alone', async () => {
    const other = await makeHost(stack.admin, 'eve', { workingHours: daily('09:00', '11:00') });
    const eventType = await makeEventType(stack.admin, other, 'talk', { length: 'PT1H', maxPerDay: 1 });
    const { token } = await createBooker(stack.anyone).book(eventType, NINE);
    expect(await ask(eventType)).toEqual([]);
    expect(await ask(eventType, { rescheduling: token })).toEqual(['09:00 eve 1', '10:00 eve 1']);
    const mover = follow(stack.url, { eventType, ...window, rescheduling: token });
    const visitor = follow(stack.url, { eventType, ...window });
    await Promise.all([mover.next(), visitor.next()]);
    expect(mover.starts()).toEqual([NINE, TEN]);
    expect(visitor.starts()).toEqual([]);
    await Promise.all([mover.close(), visitor.close()]);
  });

  it('takes the token of a booking of this event type', async () => {
    const other = await makeHost(stack.admin, 'fay');
    const eventType = await makeEventType(stack.admin, other, 'talk', { length: 'PT1H' });
    const elsewhere = await makeEventType(stack.admin, other, 'other', { length: 'PT1H' });
    const { id, token } = await createBooker(stack.anyone).book(eventType, NINE);
    const forged = `${id}.${token.slice(id.length + 1).replace(/./g, 'A')}`;
    for (const rescheduling of ['', 'junk', id, `${id}.`, forged]) {
      expect(await refusal(availability(stack.anyone, { eventType, ...window, rescheduling }))).toMatchObject(
        {
          code: 'NOT_FOUND',
        },
      );
    }
    expect(
      await refusal(availability(stack.anyone, { eventType: elsewhere, ...window, rescheduling: token })),
    ).toMatchObject({ code: 'NOT_FOUND' });
  });
});
