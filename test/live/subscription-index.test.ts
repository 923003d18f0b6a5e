import { expect, it } from 'vitest';
import { createSubscriptionIndex } from '../../src/live/subscription-index.ts';
import { RULES_SOURCE } from '../../src/offers/sources.ts';

function room() {
  const ears = createSubscriptionIndex();
  const ear = () => {
    const heard: (string | undefined)[] = [];
    return { heard, invalidate: (key?: string) => void heard.push(key) };
  };
  return { ears, ear };
}

it('a bell rings for those who attend to its key, and for nobody else', () => {
  const { ears, ear } = room();
  const [one, two, none] = [ear(), ear(), ear()];
  ears.subscribe(one, ['a', 'b']);
  ears.subscribe(two, ['b']);
  ears.subscribe(none, []);
  for (const key of ['a', 'b', 'c']) ears.notify(key, RULES_SOURCE);
  expect([one.heard, two.heard, none.heard]).toEqual([['a', 'b'], ['b'], []]);
  expect(['a', 'b', 'c'].map(ears.hasSubscribers)).toEqual([true, true, false]);
});

it('a bell rings once for who attends to everything, until it says what matters', () => {
  const { ears, ear } = room();
  const one = ear();
  ears.subscribe(one, ['a']);
  ears.subscribe(one, null);
  for (const key of ['a', 'z']) ears.notify(key, RULES_SOURCE);
  expect(one.heard).toEqual(['a', 'z']);
  expect(ears.hasSubscribers('z')).toBe(false);
  ears.subscribe(one, ['a']);
  ears.notify('z', RULES_SOURCE);
  expect(one.heard).toHaveLength(2);
});

it('without a key it rings for all, once each', () => {
  const { ears, ear } = room();
  const [one, two] = [ear(), ear()];
  ears.subscribe(one, ['a', 'b']);
  ears.subscribe(one, null);
  ears.subscribe(two, []);
  ears.notify();
  expect([one.heard, two.heard]).toEqual([[undefined], [undefined]]);
});

it('a key that nobody attends to any more is forgotten', () => {
  const { ears, ear } = room();
  const [one, two] = [ear(), ear()];
  ears.subscribe(one, ['a', 'b']);
  ears.subscribe(two, ['b']);
  ears.subscribe(one, ['b', 'c']);
  expect(['a', 'b', 'c'].map(ears.hasSubscribers)).toEqual([false, true, true]);
  ears.unsubscribe(two);
  expect(ears.hasSubscribers('b')).toBe(true);
  ears.unsubscribe(one);
  ears.unsubscribe(one);
  expect(['a', 'b', 'c'].map(ears.hasSubscribers)).toEqual([false, false, false]);
  ears.notify('b', RULES_SOURCE);
  expect(one.heard).toEqual([]);
});
