import { describe, expect, it } from 'vitest';
import { SlotwireError } from '../../../src/errors.ts';
import { clientStateOf } from '../../../src/providers/microsoft/notification.ts';
import { receive } from '../../../src/providers/microsoft/receive.ts';

const post = (body: unknown, query = '') =>
  receive({
    method: 'POST',
    path: '',
    query: new URLSearchParams(query),
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });

const entry = (more: object = {}) => ({
  id: 'n1',
  subscriptionId: 'sub-1',
  clientState: clientStateOf('chan_1', 'secret-_1'),
  changeType: 'updated',
  resourceData: { id: 'AAMk', '@odata.etag': 'W/"1"' },
  ...more,
});

describe('the handshake', () => {
  it('echoes the decoded token as plain text', () => {
    const { reply, notifications } = post('', '?validationToken=Validation%3A+a%2Bb%25%20%3Cb%3E');
    expect(reply).toEqual({
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: 'Validation: a+b% <b>',
    });
    expect(notifications).toEqual([]);
  });
});

describe('notifications', () => {
  it('come from several channels in one request', () => {
    const other = entry({ subscriptionId: 'sub-2', clientState: clientStateOf('chan_2', 'other') });
    const { reply, notifications } = post({ value: [entry(), other], validationTokens: null });
    expect(reply).toEqual({ status: 202, headers: {}, body: '' });
    expect(notifications).toMatchObject([
      { channelId: 'chan_1', secret: 'secret-_1', remoteId: 'sub-1', signal: 'changed' },
      { channelId: 'chan_2', secret: 'other', remoteId: 'sub-2', signal: 'changed' },
    ]);
  });

  it.each([
    ['without clientState', entry({ clientState: undefined })],
    ['with a foreign clientState', entry({ clientState: 'somebody-else' })],
    ['with too many parts', entry({ clientState: 'a.b.c' })],
    ['without subscription', entry({ subscriptionId: 7 })],
    ['of an unknown lifecycle event', entry({ lifecycleEvent: 'reborn' })],
    ['that is none', null],
  ])('skip an entry %s and keep the rest', (_, odd) => {
    expect(post({ value: [odd, entry()] }).notifications).toHaveLength(1);
  });

  it.each([
    ['reauthorizationRequired', 'reauthorize'],
    ['subscriptionRemoved', 'removed'],
    ['missed', 'missed'],
  ])('take %s for %s', (lifecycleEvent, signal) => {
    expect(post({ value: [entry({ lifecycleEvent })] }).notifications).toMatchObject([{ signal }]);
  });

  it('are known again when redelivered, and only then', () => {
    const keyOf = (more: object) => post({ value: [entry(more)] }).notifications[0]?.dedupeKey;
    expect(keyOf({})).toBe(keyOf({}));
    expect(keyOf({ id: 'n2' })).not.toBe(keyOf({}));
    expect(keyOf({ resourceData: { id: 'AAMk', '@odata.etag': 'W/"2"' } })).not.toBe(keyOf({}));
  });

  it('that tell nothing to know them by are all taken', () => {
    const { notifications } = post({ value: [entry({ id: undefined, resourceData: { id: 'AAMk' } })] });
    expect(notifications[0]?.dedupeKey).toBeNull();
  });

  it.each(['', 'not json', '[]', 'null', '{"value":{}}'])('are not %j', (body) => {
    expect(() => post(body)).toThrow(SlotwireError);
  });
});
