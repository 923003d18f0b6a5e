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

it('evicts the oldest entries until the others are no heavier than a weighed map may be', () => {
  const map = new BoundedMap<string, string>(10, { most: 6, of: (value) => value.length });
  map.set('a', 'xx').set('b', 'xx').set('c', 'xx');
  expect([...map.keys()]).toEqual(['a', 'b', 'c']);
  // One that is set anew is the newest, and its older value weighs nothing any more.
  map.set('a', 'x');
  map.set('d', 'xx');
  expect([...map.keys()]).toEqual(['c', 'a', 'd']);
  map.delete('d');
  map.set('e', 'xxx');
  expect([...map.keys()]).toEqual(['c', 'a', 'e']);
  map.set('f', 'x'.repeat(100));
  expect([...map.keys()]).toEqual(['f']);
  map.set('g', 'x');
  expect([...map.keys()]).toEqual(['g']);
  map.clear();
  map.set('h', 'xxxxxx');
  expect([...map.keys()]).toEqual(['h']);
});
