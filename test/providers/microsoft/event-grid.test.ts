import { describe, expect, it } from 'vitest';
import { SlotwireError } from '../../../src/errors.ts';
import { clientStateOf } from '../../../src/providers/microsoft/notification.ts';
import { receive } from '../../../src/providers/microsoft/receive.ts';

const send = (body: unknown, headers: Record<string, string> = {}, method = 'POST') =>
  receive({
    method,
    path: '/event-grid',
    query: new URLSearchParams(),
    headers,
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });

const data = (more: object = {}) => ({
  subscriptionId: 'sub-1',
  clientState: clientStateOf('chan_1', 'secret'),
  resource: 'Users/u/Events/e',
  ...more,
});
const event = (more: object = {}) => ({
  specversion: '1.0',
  id: 'event-1',
  source: '/tenants/t/applications/a',
  type: 'Microsoft.Graph.EventUpdated',
  data: data({ Id: null, ChangeType: 'updated' }),
  ...more,
});
const STRUCTURED = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
const BATCH = { 'content-type': 'application/cloudevents-batch+json' };

describe('the handshake', () => {
  const validate = (headers: Record<string, string>) => send('', headers, 'OPTIONS');

  it('lets the sender that asks, at any rate, and calls nobody back', () => {
    const { reply, notifications } = validate({
      'webhook-request-origin': 'eventgrid.azure.net',
      'webhook-request-rate': '120',
      'webhook-request-callback': 'http://169.254.169.254/confirm',
    });
    expect(reply).toEqual({
      status: 200,
      headers: {
        allow: 'POST',
        'webhook-allowed-origin': 'eventgrid.azure.net',
        'webhook-allowed-rate': '*',
      },
      body: '',
    });
    expect(notifications).toEqual([]);
  });

  it.each([{}, { 'webhook-request-origin': 'a\r\nset-cookie: x' }, { 'webhook-request-origin': '' }])(
    'refuses %j',
    (headers) => expect(() => validate(headers)).toThrow(SlotwireError),
  );

  it('is known at this address alone', () => {
    const request = { query: new URLSearchParams(), headers: {}, body: Buffer.alloc(0) };
    expect(receive({ ...request, method: 'OPTIONS', path: '' }).reply.status).toBe(405);
    expect(send('', {}, 'PUT').reply).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });
});

describe('an event', () => {
  const CHANGED = { channelId: 'chan_1', secret: 'secret', remoteId: 'sub-1', signal: 'changed' };

  it.each([
    ['structured', () => send(event(), STRUCTURED)],
    ['in a batch', () => send([event()], BATCH)],
    ['without a content type', () => send(event())],
    [
      'in headers',
      () =>
        send(data(), {
          'content-type': 'application/json',
          'ce-specversion': '1.0',
          'ce-id': 'event-1',
          'ce-source': '%2Ftenants/t/applications/a',
          'ce-type': 'Microsoft.Graph.EventUpdated',
        }),
    ],
    [
      'in base64',
      () =>
        send(
          event({ data: undefined, data_base64: Buffer.from(JSON.stringify(data())).toString('base64') }),
          STRUCTURED,
        ),
    ],
  ])('comes %s, and is the same', (_, sent) => {
    const { reply, notifications, unrecognised } = sent();
    expect(reply.status).toBe(202);
    expect(unrecognised).toBe(0);
    expect(notifications).toMatchObject([CHANGED]);
    expect(notifications[0]?.dedupeKey).toBe(send(event()).notifications[0]?.dedupeKey);
    expect(notifications[0]?.record).toContain('Users/u/Events/e');
    expect(notifications[0]?.record).not.toContain('secret');
  });

  it.each([
    ['Microsoft.Graph.SubscriptionReauthorizationRequired', {}, 'reauthorize'],
    ['microsoft.graph.subscriptionRemoved', {}, 'removed'],
    ['Microsoft.Graph.Missed', {}, 'missed'],
    ['Microsoft.Graph.Lifecycle', { lifecycleEvent: 'reauthorizationRequired' }, 'reauthorize'],
    ['Microsoft.Graph.Lifecycle', { LifecycleEvent: 'subscriptionRemoved' }, 'removed'],
    ['Microsoft.Graph.EventCreated', {}, 'changed'],
  ])('of type %s with %j says %s', (type, more, signal) => {
    const { notifications } = send(event({ type, data: data(more) }), STRUCTURED);
    expect(notifications).toMatchObject([{ signal }]);
  });

  it('is known again by source and id', () => {
    const keyOf = (more: object) => send(event(more)).notifications[0]?.dedupeKey;
    expect(keyOf({ time: '2026-11-20T08:00:01Z' })).toBe(keyOf({}));
    expect(keyOf({ id: 'event-2' })).not.toBe(keyOf({}));
    expect(keyOf({ source: '/tenants/other' })).not.toBe(keyOf({}));
    expect(keyOf({ id: undefined })).toBeNull();
  });

  it('may name its subscription in base64, which proves nothing more', () => {
    const id = Buffer.from('11515ea9-25de-4267-b5c6-28479bfdaad6').toString('base64');
    expect(send(event({ data: data({ subscriptionId: id }) })).notifications[0]?.remoteId).toBeNull();
  });

  it.each([
    event({ data: data({ clientState: 'foreign' }) }),
    event({ data: null }),
    event({ data: 'text' }),
    event({ specversion: '0.3' }),
    null,
    7,
  ])('that can be none of ours is counted, and the others are taken', (odd) => {
    expect(send([odd, event()], BATCH)).toMatchObject({ unrecognised: 1, notifications: [CHANGED] });
  });

  it.each(['', 'no json', '{}', '7', 'null'])('is not %j', (body) => {
    expect(() => send(body, STRUCTURED)).toThrow(SlotwireError);
  });
});
