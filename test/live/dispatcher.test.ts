import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createDispatcher, createSubscriptionIndex } from '../../src/live/dispatcher.ts';
import { createLog } from '../../src/log.ts';
import type { SourceValue } from '../../src/offers/sources.ts';
import { block } from '../offers/world.fixture.ts';
import { deferred } from './stage.fixture.ts';

const value = (from: number): SourceValue => ({ kind: 'native', value: [block(from, from + 1)] });

/** Subscribers that record invalidations, and loads that the test answers. */
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
  const dispatch = createDispatcher({ sources, subscriptions, log });
  const listen = (...keys: string[]) => {
    const received: [string | undefined, SourceValue | null | undefined][] = [];
    const subscriber = {
      invalidate: (key?: string, found?: SourceValue | null) => void received.push([key, found]),
    };
    subscriptions.subscribe(subscriber, keys);
    return { received, subscriber };
  };
  return { looks, logged, subscriptions, dispatch, listen };
}

describe('the dispatcher', () => {
  it('loads nothing for a key without subscribers', () => {
    const { looks, dispatch, listen } = open();
    listen('busy:a');
    dispatch('busy:b');
    expect(looks).toEqual([]);
  });

  it('loads a changed key once for all its subscribers', async () => {
    const { looks, dispatch, listen } = open();
    const [one, two, other] = [listen('busy:a'), listen('host:h', 'busy:a'), listen('busy:b')];
    dispatch('busy:a');
    expect(looks.map(({ key }) => key)).toEqual(['busy:a']);
    expect(one.received).toEqual([]);
    await looks[0]?.answer(value(1));
    for (const { received } of [one, two]) expect(received).toEqual([['busy:a', value(1)]]);
    expect(other.received).toEqual([]);
  });

  it('loads a key once more when it was invalidated during a load, however often', async () => {
    const { looks, dispatch, listen } = open();
    const { received } = listen('busy:a');
    for (let i = 0; i < 3; i++) dispatch('busy:a');
    expect(looks).toHaveLength(1);
    await looks[0]?.answer(value(1));
    expect(looks).toHaveLength(2);
    await looks[1]?.answer(value(2));
    expect(received).toEqual([
      ['busy:a', value(1)],
      ['busy:a', value(2)],
    ]);
    expect(looks).toHaveLength(2);
    dispatch('busy:a');
    expect(looks).toHaveLength(3);
  });

  it('loads different keys at the same time', async () => {
    const { looks, dispatch, listen } = open();
    const { received } = listen('busy:a', 'busy:b');
    dispatch('busy:a');
    dispatch('busy:b');
    await looks[1]?.answer(value(2));
    expect(received).toEqual([['busy:b', value(2)]]);
  });
});

it('the dispatcher passes on an unknown value when a load fails, and warns', async () => {
  const { looks, dispatch, listen, logged } = open();
  const { received } = listen('busy:a');
  dispatch('busy:a');
  await looks[0]?.fail(new Error('no database'));
  expect(received).toEqual([['busy:a', undefined]]);
  expect(logged).toHaveLength(1);
  dispatch('busy:a');
  await looks[1]?.answer(value(1));
  expect(received).toHaveLength(2);
});

it('the dispatcher notifies those who are subscribed when the load ends', async () => {
  const { looks, dispatch, listen, subscriptions } = open();
  const left = listen('busy:a');
  dispatch('busy:a');
  const late = listen('busy:a');
  subscriptions.unsubscribe(left.subscriber);
  await looks[0]?.answer(value(1));
  expect([left.received, late.received]).toEqual([[], [['busy:a', value(1)]]]);
});

it('the dispatcher notifies wildcard subscribers of a key without subscribers', () => {
  const { looks, dispatch, listen, subscriptions } = open();
  const { received, subscriber } = listen();
  subscriptions.subscribe(subscriber, null);
  dispatch('busy:a');
  expect(looks).toEqual([]);
  expect(received).toEqual([['busy:a', undefined]]);
});

it('the dispatcher passes on null for a value that is gone', async () => {
  const { looks, dispatch, listen } = open();
  const { received } = listen('busy:a');
  dispatch('busy:a');
  await looks[0]?.answer(null);
  expect(received).toEqual([['busy:a', null]]);
});
