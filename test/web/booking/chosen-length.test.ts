import { expect, it } from 'vitest';
import { lengthFrom, lengthOf } from '../../../src/web/booking/chosen-length.ts';

const type = { length: 'PT30M', lengths: ['PT15M', 'PT30M', 'PT1H'] };

it.each([
  ['PT30M', 'PT30M'],
  ['pt60m', 'PT1H'],
  ['60', 'PT1H'],
  ['15', 'PT15M'],
  ['45', 'PT15M'],
  ['half an hour', 'PT15M'],
  ['', 'PT15M'],
  [null, 'PT15M'],
])('an address that names the length %j begins with %s', (named, length) =>
  expect(lengthFrom(type, named)).toBe(length),
);

it('a time that was held is held again for as long as before', () => {
  expect(lengthOf(type, { start: 0, end: 3_600_000 })).toBe('PT1H');
  expect(lengthOf(type, { start: 0, end: 2_700_000 })).toBeUndefined();
});
