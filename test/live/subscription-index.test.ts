import { expect, it } from 'vitest';
import { createSubscriptionIndex } from '../../src/live/dispatcher.ts';
import { RULES_SOURCE } from '../../src/offers/sources.ts';

function room() {
  const index = createSubscriptionIndex();
  const subscriber = () => {
    const received: (string | undefined)[] = [];
    return { received, invalidate: (key?: string) => void received.push(key) };
  };
  return { index, subscriber };
}

it('notifies the subscribers of the key, and no others', () => {
  const { index, subscriber } = room();
  const [one, two, none] = [subscriber(), subscriber(), subscriber()];
  index.subscribe(one, ['a', 'b']);
  index.subscribe(two, ['b']);
  index.subscribe(none, []);
  for (const key of ['a', 'b', 'c']) index.notify(key, RULES_SOURCE);
  expect([one.received, two.received, none.received]).toEqual([['a', 'b'], ['b'], []]);
  expect(['a', 'b', 'c'].map(index.hasSubscribers)).toEqual([true, true, false]);
});

it('notifies a wildcard subscriber of every key, once each, until it names its keys', () => {
  const { index, subscriber } = room();
  const one = subscriber();
  index.subscribe(one, ['a']);
  index.subscribe(one, null);
  for (const key of ['a', 'z']) index.notify(key, RULES_SOURCE);
  expect(one.received).toEqual(['a', 'z']);
  expect(index.hasSubscribers('z')).toBe(false);
  index.subscribe(one, ['a']);
  index.notify('z', RULES_SOURCE);
  expect(one.received).toHaveLength(2);
});

it('notifies every subscriber once without a key', () => {
  const { index, subscriber } = room();
  const [one, two] = [subscriber(), subscriber()];
  index.subscribe(one, ['a', 'b']);
  index.subscribe(one, null);
  index.subscribe(two, []);
  index.notify();
  expect([one.received, two.received]).toEqual([[undefined], [undefined]]);
});

it('forgets a key without subscribers', () => {
  const { index, subscriber } = room();
  const [one, two] = [subscriber(), subscriber()];
  index.subscribe(one, ['a', 'b']);
  index.subscribe(two, ['b']);
  index.subscribe(one, ['b', 'c']);
  expect(['a', 'b', 'c'].map(index.hasSubscribers)).toEqual([false, true, true]);
  index.unsubscribe(two);
  expect(index.hasSubscribers('b')).toBe(true);
  index.unsubscribe(one);
  index.unsubscribe(one);
  expect(['a', 'b', 'c'].map(index.hasSubscribers)).toEqual([false, false, false]);
  index.notify('b', RULES_SOURCE);
  expect(one.received).toEqual([]);
});
