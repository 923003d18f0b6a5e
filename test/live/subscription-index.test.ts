import { expect, it } from 'vitest';
import { createEars } from '../../src/live/subscription-index.ts';
import { RULES } from '../../src/offers/sources.ts';

function room() {
  const ears = createEars();
  const ear = () => {
    const heard: (string | undefined)[] = [];
    return { heard, ring: (key?: string) => void heard.push(key) };
  };
  return { ears, ear };
}

it('a bell rings for those who attend to its key, and for nobody else', () => {
  const { ears, ear } = room();
  const [one, two, none] = [ear(), ear(), ear()];
  ears.attend(one, ['a', 'b']);
  ears.attend(two, ['b']);
  ears.attend(none, []);
  for (const key of ['a', 'b', 'c']) ears.ring(key, RULES);
  expect([one.heard, two.heard, none.heard]).toEqual([['a', 'b'], ['b'], []]);
  expect(['a', 'b', 'c'].map(ears.attended)).toEqual([true, true, false]);
});

it('a bell rings once for who attends to everything, until it says what matters', () => {
  const { ears, ear } = room();
  const one = ear();
  ears.attend(one, ['a']);
  ears.attend(one, null);
  for (const key of ['a', 'z']) ears.ring(key, RULES);
  expect(one.heard).toEqual(['a', 'z']);
  expect(ears.attended('z')).toBe(false);
  ears.attend(one, ['a']);
  ears.ring('z', RULES);
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

it('a key that nobody attends to any more is forgotten', () => {
  const { ears, ear } = room();
  const [one, two] = [ear(), ear()];
  ears.attend(one, ['a', 'b']);
  ears.attend(two, ['b']);
  ears.attend(one, ['b', 'c']);
  expect(['a', 'b', 'c'].map(ears.attended)).toEqual([false, true, true]);
  ears.drop(two);
  expect(ears.attended('b')).toBe(true);
  ears.drop(one);
  ears.drop(one);
  expect(['a', 'b', 'c'].map(ears.attended)).toEqual([false, false, false]);
  ears.ring('b', RULES);
  expect(one.heard).toEqual([]);
});
