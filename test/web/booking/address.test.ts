import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Route, readPath, readRoute, writePath, writeRoute } from '../../../src/web/booking/address.ts';

it('reads owner and slug, decoded', () => {
  expect(readPath('/book/ada/intro')).toEqual({ owner: 'ada', slug: 'intro' });
  expect(readPath('/book/caf%C3%A9/30-min/')).toEqual({ owner: 'café', slug: '30-min' });
  expect(readPath(writePath({ owner: 'café', slug: 'a/b' }))).toEqual({ owner: 'café', slug: 'a/b' });
});

it.each(['/book/ada', '/book/ada/intro/more', '/admin', '/book/%E0%A4%A/x'])('refuses %s', (path) => {
  expect(readPath(path)).toBeNull();
});

it('keeps the chosen time in the fragment', () => {
  const start = Date.UTC(2025, 5, 2, 12, 30);
  expect(writeRoute({ at: 'times', start })).toBe('#start=2025-06-02T12:30:00.000Z');
  expect(writeRoute({ at: 'times', start: null })).toBe('');
});

it.each([
  '',
  '#',
  '#start=',
  '#start=tomorrow',
  '#start=2025-06-02',
  '#start=2025-99-02T12:30:00Z',
  '#booking=',
])('finds no time and no booking in "%s"', (hash) => {
  expect(readRoute(hash)).toEqual({ at: 'times', start: null });
});

it('leaves out what a booking can not be asked', () => {
  const shown = { at: 'booking', token: 'b.s', doing: 'show', start: null };
  expect(readRoute('#booking=b.s&do=eat')).toEqual(shown);
  expect(readRoute('#booking=b.s&start=2025-06-02T12:30:00Z')).toEqual(shown);
});

it('finds its way back from whatever it wrote', () => {
  const start = fc.option(fc.integer({ min: 0, max: 4e12 }));
  const token = fc.string({ minLength: 1 });
  const route: fc.Arbitrary<Route> = fc.oneof(
    fc.record({ at: fc.constant('times' as const), start }),
    fc.record({ at: fc.constant('booking' as const), token, doing: fc.constant('move' as const), start }),
    fc.record({
      at: fc.constant('booking' as const),
      token,
      doing: fc.constantFrom('show' as const, 'cancel' as const),
      start: fc.constant(null),
    }),
  );
  fc.assert(
    fc.property(route, (each) => {
      expect(readRoute(writeRoute(each))).toEqual({ ...each });
    }),
  );
});
