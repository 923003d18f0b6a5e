import { expect, it } from 'vitest';
import { SlotwireError } from '../../../src/errors.ts';
import { receive } from '../../../src/providers/google/receive.ts';

const notice = (headers: Record<string, string | undefined> = {}) => {
  const all = {
    'content-type': 'application/json; utf-8',
    'x-goog-channel-id': 'chan_1',
    'x-goog-channel-token': 'secret',
    'x-goog-resource-id': 'resource',
    'x-goog-resource-state': 'exists',
    'x-goog-message-number': '7',
    ...headers,
  };
  const given = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return receive({
    method: 'POST',
    path: '',
    query: new URLSearchParams(),
    headers: Object.fromEntries(given),
    body: Buffer.alloc(0),
  });
};

it('reads a change from headers alone, whatever the content type', () => {
  const { reply, notifications, storedHeaders } = notice();
  expect(reply).toEqual({ status: 200, headers: {}, body: '' });
  expect(notifications).toEqual([
    {
      channelId: 'chan_1',
      secret: 'secret',
      remoteId: 'chan_1',
      resourceId: 'resource',
      signal: 'changed',
      dedupeKey: 'chan_1:7',
    },
  ]);
  expect(storedHeaders).toContain('x-goog-message-number');
});

it.each([
  ['sync', 'opened'],
  ['exists', 'changed'],
  ['not_exists', 'changed'],
])('takes %s for %s', (state, signal) => {
  expect(notice({ 'x-goog-resource-state': state }).notifications).toMatchObject([{ signal }]);
});

it('tells messages of a channel apart by their number', () => {
  const keyOf = (number: string | undefined) =>
    notice({ 'x-goog-message-number': number }).notifications[0]?.dedupeKey;
  expect(keyOf('7')).toBe(keyOf('7'));
  expect(keyOf('8')).not.toBe(keyOf('7'));
  expect(keyOf(undefined)).toBeNull();
});

it('lets a message without token through as one that proves nothing', () => {
  expect(notice({ 'x-goog-channel-token': undefined }).notifications).toMatchObject([{ secret: '' }]);
});

it.each(['x-goog-channel-id', 'x-goog-resource-state'])('refuses a request without %s', (name) => {
  expect(() => notice({ [name]: undefined })).toThrow(SlotwireError);
});
