import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExpireHolds } from '../../src/booking/release.ts';
import { DAY } from '../../src/time/clock.ts';
import { ATTENDEE, at, createWorld, HOLD_TTL, NOW, VISITOR, type World } from './world.fixture.ts';

const HOLDS_MOST = 10;

let world: World;
let count = 0;
beforeAll(async () => {
  world = await createWorld({ holdsPerAddress: HOLDS_MOST });
});
afterAll(() => world.close());

/** A caller whom no other test is. */
const visitor = (address = `198.51.100.${++count}`) => ({ ...VISITOR, address });
/** An event type with a start for each hold that an address may have, and one more. */
const roomyType = async () => world.addType([await world.addHost()], { seats: HOLDS_MOST + 1 });
const codeOf = (result: Promise<{ is: string }>) =>
  result.then(
    ({ is }) => is,
    (error: { code: string }) => error.code,
  );

async function fill(type: string, caller: typeof VISITOR) {
  const tokens: string[] = [];
  for (let i = 0; i < HOLDS_MOST; i++) tokens.push((await world.hold(type, at(9), caller)).token);
  return tokens;
}

describe('live holds of one address', () => {
  it('are so many at most, and no other address is kept from holding', async () => {
    const [type, one] = [await roomyType(), visitor()];
    await fill(type, one);
    await expect(world.bookings.hold(type, at(9), one)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      details: { retryAfter: HOLD_TTL / 1_000 },
    });
    expect(await codeOf(world.bookings.hold(type, at(9), visitor()))).toBe('SlotHold');
  });

  it('are counted one after another when many are asked for at once, at different hosts', async () => {
    const one = visitor();
    const types = await Promise.all(Array.from({ length: HOLDS_MOST + 5 }, async () => roomyType()));
    const answers = await Promise.all(types.map((type) => codeOf(world.bookings.hold(type, at(9), one))));
    expect(answers.filter((answer) => answer === 'SlotHold')).toHaveLength(HOLDS_MOST);
    expect(answers.filter((answer) => answer === 'RATE_LIMITED')).toHaveLength(5);
  });

  it('are counted by network for IPv6: a /64 as one address, a /48 as ten', async () => {
    const type = await roomyType();
    await fill(type, visitor('2001:db8:1:1::1'));
    expect(await codeOf(world.bookings.hold(type, at(9), visitor('2001:db8:1:1:ffff::2')))).toBe(
      'RATE_LIMITED',
    );
    expect(await codeOf(world.bookings.hold(type, at(9), visitor('2001:db8:1:2::1')))).toBe('SlotHold');
  });

  it('count no longer once they are released, booked or over, and their row forgets the address', async () => {
    const [type, one] = [await roomyType(), visitor()];
    const [first = '', second = ''] = await fill(type, one);
    await world.bookings.release(first);
    await world.bookings.confirm(second, ATTENDEE, one);
    await world.hold(type, at(9), one);
    expect(
      await world.store.hold.count({ where: { networkHash: { not: null }, bookingId: { not: null } } }),
    ).toBe(0);
    world.clock.at = NOW + HOLD_TTL;
    expect(await codeOf(world.bookings.hold(type, at(10), one))).toBe('SlotHold');
    await createExpireHolds({ store: world.store, retention: DAY })(world.clock.at);
    expect(await world.store.hold.count({ where: { networkHash: { not: null } } })).toBe(1);
    world.clock.at = NOW;
  });

  it('are without limit for a key that books for the organisation, and limited for a key of another', async () => {
    const [type, one] = [await roomyType(), visitor()];
    await fill(type, one);
    const own = { ...one, booksFor: 'org' };
    expect(await codeOf(world.bookings.hold(type, at(9), own))).toBe('SlotHold');
    const other = { ...one, booksFor: 'org_two' };
    expect(await codeOf(world.bookings.hold(type, at(10), other))).toBe('RATE_LIMITED');
  });
});
