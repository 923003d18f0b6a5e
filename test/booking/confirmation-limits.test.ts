import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ATTENDEE, at, createWorld, VISITOR, type World } from './world.fixture.ts';

const PER_ADDRESS = 5;
const PER_EMAIL = 3;

let world: World;
let type: string;
let count = 0;
beforeAll(async () => {
  world = await createWorld({ bookingsPerAddress: PER_ADDRESS, bookingsPerEmail: PER_EMAIL });
  type = await world.addType([await world.addHost()], { seats: 1_000 });
});
afterAll(() => world.close());

/** A caller, and a mailbox, that no other test uses. */
const visitor = (address = `198.51.100.${++count}`) => ({ ...VISITOR, address });
const mailbox = () => `visitor-${++count}@example.com`;

/** Holds a seat and confirms it. @returns what came of it */
async function book(caller: typeof VISITOR, email: string): Promise<string> {
  const { token } = await world.hold(type, at(9));
  return world.bookings.confirm(token, { ...ATTENDEE, email }, caller).then(
    ({ is }) => is,
    (error: { code: string }) => error.code,
  );
}

describe('confirmations by the public', () => {
  it('are so many per address, and no other address or mailbox is kept from booking', async () => {
    const [one, email] = [visitor(), mailbox()];
    for (let i = 0; i < PER_ADDRESS; i++) expect(await book(one, mailbox())).toBe('Booking');
    for (let i = 0; i < PER_EMAIL; i++) expect(await book(one, email)).toBe('RATE_LIMITED');
    for (let i = 0; i < PER_EMAIL; i++) expect(await book(visitor(), email)).toBe('Booking');
  });

  it('are so many per mailbox, however its address is spelt and wherever they come from', async () => {
    const spellings = ['a.Lice@Gmail.com', 'alice+x@gmail.com', 'ALICE@googlemail.com', 'al.ice@gmail.com'];
    const answers: string[] = [];
    for (const email of spellings) answers.push(await book(visitor(), email));
    expect(answers).toEqual(['Booking', 'Booking', 'Booking', 'RATE_LIMITED']);
  });

  it('are counted by /64 where the address is of IPv6', async () => {
    for (let i = 0; i < PER_ADDRESS; i++) {
      expect(await book(visitor(`2001:db8:7:1::${i}`), mailbox())).toBe('Booking');
    }
    expect(await book(visitor('2001:db8:7:1:a::1'), mailbox())).toBe('RATE_LIMITED');
    expect(await book(visitor('2001:db8:7:2::1'), mailbox())).toBe('Booking');
  });

  it("are refused before the event type's own limit is counted", async () => {
    const asked: string[] = [];
    const one = { ...visitor(), admitRefresh: async (id: string) => void asked.push(id) };
    const host = await world.addHost();
    await world.addCalendar(host);
    const read = await world.addType([host], { seats: 100 });
    for (let i = 0; i < PER_ADDRESS + 2; i++) {
      const { token } = await world.hold(read, at(9));
      await world.bookings.confirm(token, { ...ATTENDEE, email: mailbox() }, one).catch(() => {});
    }
    expect(asked).toHaveLength(PER_ADDRESS);
  });

  it('count once, however often the same hold is confirmed', async () => {
    const [one, email] = [visitor(), mailbox()];
    const { token } = await world.hold(type, at(9));
    for (let i = 0; i < PER_ADDRESS * 2; i++) {
      expect((await world.bookings.confirm(token, { ...ATTENDEE, email }, one)).is).toBe('Booking');
    }
  });

  it('are not counted for a key that books for the organisation', async () => {
    const [own, email] = [{ ...visitor(), booksFor: 'org' }, mailbox()];
    for (let i = 0; i < PER_ADDRESS * 2; i++) expect(await book(own, email)).toBe('Booking');
  });
});
