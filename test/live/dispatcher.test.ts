import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createDispatcher } from '../../src/live/dispatcher.ts';
import { createSubscriptionIndex } from '../../src/live/subscription-index.ts';
import { createLog } from '../../src/log.ts';
import type { SourceValue } from '../../src/offers/sources.ts';
import { block } from '../offers/world.fixture.ts';
import { deferred } from './stage.fixture.ts';

const value = (from: number): SourceValue => ({ kind: 'native', value: [block(from, from + 1)] });

/** Ears that write down what rings, and looks that the test answers. */
function open() {
  const looks: {
    key: string;
    answer(found: SourceValue | null): Promise<void>;
    fail(error: Error): Promise<void>;
  }[] = [];
  const logged: string[] = [];
  const sources = {
    readValue(key: string) {
      const { promise, resolve, reject } = deferred<SourceValue | null>();
      looks.push({
        key,
        async answer(found) {
          resolve(found);
          await turn();
        },
        async fail(error) {
          reject(error);
          await turn();
        },
      });
      return promise;
    },
  };
  const subscriptions = createSubscriptionIndex();
  const log = createLog('warn', { write: (line) => void logged.push(line) });
  const bell = createDispatcher({ sources, subscriptions, log });
  const listen = (...keys: string[]) => {
    const heard: [string | undefined, SourceValue | null | undefined][] = [];
    const subscriber = {
      invalidate: (key?: string, found?: SourceValue | null) => void heard.push([key, found]),
    };
    subscriptions.subscribe(subscriber, keys);
    return { heard, subscriber };
  };
  return { looks, logged, subscriptions, bell, listen };
}

describe('a bell', () => {
  it('that concerns nobody leads to no look', () => {
    const { looks, bell, listen } = open();
    listen('busy:a');
    bell('busy:b');
    expect(looks).toEqual([]);
  });

  it('leads to one look for all whom it concerns', async () => {
    const { looks, bell, listen } = open();
    const [one, two, other] = [listen('busy:a'), listen('host:h', 'busy:a'), listen('busy:b')];
    bell('busy:a');
    expect(looks.map(({ key }) => key)).toEqual(['busy:a']);
    expect(one.heard).toEqual([]);
    await looks[0]?.answer(value(1));
    for (const { heard } of [one, two]) expect(heard).toEqual([['busy:a', value(1)]]);
    expect(other.heard).toEqual([]);
  });

  it('that rings during a look leads to one more, however many do', async () => {
    const { looks, bell, listen } = open();
    const { heard } = listen('busy:a');
    for (let i = 0; i < 3; i++) bell('busy:a');
    expect(looks).toHaveLength(1);
    await looks[0]?.answer(value(1));
    expect(looks).toHaveLength(2);
    await looks[1]?.answer(value(2));
    expect(heard).toEqual([
      ['busy:a', value(1)],
      ['busy:a', value(2)],
    ]);
    expect(looks).toHaveLength(2);
    bell('busy:a');
    expect(looks).toHaveLength(3);
  });

  it('of one key waits for no look at another', async () => {
    const { looks, bell, listen } = open();
    const { heard } = listen('busy:a', 'busy:b');
    bell('busy:a');
    bell('busy:b');
    await looks[1]?.answer(value(2));
    expect(heard).toEqual([['busy:b', value(2)]]);
  });
});

it('a look that fails tells that anything may have changed, and warns', async () => {
  const { looks, bell, listen, logged } = open();
  const { heard } = listen('busy:a');
  bell('busy:a');
  await looks[0]?.fail(new Error('no database'));
  expect(heard).toEqual([['busy:a', undefined]]);
  expect(logged).toHaveLength(1);
  bell('busy:a');
  await looks[1]?.answer(value(1));
  expect(heard).toHaveLength(2);
});

it('who attends while a look is under way hears of it, and who left does not', async () => {
  const { looks, bell, listen, subscriptions } = open();
  const left = listen('busy:a');
  bell('busy:a');
  const late = listen('busy:a');
  subscriptions.unsubscribe(left.subscriber);
  await looks[0]?.answer(value(1));
  expect([left.heard, late.heard]).toEqual([[], [['busy:a', value(1)]]]);
});

it('who does not know yet what concerns them hears of a bell that nobody attends to', () => {
  const { looks, bell, listen, subscriptions } = open();
  const { heard, subscriber } = listen();
  subscriptions.subscribe(subscriber, null);
  bell('busy:a');
  expect(looks).toEqual([]);
  expect(heard).toEqual([['busy:a', undefined]]);
});

it('what is gone is told as such', async () => {
  const { looks, bell, listen } = open();
  const { heard } = listen('busy:a');
  bell('busy:a');
  await looks[0]?.answer(null);
  expect(heard).toEqual([['busy:a', null]]);
});
