import { describe, expect, it } from 'vitest';
import { cacheKey, parseCacheKey, parseKey, topicKey } from '../../src/cache/keys.ts';

describe('a cache key', () => {
  it('names a kind and an id, which may hold a colon', () => {
    expect(parseCacheKey('busy:cal_1')).toEqual({ kind: 'busy', id: 'cal_1' });
    expect(parseCacheKey(cacheKey.host('a:b'))).toEqual({ kind: 'host', id: 'a:b' });
    expect(cacheKey.eventType('et_1')).toBe('type:et_1');
    expect(cacheKey.native('host_1')).toBe('native:host_1');
  });

  it.each([
    '',
    ':',
    'hostx',
    'host',
    'team:1',
    'constructor:1',
    'toString:1',
    ' host:1',
    topicKey.apiKey('key_1'),
  ])('is not %j', (text) => {
    expect(() => parseCacheKey(text)).toThrow('is no cache key');
  });
});

describe('a topic key', () => {
  it('names what no cache holds, too', () => {
    expect(parseKey(topicKey.apiKey('key_1'))).toEqual({ kind: 'key', id: 'key_1' });
    expect(parseKey(topicKey.channels('cal_1'))).toEqual({ kind: 'watch', id: 'cal_1' });
    expect(parseKey(cacheKey.calendar('cal_1'))).toEqual({ kind: 'busy', id: 'cal_1' });
  });

  it('is not read from a kind that this version does not know', () => {
    expect(parseKey('team:1')).toBeNull();
  });
});
