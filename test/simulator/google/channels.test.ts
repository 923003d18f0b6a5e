/** Google's watch channels, opened through its SDK and heard by a webhook of our own. */
import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { atRoot, googleClient, googleRefusal } from '../clients.fixture.ts';
import { createReceiver, type Receiver } from '../receiver.fixture.ts';
import { ADA, at, NOW, type Started, start } from '../start.fixture.ts';

let world: Started;
let receiver: Receiver;
let api: calendar_v3.Calendar;
let root: ReturnType<typeof atRoot>;

beforeEach(async () => {
  world = await start();
  receiver = await createReceiver();
  api = googleClient(world.simulator.grant(ADA).accessToken);
  root = atRoot(world.simulator);
});

afterEach(async () => {
  await receiver.close();
  await world.simulator.close();
});

const add = (title: string, from: string, to: string) =>
  world.simulator.world.createEvent(world.ada, { title, start: at(from), end: at(to) });

describe('watch channels', () => {
  const watch = (more = {}) =>
    api.events.watch(
      {
        calendarId: 'primary',
        requestBody: { id: 'channel-1', type: 'web_hook', address: receiver.url, token: 'secret', ...more },
      },
      root,
    );
  const states = () => receiver.requests.map(({ headers }) => headers['x-goog-resource-state']);

  test('sends a sync message, then each change with growing numbers, until the channel is stopped', async () => {
    const { data } = await watch({ params: { ttl: '3600' } });
    expect(data).toMatchObject({
      kind: 'api#channel',
      id: 'channel-1',
      token: 'secret',
      expiration: String(NOW + 3_600_000),
    });
    add('one', '01T09:00', '01T10:00');
    await world.simulator.onIdle();
    expect(states().sort()).toEqual(['exists', 'sync']);
    const received = receiver.requests.find(({ headers }) => headers['x-goog-resource-state'] === 'exists');
    expect(received?.body).toBe('');
    expect(received?.headers).toMatchObject({
      'content-length': '0',
      'x-goog-channel-id': 'channel-1',
      'x-goog-channel-token': 'secret',
      'x-goog-channel-expiration': 'Tue, 01 Dec 2026 09:00:00 GMT',
      'x-goog-message-number': '2',
      'x-goog-resource-id': data.resourceId,
      'x-goog-resource-uri': data.resourceUri,
    });
    const requestBody = { id: 'channel-1', resourceId: data.resourceId ?? '' };
    expect((await api.channels.stop({ requestBody }, root)).status).toBe(204);
    expect(await googleRefusal(api.channels.stop({ requestBody }, root))).toEqual([404, 'notFound']);
    add('two', '01T11:00', '01T12:00');
    await world.simulator.onIdle();
    expect(receiver.requests).toHaveLength(2);
  });

  test('refuses a repeated channel id and a generated calendar, and lets channels expire', async () => {
    await watch({ params: { ttl: '60' } });
    expect(await googleRefusal(watch())).toEqual([400, 'channelIdNotUnique']);
    expect(await googleRefusal(watch({ id: 'other', address: 'http://example.com/hook' }))).toEqual([
      400,
      'push.webhookUrlNotHttps',
    ]);
    const holidays = world.simulator.world.addCalendar({ owner: ADA, name: 'Holidays', watchable: false });
    const generated = api.events.watch(
      { calendarId: holidays.id, requestBody: { id: 'channel-2', type: 'web_hook', address: receiver.url } },
      root,
    );
    expect(await googleRefusal(generated)).toEqual([400, 'pushNotSupportedForRequestedResource']);
    world.clock.time += 60_000;
    expect(world.simulator.channels()).toEqual([]);
  });

  test.each([
    { status: 503, requests: 2, state: 'delivered' },
    { status: 404, requests: 1, state: 'given-up' },
  ])('sends $requests request(s) for a response of $status', async ({ status, requests, state }) => {
    receiver.statuses.push(status);
    await watch();
    await world.simulator.onIdle();
    expect(receiver.requests).toHaveLength(requests);
    expect(world.simulator.notifications()).toMatchObject([{ what: 'sync', state, attempts: requests }]);
  });

  test('drops, duplicates and delays notifications while a fault says so', async () => {
    await watch();
    await world.simulator.onIdle();
    world.simulator.faults.add({ kind: 'notifications', effect: 'drop' });
    world.simulator.faults.add({ kind: 'notifications', effect: 'duplicate' });
    add('dropped', '01T09:00', '01T10:00');
    add('doubled', '01T11:00', '01T12:00');
    await world.simulator.onIdle();
    expect(receiver.requests.map(({ headers }) => headers['x-goog-message-number'])).toEqual(['1', '3', '3']);
  });
});
