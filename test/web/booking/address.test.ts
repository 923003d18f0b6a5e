import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  formatPath,
  formatRoute,
  type PageRoute,
  parseBookingToken,
  parsePath,
  parseRoute,
} from '../../../src/web/booking/address.ts';

it('parses owner and slug of a path, decoded', () => {
  expect(parsePath('/book/ada/intro')).toEqual({ owner: 'ada', slug: 'intro' });
  expect(parsePath('/book/caf%C3%A9/30-min/')).toEqual({ owner: 'café', slug: '30-min' });
  expect(parsePath(formatPath({ owner: 'café', slug: 'a/b' }))).toEqual({ owner: 'café', slug: 'a/b' });
});

it.each(['/book/ada', '/book/ada/intro/more', '/admin', '/book/%E0%A4%A/x'])(
  'refuses the path %s',
  (path) => {
    expect(parsePath(path)).toBeNull();
  },
);

it('keeps the chosen time in the fragment', () => {
  const start = Date.UTC(2025, 5, 2, 12, 30);
  expect(formatRoute({ at: 'times', start })).toBe('#start=2025-06-02T12:30:00.000Z');
  expect(formatRoute({ at: 'times', start: null })).toBe('');
});

it.each([
  '',
  '#',
  '#start=',
  '#start=tomorrow',
  '#start=2025-06-02',
  '#start=2025-99-02T12:30:00Z',
  '#booking=',
])('finds no time and no booking in the fragment "%s"', (hash) => {
  expect(parseRoute(hash)).toEqual({ at: 'times', start: null });
});

it('ignores an unknown action and a start that the action does not take', () => {
  const shown = { at: 'booking', token: 'b.s', action: 'show', start: null };
  expect(parseRoute('#booking=b.s&do=eat')).toEqual(shown);
  expect(parseRoute('#booking=b.s&start=2025-06-02T12:30:00Z')).toEqual(shown);
});

it('parses every fragment that it formats', () => {
  const start = fc.option(fc.integer({ min: 0, max: 4e12 }));
  const token = fc.string({ minLength: 1 });
  const route: fc.Arbitrary<PageRoute> = fc.oneof(
    fc.record({ at: fc.constant('times' as const), start }),
    fc.record({ at: fc.constant('booking' as const), token, action: fc.constant('move' as const), start }),
    fc.record({
      at: fc.constant('booking' as const),
      token,
      action: fc.constantFrom('show' as const, 'cancel' as const),
      start: fc.constant(null),
    }),
  );
  fc.assert(
    fc.property(route, (each) => {
      expect(parseRoute(formatRoute(each))).toEqual({ ...each });
    }),
  );
});

it('finds the token of a booking in a path, and of no event type', () => {
  expect(parseBookingToken('/book/b/bkg_01.Ab-9_')).toBe('bkg_01.Ab-9_');
  expect(parseBookingToken('/book/b/bkg_01.Ab-9_/')).toBe('bkg_01.Ab-9_');
  for (const path of [
    '/book/b/intro',
    '/book/b/30.min',
    '/book/ada/bkg_01.x',
    '/book/b',
    '/book/b/a.b/booking.ics',
  ])
    expect(parseBookingToken(path), path).toBeNull();
});

it('leaves the token that the path names out of the fragment', () => {
  const route = { at: 'booking', token: 'b.s', action: 'move', start: Date.UTC(2025, 5, 2) } as const;
  const hash = formatRoute(route, 'b.s');
  expect(hash).toBe('#do=move&start=2025-06-02T00:00:00.000Z');
  expect(parseRoute(hash, 'b.s')).toEqual(route);
  expect(parseRoute('', 'b.s')).toEqual({ at: 'booking', token: 'b.s', action: 'show', start: null });
});
