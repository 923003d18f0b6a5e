/** Mails on their way from the row to a real mail server. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMailDeliverer, createPruneMails } from '../../src/mail/deliver.ts';
import { eraseAttendeeData } from '../../src/store/privacy/person.ts';
import { DAY, HOUR, MINUTE } from '../../src/time/clock.ts';
import { gate } from '../harness/gate.ts';
import { smtpError } from './smtp-server.fixture.ts';
import { createMailWorld, type MailWorld, NOW } from './world.fixture.ts';

let world: MailWorld;
beforeAll(async () => {
  world = await createMailWorld();
}, 60_000);
afterAll(() => world?.close());
beforeEach(() => world.empty());

const SIGNAL = new AbortController().signal;
const send = (mail: string, signal = SIGNAL) => createMailDeliverer(world.deps).mail({ mail }, signal);
const subjects = async () => (await world.taken()).map(({ subject }) => subject);

async function outcomes() {
  const { values } = await world.metrics.mails.get();
  return Object.fromEntries(values.map(({ labels, value }) => [`${labels.kind} ${labels.outcome}`, value]));
}

/** The mail to the visitor of a booking that was just made; its host has a calendar whose provider tells the host itself. */
async function booked() {
  const booking = await world.addBooking();
  await world.addWrite(booking, world.ada.id, 'google');
  const [mail = ''] = await world.plan('BOOKING_CREATED', booking);
  return { booking, mail };
}

describe('a mail', () => {
  it('is sent once, and what it said is forgotten then', async () => {
    const { mail } = await booked();
    expect(await world.jobs()).toContain(`mail:${mail}`);
    await send(mail);
    await send(mail);
    expect(world.server.taken).toMatchObject([{ from: 'bookings@example.com', to: ['eve@example.org'] }]);
    expect(await world.mail(mail)).toMatchObject({
      ...{
        status: 'SENT',
        attempts: 1,
        facts: null,
        error: null,
        responseCode: 250,
        dueAt: null,
        leaseId: null,
      },
      endedAt: new Date(NOW),
    });
    expect(await outcomes()).toEqual({ 'booked sent': 1 });
  });

  it('is sent once by any number of workers at once', async () => {
    const { mail } = await booked();
    await Promise.all(Array.from({ length: 5 }, () => send(mail)));
    expect(world.server.taken).toHaveLength(1);
  });

  it('that is put off is sent later, less and less often', async () => {
    const { mail } = await booked();
    world.answers.onMail = async () => smtpError(451, 'try again, eve@example.org');
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      await send(mail);
      const { dueAt } = await world.mail(mail);
      waits.push((dueAt?.getTime() ?? 0) - world.clock.at);
      await send(mail);
      world.clock.at = dueAt?.getTime() ?? 0;
    }
    expect(
      waits.every((wait, at) => wait > 0.7 * Math.min(30_000 * 2 ** at, 600_000) && wait <= 600_000),
    ).toBe(true);
    expect(await world.mail(mail)).toMatchObject({ status: 'PENDING', attempts: 8, responseCode: 451 });
    world.answers.onMail = async () => null;
    await send(mail);
    expect(world.server.taken).toHaveLength(1);
    expect(await outcomes()).toEqual({ 'booked retried': 8, 'booked sent': 1 });
  });

  it('that is refused has failed, says why, and is not sent again', async () => {
    const { mail } = await booked();
    world.answers.onMail = async () => smtpError(554, 'no spam here');
    await send(mail);
    world.answers.onMail = async () => null;
    world.clock.at += DAY;
    await send(mail);
    expect(world.server.taken).toEqual([]);
    expect(await world.mail(mail)).toMatchObject({
      ...{ status: 'FAILED', attempts: 1, responseCode: 554, dueAt: null },
      error: expect.stringContaining('no spam here'),
    });
    expect(await outcomes()).toEqual({ 'booked failed': 1 });
  });

  it('is sent once a mail server that was down for hours is back, and fails after three days', async () => {
    const { mail } = await booked();
    const down = createMailDeliverer({
      ...world.deps,
      send: async () => ({ is: 'unavailable', code: null, reason: 'connect ECONNREFUSED' }),
    });
    const until = async (end: number) => {
      while (world.clock.at < end) {
        await down.mail({ mail }, SIGNAL);
        const { dueAt } = await world.mail(mail);
        if (!dueAt) return;
        world.clock.at = dueAt.getTime();
      }
    };
    await until(NOW + 5 * HOUR);
    await send(mail);
    expect(world.server.taken).toHaveLength(1);
    await world.empty();
    const other = await booked();
    while ((await world.mail(other.mail)).status === 'PENDING') {
      await down.mail({ mail: other.mail }, SIGNAL);
      world.clock.at = ((await world.mail(other.mail)).dueAt?.getTime() ?? world.clock.at) + 2 * HOUR;
    }
    expect(await world.mail(other.mail)).toMatchObject({ status: 'FAILED' });
    expect(world.clock.at).toBeGreaterThan(NOW + 3 * DAY - 3 * HOUR);
    expect(world.server.taken).toEqual([]);
  });

  it('that took too long to send is not sent any more', async () => {
    await world.verify('eve@example.org', '123456', NOW + 10 * MINUTE);
    const [mail] = await world.mails();
    world.clock.at = NOW + 10 * MINUTE;
    await send(mail?.id ?? '');
    expect(world.server.taken).toEqual([]);
    expect(await world.mail(mail?.id ?? '')).toMatchObject({ status: 'FAILED' });
  });

  it('of a worker that was killed is sent by another when its lease has ended, as the same mail', async () => {
    const { mail } = await booked();
    const held = gate();
    const ids: string[] = [];
    world.answers.onMail = async ({ raw }) => {
      ids.push(/^Message-ID: (.*)$/im.exec(raw)?.[1] ?? '');
      if (ids.length > 1) return null;
      await held.step();
      return smtpError(421, 'the client is gone');
    };
    const killed = send(mail);
    await held.reached;
    await send(mail);
    expect(world.server.taken).toHaveLength(0);
    world.clock.at += MINUTE;
    await send(mail);
    expect(world.server.taken).toHaveLength(1);
    held.open();
    await killed;
    expect(ids).toEqual([`<${mail}@cal.example>`, `<${mail}@cal.example>`]);
    expect(await world.mail(mail)).toMatchObject({ status: 'SENT', attempts: 1 });
  });

  it('that a worker had to leave when it stopped is due at once', async () => {
    const { mail } = await booked();
    const [held, stopping] = [gate(), new AbortController()];
    world.answers.onMail = async () => {
      await held.step();
      return smtpError(421, 'the client is gone');
    };
    const left = send(mail, stopping.signal);
    await held.reached;
    stopping.abort(new Error('stopping'));
    await left;
    held.open();
    expect(await world.mail(mail)).toMatchObject({ status: 'PENDING', attempts: 0, leaseId: null });
    world.answers.onMail = async () => null;
    await send(mail);
    expect(world.server.taken).toHaveLength(1);
  });

  it('is sent once though the database fails when the server has taken it', async () => {
    const { mail } = await booked();
    let failures = 0;
    const store = new Proxy(world.store, {
      get(target, name, receiver) {
        if (name !== '$transaction' || failures === 2) return Reflect.get(target, name, receiver);
        failures += 1;
        return () => Promise.reject(new Error('the database is away'));
      },
    });
    await createMailDeliverer({ ...world.deps, store }).mail({ mail }, SIGNAL);
    expect(failures).toBe(2);
    expect(world.server.taken).toHaveLength(1);
    expect(await world.mail(mail)).toMatchObject({ status: 'SENT', attempts: 1 });
  });

  it('that can’t be composed is tried again once the templates are mended', async () => {
    const { mail } = await booked();
    const broken = createMailDeliverer({
      ...world.deps,
      compose: () => Promise.reject(new Error('bad words')),
    });
    await broken.mail({ mail }, SIGNAL);
    const { dueAt } = await world.mail(mail);
    world.clock.at = dueAt?.getTime() ?? 0;
    await send(mail);
    expect(world.server.taken).toHaveLength(1);
  });
});

describe('mails about one booking', () => {
  it('arrive in their order, though the first was put off', async () => {
    const { booking, mail } = await booked();
    world.answers.onMail = async () => smtpError(451, 'later');
    await send(mail);
    world.answers.onMail = async () => null;
    const moved = {
      ...booking,
      startsAt: new Date(NOW + 3 * DAY),
      endsAt: new Date(NOW + 3 * DAY + 1),
      sequence: 1,
    };
    const [second = ''] = await world.plan('BOOKING_RESCHEDULED', moved, { before: booking });
    await send(second);
    await createMailDeliverer(world.deps).sweep(world.clock.at);
    expect(world.server.taken).toEqual([]);
    world.clock.at = (await world.mail(mail)).dueAt?.getTime() ?? 0;
    await send(mail);
    expect(await world.jobs()).toContain(`mail:${second}`);
    await send(second);
    expect(await subjects()).toEqual([expect.stringMatching(/^Booked/), expect.stringMatching(/^Moved/)]);
  });

  it('have one reminder a day ahead, at the time that holds in the end', async () => {
    const { booking } = await booked();
    const reminders = async () =>
      (await world.mails()).filter(({ kind }) => kind === 'REMINDER').map(({ dueAt }) => dueAt?.getTime());
    expect(await reminders()).toEqual([NOW + DAY]);
    const moved = { ...booking, startsAt: new Date(NOW + 5 * DAY), endsAt: new Date(NOW + 5 * DAY + 1) };
    await world.plan('BOOKING_RESCHEDULED', moved, { before: booking });
    expect(await reminders()).toEqual([NOW + 4 * DAY]);
    await world.work();
    world.clock.at = NOW + 4 * DAY;
    await world.work();
    expect(await subjects()).toEqual([
      expect.stringMatching(/^Booked/),
      expect.stringMatching(/^Moved/),
      expect.stringMatching(/^Reminder/),
    ]);
    const [, , reminder] = await world.taken();
    expect(reminder?.attachments).toEqual([]);
  });

  it('have no reminder when they were cancelled, or begin too soon', async () => {
    const { booking } = await booked();
    await world.plan('BOOKING_CANCELLED', { ...booking, status: 'CANCELLED', cancelledBy: 'attendee' });
    await world.plan('BOOKING_CREATED', await world.addBooking({ startsAt: new Date(NOW + DAY + MINUTE) }));
    expect((await world.mails()).filter(({ kind }) => kind === 'REMINDER')).toEqual([]);
  });
});

describe('the sweep', () => {
  it('finds mails whose job was lost, and deletes those that ended long ago', async () => {
    const { mail } = await booked();
    await world.store.$executeRaw`delete from graphile_worker._private_jobs`;
    await createMailDeliverer(world.deps).sweep(world.clock.at);
    expect(await world.jobs()).toEqual([`mail:${mail}`]);
    await send(mail);
    const prune = createPruneMails(world.store, 7 * DAY);
    await prune(NOW + 7 * DAY);
    expect(await world.mail(mail)).toMatchObject({ status: 'SENT' });
    await prune(NOW + 7 * DAY + MINUTE);
    expect((await world.mails()).map(({ kind }) => kind)).toEqual(['REMINDER']);
  });
});

describe('a person who is erased', () => {
  const erase = () =>
    world.store.$transaction((tx) => eraseAttendeeData(tx, 'org', 'Eve@Example.org', world.clock.at));

  it('gets no mail any more, nor does a host hear of that person by one', async () => {
    const booking = await world.addBooking();
    await world.plan('BOOKING_CREATED', booking);
    await world.verify('eve@example.org', '123456', NOW + 10 * MINUTE);
    expect((await world.mails()).map(({ kind }) => kind)).toEqual([
      'BOOKED',
      'BOOKED',
      'REMINDER',
      'VERIFICATION',
    ]);
    await erase();
    await world.work();
    expect(world.server.taken).toEqual([]);
    for (const mail of await world.mails()) {
      expect(mail).toMatchObject({
        status: 'ERASED',
        recipient: null,
        facts: null,
        error: null,
        dueAt: null,
      });
    }
  });

  it('is forgotten by mails that were sent or refused', async () => {
    const { mail } = await booked();
    const [other = ''] = await world.plan('BOOKING_CREATED', await world.addBooking());
    await send(mail);
    world.answers.onMail = async () => smtpError(550, 'eve@example.org is unknown');
    await send(other);
    await erase();
    expect(await world.mail(mail)).toMatchObject({ status: 'SENT', recipient: null });
    expect(await world.mail(other)).toMatchObject({ status: 'FAILED', recipient: null, error: null });
  });

  it('has what is under way ended as erased, when it does not arrive', async () => {
    const { mail } = await booked();
    const held = gate();
    world.answers.onMail = async () => {
      await held.step();
      return smtpError(451, 'later');
    };
    const underWay = send(mail);
    await held.reached;
    await erase();
    held.open();
    await underWay;
    expect(await world.mail(mail)).toMatchObject({ status: 'ERASED', facts: null, error: null, dueAt: null });
    expect(world.server.taken).toEqual([]);
  });
});
