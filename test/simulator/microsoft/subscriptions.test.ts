/** Graph's subscriptions, made through its client and heard by a webhook of our own. */
import type graph from '@microsoft/microsoft-graph-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { graphClient, graphRefusal } from '../clients.fixture.ts';
import { createReceiver, type Receiver } from '../receiver.fixture.ts';
import { at, GRACE, NOW, type Started, start } from '../start.fixture.ts';

let world: Started;
let receiver: Receiver;
let api: graph.Client;

beforeEach(async () => {
  world = await start();
  receiver = await createReceiver();
  api = graphClient(world.simulator, world.simulator.grant(GRACE).accessToken);
});

afterEach(async () => {
  await receiver.close();
  await world.simulator.close();
});

const add = (title: string, from: string, to: string) =>
  world.simulator.world.createEvent(world.grace, { title, start: at(from), end: at(to) });

describe('subscriptions', () => {
  const life = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();
  const subscribe = (more = {}) =>
    api.api('/subscriptions').post({
      changeType: 'created,updated,deleted',
      notificationUrl: `${receiver.url}/hook?tenant=1`,
      lifecycleNotificationUrl: `${receiver.url}/lifecycle`,
      resource: 'me/events',
      expirationDateTime: life(1000),
      clientState: 'secret',
      ...more,
    });

  test('validates both addresses of a subscription first, with a token that needs decoding', async () => {
    expect(await subscribe()).toMatchObject({ clientState: 'secret', resource: 'me/events' });
    const validations = receiver.requests.map(({ url }) => [url.pathname, url.searchParams.get('tenant')]);
    expect(validations).toEqual([
      ['/hook', '1'],
      ['/lifecycle', null],
    ]);
    expect(receiver.requests[0]?.url.searchParams.get('validationToken')).toMatch(/ .*\+.*%/);
    expect(receiver.requests[0]?.headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  test.each([
    ['an encoded token', (token: string) => ({ type: 'text/plain', body: encodeURIComponent(token) })],
    ['another content type', (token: string) => ({ type: 'application/json', body: token })],
  ])('refuses a subscription with %s', async (_, echo) => {
    receiver.echo = echo;
    expect(await graphRefusal(subscribe())).toEqual([400, 'ValidationError']);
    expect(world.simulator.channels()).toEqual([]);
  });

  test('limits the lifetime of a subscription, renews it and ends it', async () => {
    expect(await graphRefusal(subscribe({ expirationDateTime: life(10_081) }))).toEqual([
      400,
      'ErrorInvalidRequest',
    ]);
    const { id, expirationDateTime } = await subscribe({ expirationDateTime: life(1) });
    expect(expirationDateTime).toBe(life(45));
    expect(await graphRefusal(subscribe())).toEqual([409, 'Conflict']);
    const path = `/subscriptions/${id}`;
    expect(await api.api(path).patch({ expirationDateTime: life(500) })).toMatchObject({
      expirationDateTime: life(500),
    });
    expect((await api.api('/subscriptions').get()).value).toMatchObject([{ id }]);
    world.clock.time += 500 * 60_000;
    api = graphClient(world.simulator, world.simulator.grant(GRACE).accessToken);
    expect(await graphRefusal(api.api(path).patch({ expirationDateTime: life(1000) }))).toEqual([
      404,
      'ErrorItemNotFound',
    ]);
    const again = await subscribe({ expirationDateTime: life(1000) });
    await api.api(`/subscriptions/${again.id}`).delete();
    expect(await graphRefusal(api.api(`/subscriptions/${again.id}`).delete())).toEqual([
      404,
      'ErrorItemNotFound',
    ]);
  });

  test('notifies changes of several calendars in one request, and retries until it is accepted', async () => {
    const team = world.simulator.world.addCalendar({ owner: GRACE, name: 'Team' });
    const one = await subscribe();
    const two = await subscribe({ resource: `me/calendars/${team.id}/events`, clientState: 'other' });
    receiver.requests.length = 0;
    receiver.statuses.push(404, 202);
    const event = add('one', '01T09:00', '01T10:00');
    world.simulator.world.createEvent(team.id, { start: at('01T09:00'), end: at('01T10:00') });
    await world.simulator.onIdle();
    expect(receiver.requests).toHaveLength(2);
    expect(receiver.requests[1]?.body).toBe(receiver.requests[0]?.body);
    expect(JSON.parse(receiver.requests[0]?.body ?? '').value).toMatchObject([
      {
        subscriptionId: one.id,
        clientState: 'secret',
        changeType: 'created',
        resourceData: { id: event.id },
      },
      { subscriptionId: two.id, clientState: 'other', changeType: 'created' },
    ]);
  });

  test('sends lifecycle notifications', async () => {
    const { id } = await subscribe();
    receiver.requests.length = 0;
    world.simulator.lifecycle(id, 'missed');
    world.simulator.lifecycle(id, 'subscriptionRemoved');
    await world.simulator.onIdle();
    const received = receiver.requests.map(({ url, body }) => [url.pathname, JSON.parse(body).value[0]]);
    expect(received).toEqual(
      expect.arrayContaining(
        ['missed', 'subscriptionRemoved'].map((lifecycleEvent) => [
          '/lifecycle',
          expect.objectContaining({ lifecycleEvent, subscriptionId: id, clientState: 'secret' }),
        ]),
      ),
    );
    expect(world.simulator.channels()).toEqual([]);
  });
});
