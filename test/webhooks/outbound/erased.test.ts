/** Messages to webhook endpoints whose person is erased before they have arrived. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { insertMessages } from '../../../src/store/outbound/webhook-messages.ts';
import { eraseAttendeeData } from '../../../src/store/privacy/person.ts';
import { until } from '../../harness/eventually.ts';
import { createOutboundWorld, NOW, type OutboundWorld } from './world.fixture.ts';

let world: OutboundWorld;
let endpoint: string;
beforeAll(async () => {
  world = await createOutboundWorld();
}, 60_000);
afterAll(() => world?.close());
beforeEach(async () => {
  for (const table of ['webhook_endpoint', 'webhook_message', 'webhook_attempt', 'booking'])
    await world.store.$executeRawUnsafe(`delete from ${table}`);
  await world.store.$executeRaw`delete from graphile_worker._private_jobs`;
  world.clock.at = NOW;
  world.receiver.asked.length = 0;
  world.receiver.answer((_request, response) => response.end());
  world.deps.metrics.webhookDeliveries.reset();
  endpoint = (await world.addEndpoint()).id;
});

const EMAIL = 'eve@example.com';
const signal = new AbortController().signal;
const erase = () => world.store.$transaction((tx) => eraseAttendeeData(tx, 'org', EMAIL, world.clock.now()));

/** A code for the person, to be sent at once. @returns the message's id */
async function codeFor(email: string): Promise<string> {
  const payload = JSON.stringify({
    type: 'verification.requested',
    data: { code: '123456', attendee: { name: 'Eve', email, timeZone: 'UTC' } },
  });
  const [id = ''] = await insertMessages(
    world.store,
    [endpoint],
    { organisation: 'org', event: 'VERIFICATION_REQUESTED', payload, booking: null },
    world.clock.now(),
  );
  return id;
}

async function outcomes() {
  const { values } = await world.deps.metrics.webhookDeliveries.get();
  return Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]));
}

describe('a code whose person was erased', () => {
  it('is not sent, and its status says why, while another person gets theirs', async () => {
    const [erased, other] = [await codeFor(EMAIL), await codeFor('alan@example.com')];
    await erase();
    for (const message of [erased, other]) await world.deliverer.deliver({ message }, signal);
    await world.work();
    expect(world.receiver.asked.map(({ headers }) => headers['webhook-id'])).toEqual([other]);
    expect(await world.message(erased)).toMatchObject({ status: 'ERASED', payload: '{}', dueAt: null });
    expect(await world.message(erased)).toMatchObject({ endedAt: expect.any(Date), attempts: 0 });
    expect(await world.log(erased)).toEqual([]);
  });

  it.each([
    ['is not sent again when the attempt fails that was under way', 500, 'ERASED', { erased: 1 }],
    ['was delivered when the attempt arrives that was under way', 200, 'DELIVERED', { delivered: 1 }],
  ])('%s', async (_title, answer, status, counted) => {
    const message = await codeFor(EMAIL);
    let release = () => {};
    world.receiver.answer((_request, response) => {
      release = () => response.writeHead(answer).end();
    });
    const underWay = world.deliverer.deliver({ message }, signal);
    await until(() => world.receiver.asked.length === 1);
    await erase();
    release();
    await underWay;
    expect(await world.message(message)).toMatchObject({ status, payload: '{}', dueAt: null, leaseId: null });
    expect(await world.log(message)).toMatchObject([{ responseStatus: answer }]);
    expect(await outcomes()).toEqual(counted);
    expect(await world.jobs()).toEqual([]);
    world.clock.at += 3_600_000;
    await world.deliverer.deliver({ message }, signal);
    expect(world.receiver.asked).toHaveLength(1);
  });
});

describe('a message about a booking whose person was erased', () => {
  it('is sent all the same, and names nobody, also when the attempt failed that was under way', async () => {
    const booking = await world.addBooking({ attendeeEmail: EMAIL, attendeeName: 'Eve' });
    const [message = ''] = await world.announce('BOOKING_CREATED', booking);
    let release = () => {};
    world.receiver.answer((_request, response) => {
      release = () => response.writeHead(500).end();
    });
    const underWay = world.deliverer.deliver({ message }, signal);
    await until(() => world.receiver.asked.length === 1);
    await erase();
    release();
    await underWay;
    world.receiver.answer((_request, response) => response.end());
    await world.work();
    const [, again] = world.receiver.asked;
    expect(JSON.parse(again?.body ?? '')).toMatchObject({
      data: { booking: { id: booking.id, attendee: { name: '', email: '' } } },
    });
    expect(again?.body).not.toContain(EMAIL);
    expect(await world.message(message)).toMatchObject({ status: 'DELIVERED', attempts: 2 });
  });
});
