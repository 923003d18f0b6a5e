import { expect, it } from 'vitest';
import { readChosen, readPath, writeChosen } from '../../../src/web/booking/address.ts';

it('reads owner and slug, decoded', () => {
  expect(readPath('/book/ada/intro')).toEqual({ owner: 'ada', slug: 'intro' });
  expect(readPath('/book/caf%C3%A9/30-min/')).toEqual({ owner: 'café', slug: '30-min' });
});

it.each(['/book/ada', '/book/ada/intro/more', '/admin', '/book/%E0%A4%A/x'])('refuses %s', (path) => {
  expect(readPath(path)).toBeNull();
});

it('keeps the chosen time in the hash', () => {
  const start = Date.UTC(2025, 5, 2, 12, 30);
  expect(writeChosen(start)).toBe('#start=2025-06-02T12:30:00.000Z');
  expect(readChosen(writeChosen(start))).toBe(start);
  expect(writeChosen(null)).toBe('');
});

it.each(['', '#', '#start=', '#start=tomorrow', '#start=2025-06-02', '#start=2025-99-02T12:30:00Z'])(
  'finds no time in "%s"',
  (hash) => {
    expect(readChosen(hash)).toBeNull();
  },
);
