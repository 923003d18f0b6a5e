import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startWorker } from '../../../src/jobs/worker.ts';
import { createGuardedClient } from '../../../src/net/client.ts';
import { createKeyRing } from '../../../src/secrets.ts';
import { leaseNextMessage } from '../../../src/store/outbound/webhook-messages.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/time/clock.ts';
import { createDeliverer } from '../../../src/webhooks/outbound/deliver.ts';
import { createSendMessage, type SendDeps } from '../../../src/webhooks/outbound/send.ts';
import { until } from '../../harness/eventually.ts';
import { freePort } from '../../harness/ports.ts';
import { resealed } from '../../store/access/resealed.fixture.ts';
import { createOutboundWorld, NOW, type OutboundWorld, verified } from './world.fixture.ts';

let world: OutboundWorld;
beforeAll(async () => {
  world = await createOutboundWorld();
});
afterAll(() => world?.close());
beforeEach(async () => {
  for (const table of ['webhook_endpoint', 'webhook_message', 'webhook_attempt', 'booking'])
    await world.store.$executeRawUnsafe(`delete from ${table}`);
  await world.store.$executeRaw`delete from graphile_worker._private_jobs`;
  world.clock.at = NOW;
  world.receiver.asked.length = 0;
  world.receiver.answer((_request, response) => response.end());
  world.deps.metrics.webhookDeliveries.reset();
});

const signal = new AbortController().signal;
const idsAsked = () => world.receiver.asked.map(({ headers }) => String(headers['webhook-id']));
const answering = (status: number, headers = {}) =>
  world.receiver.answer((_request, response) => response.writeHead(status, headers).end('not for the log'));

async function announced(event: Parameters<OutboundWorld['announce']>[0] = 'BOOKING_CREATED') {
  const [message = ''] = await world.announce(event, await world.addBooking());
  return message;
}
const sendingWith = (other: Partial<SendDeps>) =>
  createDeliverer({ ...world.deps, send: createSendMessage({ ...world.sending, ...other }) });
async function outcomes() {
  const { values } = await world.deps.metrics.webhookDeliveries.get();
  return Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]));
}
describe('a message', () => {
  it('is sent signed, as a receiver can tell', async () => {
    const { secret } = await world.addEndpoint();
    const message = await announced();
    await world.work();
    const [asked] = world.receiver.asked;
    if (!asked) throw new Error('nothing came');
    expect(asked).toMatchObject({ method: 'POST', path: '/hook' });
    expect(asked.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': message,
      'webhook-timestamp': String(NOW / SECOND),
    });
    expect(asked.body).toBe((await world.message(message)).payload);
    expect(verified(asked, secret)).toBe(true);
    expect(verified({ ...asked, body: `${asked.body} ` }, secret)).toBe(false);
    expect(Buffer.from(secret.replace('whsec_', ''), 'base64')).toHaveLength(32);
    expect(await world.message(message)).toMatchObject({
      status: 'DELIVERED',
      attempts: 1,
      dueAt: null,
      leaseId: null,
      endedAt: new Date(NOW),
    });
    expect(await world.log(message)).toMatchObject([{ at: new Date(NOW), responseStatus: 200, error: null }]);
    expect(await outcomes()).toEqual({ delivered: 1 });
    expect(await world.jobs()).toEqual([]);
  });

  it('is sealed with a secret that the database does not hold', async () => {
    const { id, secret } = await world.addEndpoint();
    const row = await world.store.webhookEndpoint.findUniqueOrThrow({ where: { id } });
    expect(JSON.stringify(row)).not.toContain(secret.slice(6, 20));
    const { secret: sealed } = await world.addEndpoint();
    expect(sealed).not.toBe(secret);
  });

  it.each([200, 201, 204])('answered with %i is delivered', async (status) => {
    await world.addEndpoint();
    const message = await announced();
    answering(status);
    await world.work();
    expect(await world.message(message)).toMatchObject({ status: 'DELIVERED', attempts: 1 });
  });

  it('that is not taken comes again as it was, until it is', async () => {
    const { secret } = await world.addEndpoint();
    const message = await announced();
    answering(500);
    await world.work(3);
    const after = await world.message(message);
    expect(after).toMatchObject({ status: 'PENDING', attempts: 3, leaseId: null, endedAt: null });
    expect(after.dueAt?.getTime()).toBeGreaterThanOrEqual(world.clock.at + 30 * MINUTE);
    answering(200);
    await world.work();
    const { asked } = world.receiver;
    expect(asked).toHaveLength(4);
    expect(new Set(asked.map(({ headers, body }) => `${headers['webhook-id']} ${body}`)).size).toBe(1);
    expect(asked.every((request) => verified(request, secret))).toBe(true);
    const sentAt = asked.map(({ headers }) => Number(headers['webhook-timestamp']));
    expect(sentAt).toEqual([...new Set(sentAt)].sort());
    expect((await world.log(message)).map(({ responseStatus, error }) => [responseStatus, error])).toEqual([
      ...Array.from({ length: 3 }, () => [500, 'It answered 500.']),
      [200, null],
    ]);
    expect(await outcomes()).toEqual({ retried: 3, delivered: 1 });
  });

  it('is given up after ten tries in three days', async () => {
    await world.addEndpoint();
    const message = await announced();
    answering(400);
    await world.work();
    expect(await world.message(message)).toMatchObject({ status: 'FAILED', attempts: 10, dueAt: null });
    expect(await world.log(message)).toHaveLength(10);
    expect(world.clock.at - NOW).toBeGreaterThan(3 * DAY);
    expect(world.clock.at - NOW).toBeLessThan(4 * DAY);
    expect(await outcomes()).toEqual({ retried: 9, failed: 1 });
    expect(await world.jobs()).toEqual([]);
  });

  it('ends where the endpoint says that it is gone', async () => {
    await world.addEndpoint();
    const message = await announced();
    answering(410);
    await world.work();
    expect(await world.message(message)).toMatchObject({ status: 'FAILED', attempts: 1 });
    expect(await world.log(message)).toMatchObject([
      { responseStatus: 410, error: 'The endpoint is gone: it answered 410.' },
    ]);
  });

  it('waits as long as the receiver wishes', async () => {
    await world.addEndpoint();
    const message = await announced();
    answering(429, { 'retry-after': '3600' });
    await world.work(1);
    expect((await world.message(message)).dueAt).toEqual(new Date(NOW + HOUR));
    expect(await world.jobs()).toEqual([{ message, dueAt: NOW + HOUR }]);
  });

  it('follows no redirect', async () => {
    await world.addEndpoint();
    const message = await announced();
    answering(307, { location: `http://127.0.0.1:${world.receiver.port}/elsewhere` });
    await world.work(1);
    expect(world.receiver.asked.map(({ path }) => path)).toEqual(['/hook']);
    expect(await world.log(message)).toMatchObject([{ responseStatus: 307, error: 'It answered 307.' }]);
  });

  it('to nobody is tried again, and the log says why', async () => {
    await world.addEndpoint({ url: `http://127.0.0.1:${await freePort()}/` });
    const message = await announced();
    await world.work(1);
    expect(await world.message(message)).toMatchObject({ status: 'PENDING', attempts: 1 });
    expect(await world.log(message)).toMatchObject([
      { responseStatus: null, error: 'The connection failed: ECONNREFUSED.' },
    ]);
  });

  it('to a server that dawdles is given up for now', async () => {
    await world.addEndpoint();
    const message = await announced();
    world.receiver.answer(() => {});
    const { fetch } = world.sending;
    const hasty = sendingWith({
      fetch: (url, request) => fetch(url, { ...request, timeout: request.timeout / 150 }),
    });
    await hasty.deliver({ message }, signal);
    expect(await world.message(message)).toMatchObject({ status: 'PENDING', attempts: 1 });
    expect(await world.log(message)).toMatchObject([
      { responseStatus: null, error: 'There was no complete answer within 100 ms.' },
    ]);
  });

  it('goes nowhere on a private network that is not allowed', async () => {
    await world.addEndpoint();
    const message = await announced();
    const fetch = createGuardedClient({ allowPrivate: false });
    await sendingWith({ fetch }).deliver({ message }, signal);
    expect(world.receiver.asked).toEqual([]);
    expect(await world.log(message)).toMatchObject([{ error: 'The address is not on the public internet.' }]);
  });

  it('whose secret no key opens is not sent unsigned', async () => {
    await world.addEndpoint();
    const message = await announced();
    const keyRing = createKeyRing([Buffer.alloc(32, 2)]);
    await sendingWith({ keyRing }).deliver({ message }, signal);
    expect(world.receiver.asked).toEqual([]);
    expect(await world.message(message)).toMatchObject({ status: 'PENDING', attempts: 0 });
  });

  it('whose secret no key opens for days is sent once the key is back, for no attempt was made', async () => {
    await world.addEndpoint();
    const message = await announced();
    const other = await announced();
    const withoutKey = sendingWith({ keyRing: createKeyRing([Buffer.alloc(32, 2)]) });
    for (let minutes = 0; minutes < 30; minutes++) {
      await withoutKey.deliver({ message }, signal);
      world.clock.at += 2 * HOUR;
    }
    expect(await world.log(message)).toEqual([]);
    expect(await outcomes()).toEqual({ sealed: 30 });
    await world.deliverer.deliver({ message }, signal);
    await world.deliverer.deliver({ message: other }, signal);
    expect(idsAsked()).toEqual([message, other]);
  });
});

describe('an endpoint', () => {
  it('hears in the order of what happened', async () => {
    await world.addEndpoint();
    const booking = await world.addBooking();
    const created = await world.announce('BOOKING_CREATED', booking);
    world.clock.at += 1;
    const moved = await world.announce('BOOKING_RESCHEDULED', booking);
    world.clock.at += 1;
    const cancelled = await world.announce('BOOKING_CANCELLED', booking);
    // Whichever job comes first.
    await Promise.all(
      [...cancelled, ...moved, ...created].map((message) => world.deliverer.deliver({ message }, signal)),
    );
    await world.work();
    expect(idsAsked()).toEqual([...created, ...moved, ...cancelled]);
  });

  it('is sent what is new before what failed', async () => {
    await world.addEndpoint();
    const first = await announced();
    answering(500);
    await world.work(1);
    world.clock.at += HOUR;
    const second = await announced();
    answering(200);
    await world.work();
    expect(idsAsked()).toEqual([first, second, first]);
  });

  it('that is slow holds up no other one', async () => {
    await world.addEndpoint({ url: `http://127.0.0.1:${world.receiver.port}/slow` });
    await world.addEndpoint({ url: `http://127.0.0.1:${world.receiver.port}/fast` });
    let release = () => {};
    world.receiver.answer(({ path }, response) => {
      if (path === '/fast') response.end();
      else release = () => response.end();
    });
    const messages = await world.announce('BOOKING_CREATED', await world.addBooking());
    const runs = messages.map((message) => world.deliverer.deliver({ message }, signal));
    await until(async () => (await outcomes()).delivered === 1 && world.receiver.asked.length === 2);
    expect(await world.store.webhookMessage.count({ where: { status: 'PENDING' } })).toBe(1);
    release();
    await Promise.all(runs);
    expect(await outcomes()).toEqual({ delivered: 2 });
  });

  it('is sent one message at a time, however many workers there are', async () => {
    await world.addEndpoint();
    let [at, most] = [0, 0];
    world.receiver.answer(async (_request, response) => {
      most = Math.max(most, ++at);
      await pause(20); // real time: two that are sent together would be seen; one after the other they always pass
      at--;
      response.end();
    });
    const messages: string[] = [];
    for (let count = 0; count < 8; count++) messages.push(await announced());
    const workers = await Promise.all(
      [1, 2, 3].map(() =>
        startWorker({
          url: world.url,
          handlers: { deliver: createDeliverer(world.deps).deliver },
          concurrency: 4,
          grace: 50,
          log: world.deps.log,
        }),
      ),
    );
    await until(
      async () => (await world.store.webhookMessage.count({ where: { status: 'DELIVERED' } })) === 8,
    );
    await Promise.all(workers.map((worker) => worker.stop()));
    expect(most).toBe(1);
    expect(idsAsked().sort()).toEqual(messages.sort());
    expect(await world.store.webhookAttempt.count()).toBe(8);
  });
});

describe('a worker', () => {
  it('that is killed holds its message up for half a minute, then another sends it', async () => {
    await world.addEndpoint();
    const message = await announced();
    await world.store.$executeRaw`delete from graphile_worker._private_jobs`;
    expect(await leaseNextMessage(world.store, message, NOW, 30 * SECOND)).not.toBeNull();
    const other = createDeliverer(world.deps);
    world.clock.at = NOW + 30 * SECOND;
    await other.deliver({ message }, signal);
    await other.sweep(world.clock.at);
    expect([await world.jobs(), idsAsked()]).toEqual([[], []]);
    world.clock.at += 5 * SECOND;
    await other.sweep(world.clock.at);
    expect(await world.jobs()).toEqual([{ message, dueAt: NOW }]);
    await world.work();
    expect(idsAsked()).toEqual([message]);
    expect(await world.message(message)).toMatchObject({ status: 'DELIVERED', attempts: 1 });
  });

  it('that comes back too late changes nothing', async () => {
    await world.addEndpoint();
    const message = await announced();
    let release = () => {};
    world.receiver.answer((_request, response) => {
      release = () => response.writeHead(500).end();
    });
    const late = world.deliverer.deliver({ message }, signal);
    await until(() => world.receiver.asked.length === 1);
    world.clock.at += MINUTE;
    const finish = release;
    answering(200);
    await createDeliverer(world.deps).deliver({ message }, signal);
    finish();
    await late;
    expect(await world.message(message)).toMatchObject({ status: 'DELIVERED', attempts: 1 });
    expect(await world.log(message)).toMatchObject([{ responseStatus: 200 }]);
  });

  it('that stops gives back what it is sending', async () => {
    await world.addEndpoint();
    const message = await announced();
    await world.store.$executeRaw`delete from graphile_worker._private_jobs`;
    world.receiver.answer(() => {});
    const stop = new AbortController();
    const running = world.deliverer.deliver({ message }, stop.signal);
    await until(() => world.receiver.asked.length === 1);
    stop.abort();
    await running;
    expect(await world.message(message)).toMatchObject({ status: 'PENDING', attempts: 0, leaseId: null });
    expect(await world.jobs()).toEqual([{ message, dueAt: NOW }]);
    expect(await world.log(message)).toEqual([]);
  });
});

describe('the look', () => {
  it('finds what is due, once for each endpoint, whatever became of its job', async () => {
    const [one, two] = [await world.addEndpoint(), await world.addEndpoint()];
    await announced();
    await announced();
    await world.store.$executeRaw`delete from graphile_worker._private_jobs`;
    await createDeliverer(world.deps).sweep(NOW - 1);
    expect(await world.jobs()).toEqual([]);
    await createDeliverer(world.deps).sweep(NOW);
    const found = await Promise.all((await world.jobs()).map(({ message }) => world.message(message)));
    expect(found.map(({ endpointId }) => endpointId).sort()).toEqual([one.id, two.id].sort());
    await world.work();
    expect(await world.store.webhookMessage.count({ where: { status: 'DELIVERED' } })).toBe(4);
  });

  it('takes ended messages and their log away when their time is over', async () => {
    await world.addEndpoint();
    const old = await announced();
    await world.work();
    world.clock.at = NOW + DAY;
    const fresh = await announced();
    await world.work();
    answering(500);
    const waiting = await announced();
    await world.work(1);
    await createDeliverer(world.deps).sweep(NOW + 7 * DAY);
    expect(await world.store.webhookMessage.count()).toBe(3);
    await createDeliverer(world.deps).sweep(NOW + 7 * DAY + 1);
    const left = await world.store.webhookMessage.findMany({ orderBy: { id: 'asc' } });
    expect(left.map(({ id }) => id)).toEqual([fresh, waiting]);
    expect(await world.log(old)).toEqual([]);
    expect(await world.log(fresh)).toHaveLength(1);
  });
});

describe('a new key', () => {
  it('takes over the secrets at a start, and loses none that no key opens', async () => {
    const { id, secret } = await world.addEndpoint();
    const sealed = async () =>
      (await world.store.webhookEndpoint.findUniqueOrThrow({ where: { id } })).secret;
    const before = await sealed();
    const [old, fresh] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const reseal = (...keys: Buffer[]) =>
      resealed(world.store, createKeyRing(keys), 'webhook_endpoint.secret');
    await reseal(fresh);
    expect(await sealed()).toBe(before);
    await reseal(fresh, old);
    const keyRing = createKeyRing([fresh]);
    const message = await announced();
    await sendingWith({ keyRing }).deliver({ message }, signal);
    const [asked] = world.receiver.asked;
    expect(asked && verified(asked, secret)).toBe(true);
  });
});
