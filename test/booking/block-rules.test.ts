import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBlockRules } from '../../src/booking/block-rules.ts';
import { createLog } from '../../src/log.ts';
import type { BlockRuleKind } from '../../src/store/access/block-rules.ts';
import { SECOND } from '../../src/time/clock.ts';
import { ATTENDEE, at, createWorld, VISITOR, type World } from './world.fixture.ts';

let world: World;
let type: string;
beforeAll(async () => {
  world = await createWorld();
  await world.store.organisation.create({ data: { id: 'org_two', name: 'Other' } });
  type = await world.addType([await world.addHost()], { seats: 1_000 });
});
afterAll(() => world.close());

const rules = () => world.blockRules;
const block = (kind: BlockRuleKind, value: string, organisation = 'org') =>
  rules().create(organisation, { kind, value, note: null });

/** Runs `work` while the rule holds. */
async function whileBlocked(kind: BlockRuleKind, value: string, work: () => Promise<unknown>) {
  const rule = await block(kind, value);
  await work().finally(() => rules().delete('org', rule.id));
}

const from = (address: string) => ({ ...VISITOR, address });
const outcome = (result: Promise<{ is: string }>) =>
  result.then(
    ({ is }) => is,
    ({ code, message }: { code: string; message: string }) => `${code} ${message}`,
  );
const REFUSED = "FORBIDDEN This can't be booked online by you: please ask the organiser.";

const hold = (address: string) => outcome(world.bookings.hold(type, at(9), from(address)));
async function confirm(email: string, caller = VISITOR) {
  const { token } = await world.hold(type, at(9), from('203.0.113.1'));
  return outcome(world.bookings.confirm(token, { ...ATTENDEE, email }, caller));
}

describe('a block rule', () => {
  it.each([
    ['192.0.2.77', '192.0.2.77', '192.0.2.78'],
    ['192.0.2.0/25', '192.0.2.127', '192.0.2.128'],
    ['2001:db8:5::/48', '2001:db8:5:ffff::1', '2001:db8:6::1'],
    ['2001:DB8:0:0::5', '2001:db8::5', '2001:db8::6'],
  ])('of the address %s refuses %s and lets %s hold', async (value, blocked, free) => {
    await whileBlocked('ADDRESS', value, async () => {
      expect([await hold(blocked), await hold(free)]).toEqual([REFUSED, 'SlotHold']);
      expect(await confirm('ada@example.com', from(blocked))).toBe(REFUSED);
    });
    expect(await hold(blocked)).toBe('SlotHold');
  });

  it.each([
    ['EMAIL_DOMAIN', 'Example.ORG', 'eve@mail.example.org', 'eve@notexample.org'],
    ['EMAIL_DOMAIN', '@bücher.example', 'eve@xn--bcher-kva.example', 'eve@example'],
    ['EMAIL', 'Eve+x@Example.org', 'eve@example.org', 'eva@example.org'],
    ['EMAIL', 'eve@gmail.com', 'e.v.e+1@googlemail.com', 'e.v.e@example.com'],
  ] as const)('of %s %s refuses %s and lets %s book', async (kind, value, blocked, free) => {
    await whileBlocked(kind, value, async () => {
      expect([await confirm(blocked), await confirm(free)]).toEqual([REFUSED, 'Booking']);
    });
  });

  it("keeps a booking's attendee from moving it, but not from cancelling it", async () => {
    const booking = await world.book(type, at(10));
    await whileBlocked('EMAIL', ATTENDEE.email, async () => {
      expect(await outcome(world.bookings.reschedule(booking.token, at(11), VISITOR))).toBe(REFUSED);
      expect(await outcome(world.bookings.cancel(booking.token, null))).toBe('Booking');
    });
  });

  it('of an address does not bind a key that books for others, and one of a mailbox does', async () => {
    const own = { ...from('192.0.2.9'), booksFor: 'org' };
    await whileBlocked('ADDRESS', '192.0.2.9', async () =>
      expect(await confirm('ada@example.com', own)).toBe('Booking'),
    );
    await whileBlocked('EMAIL', 'ada@example.com', async () =>
      expect(await confirm('ada@example.com', own)).toBe(REFUSED),
    );
  });

  it("holds for its organisation's event types alone", async () => {
    const { id } = await block('ADDRESS', '192.0.2.50', 'org_two');
    expect(await hold('192.0.2.50')).toBe('SlotHold');
    await expect(rules().delete('org', id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await rules().delete('org_two', id);
  });

  it('is refused when it is there already, or names nothing', async () => {
    await whileBlocked('EMAIL', 'eve@example.org', () =>
      expect(block('EMAIL', 'EVE+2@example.org')).rejects.toMatchObject({ code: 'CONFLICT' }),
    );
    for (const [kind, value] of [
      ['ADDRESS', '192.0.2.0/33'],
      ['ADDRESS', '192.0.2.256'],
      ['ADDRESS', '::ffff:192.0.2.1'],
      ['ADDRESS', 'fe80::1%eth0'],
      ['ADDRESS', 'example.com'],
      ['EMAIL_DOMAIN', 'a b.example'],
      ['EMAIL_DOMAIN', ''],
      ['EMAIL', 'example.com'],
    ] as const) {
      await expect(block(kind, value)).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        details: { field: 'value' },
      });
    }
  });
});

describe('block rules in memory', () => {
  const beside = () => createBlockRules({ ...world.deps, topics: world.topics, log: createLog('silent') });
  const isBlocked = (room: ReturnType<typeof beside>, email: string) =>
    room.refuse('org', { address: null, email }).then(
      () => false,
      () => true,
    );

  it('follow a change at another gateway at once', async () => {
    const other = beside();
    expect(await isBlocked(other, 'mallory@example.org')).toBe(false);
    await whileBlocked('EMAIL', 'mallory@example.org', async () => {
      expect(await isBlocked(other, 'mallory@example.org')).toBe(true);
    });
    expect(await isBlocked(other, 'mallory@example.org')).toBe(false);
  });

  it('follow a change half a minute later when its invalidation was lost', async () => {
    const lost = { ...world.topics, subscribe: () => () => {} };
    const other = createBlockRules({ ...world.deps, topics: lost, log: createLog('silent') });
    const now = world.clock.at;
    expect(await isBlocked(other, 'trudy@example.org')).toBe(false);
    await whileBlocked('EMAIL', 'trudy@example.org', async () => {
      expect(await isBlocked(other, 'trudy@example.org')).toBe(false);
      world.clock.at = now + 30 * SECOND;
      expect(await isBlocked(other, 'trudy@example.org')).toBe(true);
    });
    world.clock.at = now;
  });
});
