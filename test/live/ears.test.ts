import { expect, it } from 'vitest';
import { createEars } from '../../src/live/ears.ts';
import type { Change } from '../../src/offers/changes.ts';

const CHANGE: Change = { spans: [], proof: false };

function room() {
  const unheard: string[] = [];
  const ears = createEars((key) => unheard.push(key));
  const ear = () => {
    const heard: (string | undefined)[] = [];
    return { heard, ring: (key?: string) => void heard.push(key) };
  };
  return { ears, ear, unheard };
}

it('a bell rings for those who attend to its key, and for nobody else', () => {
  const { ears, ear } = room();
  const [one, two, none] = [ear(), ear(), ear()];
  ears.attend(one, ['a', 'b']);
  ears.attend(two, ['b']);
  ears.attend(none, []);
  for (const key of ['a', 'b', 'c']) ears.ring(key, CHANGE);
  expect([one.heard, two.heard, none.heard]).toEqual([['a', 'b'], ['b'], []]);
  expect(['a', 'b', 'c'].map(ears.hears)).toEqual([true, true, false]);
});

it('a bell rings once for who attends to everything, until it says what matters', () => {
  const { ears, ear } = room();
  const one = ear();
  ears.attend(one, ['a']);
  ears.attend(one, null);
  for (const key of ['a', 'z']) ears.ring(key, CHANGE);
  expect(one.heard).toEqual(['a', 'z']);
  expect(ears.hears('z')).toBe(true);
  ears.attend(one, ['a']);
  ears.ring('z', CHANGE);
  expect(one.heard).toHaveLength(2);
});

it('without a key it rings for all, once each', () => {
  const { ears, ear } = room();
  const [one, two] = [ear(), ear()];
  ears.attend(one, ['a', 'b']);
  ears.attend(one, null);
  ears.attend(two, []);
  ears.ring();
  expect([one.heard, two.heard]).toEqual([[undefined], [undefined]]);
});

it('keys that nobody attends to any more are told, once', () => {
  const { ears, ear, unheard } = room();
  const [one, two] = [ear(), ear()];
  ears.attend(one, ['a', 'b']);
  ears.attend(two, ['b']);
  ears.attend(one, ['b', 'c']);
  expect(unheard).toEqual(['a']);
  ears.drop(two);
  expect(unheard).toEqual(['a']);
  ears.drop(one);
  ears.drop(one);
  expect(unheard.sort()).toEqual(['a', 'b', 'c']);
  ears.ring('b', CHANGE);
  expect(one.heard).toEqual([]);
});
