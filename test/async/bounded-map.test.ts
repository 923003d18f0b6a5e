import { expect, it } from 'vitest';
import { BoundedMap } from '../../src/async/bounded-map.ts';

it('evicts the oldest entry of a full map', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1).set('b', 2).set('a', 3);
  expect([...map]).toEqual([
    ['a', 3],
    ['b', 2],
  ]);
  map.set('c', 4);
  expect([...map]).toEqual([
    ['b', 2],
    ['c', 4],
  ]);
  map.delete('b');
  map.set('d', 5);
  expect(map.size).toBe(2);
});
