import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verificationPayload } from '../../src/booking/payload.ts';
import { createExpireHolds } from '../../src/booking/release.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/time/clock.ts';
import { ATTENDEE, at, createWorld, NOW, VISITOR, type World } from './world.fixture.ts';

let world: World;
let type: string;
let count = 0;
beforeAll(async () => {
  world = await createWorld();
  type = await world.addType([await world.addHost()], { seats: 1_000, requireEmailVerification: true });
});
afterAll(() => world.close());

/** A visitor whom no other test is, with a held seat. */
async function visit({ hour = 9, caller = { ...VISITOR, address: `198.51.100.${++count}` } } = {}) {
  const email = `visitor-${++count}@example.com`;
  const { token } = await world.hold(type, at(hour));
  const confirm = (code: string | null = null, more: object = {}) =>
    world.bookings.confirm(token, { ...ATTENDEE, email, code, ...more }, caller);
  const codeSent = () => world.requested.findLast(({ attendee }) => attendee.email === email)?.code ?? '';
  const codesSent = () => world.requested.filter(({ attendee }) => attendee.email === email).length;
  return { email, token, confirm, codeSent, codesSent };
}
const wrong = (code: string) => (code === '000000' ? '000001' : '000000');
const wanted = (reason: string) => ({ is: 'VerificationRequired', reason });

describe('proof of an e-mail address', () => {
  it('is a code of six digits, before which nothing is booked or announced', async () => {
    const { confirm, codeSent } = await visit();
    const [announced, planned] = [world.announced.length, world.planned.length];
    expect(await confirm()).toEqual({
      ...wanted('CODE_SENT'),
      message: expect.any(String),
      triesLeft: 5,
      expiresAt: NOW + 10 * MINUTE,
    });
    expect([world.announced.length, world.planned.length]).toEqual([announced, planned]);
    expect(codeSent()).toMatch(/^\d{6}$/);
    const answer = await confirm(codeSent());
    expect(answer.is).toBe('Booking');
    expect(await confirm()).toEqual(answer);
  });

  it('may be tried five times, in all that are made at once', async () => {
    const { confirm, codeSent } = await visit();
    await confirm();
    const answers = await Promise.all(Array.from({ length: 9 }, () => confirm(wrong(codeSent()))));
    const reasons = answers.map((answer) => ('reason' in answer ? answer.reason : answer.is));
    expect(reasons.filter((reason) => reason === 'WRONG_CODE')).toHaveLength(4);
    expect(reasons.filter((reason) => reason === 'CODE_EXPIRED')).toHaveLength(5);
    expect(await confirm(codeSent())).toMatchObject({ ...wanted('CODE_EXPIRED'), expiresAt: null });
    expect(await confirm()).toMatchObject(wanted('CODE_SENT'));
    expect((await confirm(codeSent())).is).toBe('Booking');
  });

  it('is of one hold and one address', async () => {
    const [one, other] = [await visit(), await visit()];
    await one.confirm();
    await other.confirm();
    expect(await other.confirm(one.codeSent())).toMatchObject(wanted('WRONG_CODE'));
    expect(await one.confirm(one.codeSent(), { email: other.email })).toMatchObject(wanted('WRONG_CODE'));
    expect((await one.confirm(one.codeSent(), { email: one.email.toUpperCase() })).is).toBe('Booking');
  });

  it('is good for ten minutes, in which the hold lives', async () => {
    const [late, prompt] = [await visit({ hour: 10 }), await visit({ hour: 10 })];
    await late.confirm();
    await prompt.confirm();
    world.clock.at = NOW + 10 * MINUTE - 1;
    expect((await prompt.confirm(prompt.codeSent())).is).toBe('Booking');
    world.clock.at = NOW + 10 * MINUTE;
    expect(await late.confirm(late.codeSent())).toMatchObject({ is: 'HoldExpired' });
    world.clock.at = NOW;
  });

  it('is sent once when it is asked for again at once, and three times at most for one hold', async () => {
    const { confirm, codesSent } = await visit({ hour: 11 });
    for (let i = 0; i < 3; i++) expect(await confirm()).toMatchObject(wanted('CODE_SENT'));
    expect(codesSent()).toBe(1);
    for (const sent of [2, 3]) {
      world.clock.at += 30 * SECOND;
      expect(await confirm()).toMatchObject(wanted('CODE_SENT'));
      expect(codesSent()).toBe(sent);
    }
    world.clock.at += 30 * SECOND;
    await expect(confirm()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    world.clock.at = NOW;
  });

  it('is sent to one mailbox five times an hour, whatever caller asks', async () => {
    const answers: string[] = [];
    for (let i = 0; i < 6; i++) {
      const { confirm } = await visit();
      answers.push(
        await confirm(null, { email: `target+${i}@example.com` }).then(
          ({ is }) => is,
          ({ code }: { code: string }) => code,
        ),
      );
    }
    expect(answers).toEqual([...Array.from({ length: 5 }, () => 'VerificationRequired'), 'RATE_LIMITED']);
  });

  it('is not wanted of a key that books for the organisation', async () => {
    const { confirm } = await visit({ caller: { ...VISITOR, booksFor: 'org' } });
    expect((await confirm()).is).toBe('Booking');
  });

  it('says so when nothing is set up to send codes', async () => {
    const { confirm } = await visit();
    world.canVerify.now = false;
    expect(await confirm()).toMatchObject({ ...wanted('CODE_NOT_SENT'), expiresAt: null });
    world.canVerify.now = true;
  });

  it('leaves neither code nor address in the database, and goes with its hold', async () => {
    const { confirm, codeSent, email } = await visit();
    await confirm();
    const rows = JSON.stringify(await world.store.emailVerification.findMany());
    expect(rows).not.toContain(email);
    expect(rows).not.toContain(`"${codeSent()}"`);
    await createExpireHolds({ store: world.store, retention: DAY })(NOW + HOUR);
    expect(await world.store.emailVerification.count()).toBe(0);
  });

  it('is asked for in a message with all that a mail says, but not the token of the hold', async () => {
    const { confirm, email, token } = await visit();
    await confirm();
    const request = world.requested.at(-1);
    if (!request) throw new Error('no code was asked for');
    const payload = verificationPayload(request, { hosts: [], publicUrl: 'https://book.example' }, NOW);
    expect(payload).toMatchObject({
      type: 'verification.requested',
      data: {
        code: request.code,
        expiresAt: '2026-11-23T08:10:00.000Z',
        attendee: { name: 'Grace', email, timeZone: 'Europe/Berlin' },
        eventType: { id: type, title: 'Talk' },
        page: expect.stringMatching(/^https:\/\/book\.example\/book\/host-\d+\/type-\d+$/),
        start: '2026-11-23T09:00:00.000Z',
      },
    });
    expect(JSON.stringify(payload)).not.toContain(token);
  });
});
