import { describe, expect, it } from 'vitest';
import { createCoalescingQueue } from '../../src/live/coalescing-queue.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** With room for so many; what it was sent, and the end. */
function open(
  room = Number.POSITIVE_INFINITY,
  render: (name: string) => string | Promise<string> = (n) => n,
) {
  const queue = createCoalescingQueue();
  const sent: string[] = [];
  const state = { room, left: 0 };
  const sink = {
    ready: () => sent.length < state.room,
    send: (name: string) => void sent.push(name),
    end: () => void sent.push('end'),
  };
  const subscribe = () => queue.subscribe(sink, render, () => void state.left++);
  return { queue, sent, state, subscribe };
}

describe('a coalescing queue', () => {
  it('sends names in order, including those that were added before the subscription', async () => {
    const { queue, sent, subscribe } = open();
    queue.add('a');
    queue.add('b');
    subscribe();
    await turn();
    queue.add('a');
    await turn();
    expect(sent).toEqual(['a', 'b', 'a']);
  });

  it('sends a name once, however often it was added while the subscriber was not ready', async () => {
    const { queue, sent, state, subscribe } = open(1);
    const subscription = subscribe();
    for (const name of ['a', 'b', 'c', 'b', 'c', 'b']) queue.add(name);
    await turn();
    expect(sent).toEqual(['a']);
    state.room = 2;
    subscription.resume();
    await turn();
    expect(sent).toEqual(['a', 'b']);
    state.room = 9;
    subscription.resume();
    await turn();
    expect(sent).toEqual(['a', 'b', 'c']);
  });

  it('sends a name again that is added while it is rendered', async () => {
    const made: (() => void)[] = [];
    const { queue, sent, subscribe } = open(
      9,
      (name) => new Promise((resolve) => made.push(() => resolve(name))),
    );
    subscribe();
    queue.add('a');
    await turn();
    // What is rendered may be from before this.
    queue.add('a');
    made.shift()?.();
    await turn();
    made.shift()?.();
    await turn();
    expect([sent, made.length]).toEqual([['a', 'a'], 0]);
  });

  it('sends the waiting names before the end, which comes once', async () => {
    const { queue, sent, state, subscribe } = open(1);
    const subscription = subscribe();
    queue.add('a');
    queue.add('b');
    queue.end();
    await turn();
    expect([sent, state.left]).toEqual([['a'], 0]);
    state.room = 9;
    subscription.resume();
    await turn();
    queue.end();
    await turn();
    expect([sent, state.left]).toEqual([['a', 'b', 'end'], 1]);
  });

  it('sends nothing after unsubscribing', async () => {
    const made: (() => void)[] = [];
    const { queue, sent, state, subscribe } = open(
      9,
      (name) => new Promise((resolve) => made.push(() => resolve(name))),
    );
    const subscription = subscribe();
    queue.add('a');
    await turn();
    subscription.unsubscribe();
    subscription.unsubscribe();
    made.shift()?.();
    queue.add('b');
    queue.end();
    await turn();
    expect([sent, made.length, state.left]).toEqual([[], 0, 1]);
  });
});
