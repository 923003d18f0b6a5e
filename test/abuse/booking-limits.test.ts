/** What the public may hold and book, asked for by crowds of requests at once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asking, availability, daily, makeEventType, makeHost, refusal } from '../graphql/world.fixture.ts';
import { many } from './attacker.fixture.ts';
import { type SmallGateway, startSmallGateway } from './small-gateway.fixture.ts';

/** The contract's defaults. */
const [HOLDS, PER_ADDRESS, PER_EMAIL] = [10, 20, 10];
const DAY = 86_400_000;

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await startSmallGateway({ TRUSTED_PROXIES: '127.0.0.0/8', CHALLENGE: 'off' });
}, 120_000);
afterAll(() => gateway?.close());

let addresses = 0;
/** An address that asked nothing yet. */
const fresh = () => `198.51.${Math.floor(addresses / 200)}.${(addresses++ % 200) + 1}`;

/** An event type with seats for everybody at each start, and the starts. */
async function makeWorld(slug: string, rules: object = {}) {
  const host = await makeHost(gateway.admin, slug, { workingHours: daily('00:00', '24:00') });
  const eventType = await makeEventType(gateway.admin, host, 'talk', {
    seats: 500,
    horizon: 'P30D',
    ...rules,
  });
  const [from, to] = [Date.now() + DAY, Date.now() + 3 * DAY].map((at) => new Date(at).toISOString());
  const { slots } = await availability(gateway.admin, { eventType, from, to });
  const starts = slots.map(({ start }) => start);
  return { eventType, start: (i = 0) => starts[i % starts.length] ?? '' };
}
type World = Awaited<ReturnType<typeof makeWorld>>;

const HOLD = `mutation ($input: HoldSlotInput!) { holdSlot(input: $input) { __typename ... on SlotHold { token } } }`;
const CONFIRM = `mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) { __typename } }`;

const hold = (address: string, { eventType, start }: World, i = 0) =>
  asking(gateway.url, { 'x-forwarded-for': address })<{ holdSlot: { __typename: string; token: string } }>(
    HOLD,
    {
      input: { eventType, start: start(i) },
    },
  );

async function confirm(address: string, token: string, email: string): Promise<string> {
  const input = { hold: token, name: 'Somebody', email, timeZone: 'UTC' };
  const ask = asking(gateway.url, { 'x-forwarded-for': address });
  return (await ask<{ confirmBooking: { __typename: string } }>(CONFIRM, { input })).confirmBooking
    .__typename;
}

/** The answer's kind, or the code of its error. */
const outcomeOf = async (answer: Promise<string>): Promise<string> => {
  const settled = await answer.then(
    (kind) => ({ kind }),
    (error: unknown) => ({ error }),
  );
  return 'kind' in settled ? settled.kind : (await refusal(Promise.reject(settled.error))).code;
};

/** Each confirmed by `from`, of holds that other addresses took. @returns how often each outcome came */
async function confirmMany(
  count: number,
  world: World,
  from: (i: number) => string,
  email: (i: number) => string,
) {
  const tokens = await many(count, async (i) => (await hold(fresh(), world, i)).holdSlot.token);
  return tally(await many(count, (i) => outcomeOf(confirm(from(i), tokens[i] ?? '', email(i)))));
}

function tally(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

describe('live holds of one address', () => {
  it.each([
    ['IPv4', () => '192.0.2.1', '192.0.2.2'],
    ['a /64 of IPv6', (i: number) => `2001:db8:1:1::${i + 1}`, '2001:db8:1:2::1'],
  ])('are ten, however many are asked for at once: %s', async (what, addressOf, other) => {
    const world = await makeWorld(`holds-${what.length}`);
    await gateway.attacked(async () => {
      const kinds = await many(40, (i) =>
        outcomeOf(hold(addressOf(i), world, i).then(({ holdSlot }) => holdSlot.__typename)),
      );
      expect(tally(kinds)).toEqual({ SlotHold: HOLDS, RATE_LIMITED: 40 - HOLDS });
      expect((await hold(other, world)).holdSlot.__typename).toBe('SlotHold');
    });
  });
});

describe('confirmations by the public', () => {
  it('are twenty an hour of one address, and nobody else is kept from booking', async () => {
    const world = await makeWorld('addresses');
    await gateway.attacked(async () => {
      const counts = await confirmMany(
        30,
        world,
        () => '192.0.2.10',
        (i) => `a-${i}@example.com`,
      );
      expect(counts).toEqual({ Booking: PER_ADDRESS, RATE_LIMITED: 10 });
      expect(await confirmMany(1, world, fresh, () => 'a-99@example.com')).toEqual({ Booking: 1 });
    });
  });

  it('are ten a day of one mailbox from whatever addresses, and nobody else is kept from booking', async () => {
    const world = await makeWorld('mailboxes');
    await gateway.attacked(async () => {
      const counts = await confirmMany(20, world, fresh, (i) => `eve+${i}@example.com`);
      expect(counts).toEqual({ Booking: PER_EMAIL, RATE_LIMITED: 10 });
      expect(await confirmMany(1, world, fresh, () => 'adam@example.com')).toEqual({ Booking: 1 });
    });
  });

  it('are as many upcoming bookings of one mailbox as the event type lets it have', async () => {
    const world = await makeWorld('attendees', { maxPerAttendee: 2 });
    await gateway.attacked(async () => {
      const counts = await confirmMany(6, world, fresh, () => 'zoe@example.com');
      expect(counts).toEqual({ Booking: 2, AttendeeLimit: 4 });
    });
  });
});

it('who is blocked by address, domain or mailbox is refused in the same words, and no other is', async () => {
  const world = await makeWorld('blocked');
  for (const [kind, value] of [
    ['ADDRESS', '203.0.113.0/28'],
    ['EMAIL_DOMAIN', 'spam.example'],
    ['EMAIL', 'mallory@example.org'],
  ]) {
    await gateway.admin(
      'mutation ($kind: BlockRuleKind!, $value: String!) { createBlockRule(kind: $kind, value: $value) { id } }',
      { kind, value },
    );
  }
  await gateway.attacked(async () => {
    const refusals = await many(15, (i) => refusal(hold(`203.0.113.${i}`, world)));
    for (const email of ['a@spam.example', 'b@mail.spam.example', 'Mallory+1@example.org']) {
      const { token } = (await hold(fresh(), world)).holdSlot;
      refusals.push(await refusal(confirm(fresh(), token, email)));
    }
    expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['FORBIDDEN']));
    expect(new Set(refusals.map(({ message }) => message)).size).toBe(1);
    const counts = await confirmMany(2, world, fresh, (i) => `free-${i}@example.org`);
    expect(counts).toEqual({ Booking: 2 });
  });
});
