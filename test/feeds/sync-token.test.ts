import { describe, expect, it } from 'vitest';
import { pageToken, parseToken, snapshotToken } from '../../src/feeds/sync-token.ts';

const items = [
  { id: 'a'.repeat(32), etag: '"1"' },
  { id: 'b'.repeat(32), etag: '"2"' },
];

describe('a sync token', () => {
  it('is a URI, the same for the same items in any order, and another for others', () => {
    const token = snapshotToken(1_790_000_000_000, items);
    expect(URL.canParse(token)).toBe(true);
    expect(snapshotToken(1_790_000_000_000, [...items].reverse())).toBe(token);
    expect(snapshotToken(1_790_000_000_000, items.slice(1))).not.toBe(token);
    expect(snapshotToken(1_790_000_000_001, items)).not.toBe(token);
    expect(snapshotToken(1_790_000_000_000, [{ ...items[0], id: 'a'.repeat(32), etag: '"3"' }])).not.toBe(
      token,
    );
  });

  it('says what it was made from', () => {
    const token = snapshotToken(1_790_000_000_000, items);
    expect(parseToken(token)).toEqual({ token, at: 1_790_000_000_000, page: null });
    const page = pageToken(token, 0, items[0]?.id ?? '');
    expect(parseToken(page)).toEqual({
      token,
      at: 1_790_000_000_000,
      page: { since: 0, after: items[0]?.id },
    });
  });

  it.each([
    '',
    'x',
    'data:,sync-',
    'data:,sync-1-short',
    `${snapshotToken(1, [])}x`,
    `${snapshotToken(1, [])}.1`,
    `${snapshotToken(1, [])}.1.zz`,
  ])('is not %s', (text) => {
    expect(parseToken(text)).toBeNull();
  });
});
