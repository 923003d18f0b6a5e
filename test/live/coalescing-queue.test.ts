import { describe, expect, it } from 'vitest';
import { createCoalescingQueue } from '../../src/live/coalescing-queue.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** With room for so many; what it was sent, and the end. */
function open(
  room = Number.POSITIVE_INFINITY,
  render: (name: string) => string | Promise<string> = (n) => n,
) {
  const pending = createCoalescingQueue();
  const told: string[] = [];
  const state = { room, left: 0 };
  const sink = {
    ready: () => told.length < state.room,
    send: (name: string) => void told.push(name),
    end: () => void told.push('end'),
  };
  const sit = () => pending.subscribe(sink, render, () => void state.left++);
  return { pending, told, state, sit };
}

describe('names that wait', () => {
  it('are told in the order in which they came, those before the viewer sat too', async () => {
    const { pending, told, sit } = open();
    pending.add('a');
    pending.add('b');
    sit();
    await turn();
    pending.add('a');
    await turn();
    expect(told).toEqual(['a', 'b', 'a']);
  });

  it('are told once, however often they came while the viewer could take none', async () => {
    const { pending, told, state, sit } = open(1);
    const seat = sit();
    for (const name of ['a', 'b', 'c', 'b', 'c', 'b']) pending.add(name);
    await turn();
    expect(told).toEqual(['a']);
    state.room = 2;
    seat.resume();
    await turn();
    expect(told).toEqual(['a', 'b']);
    state.room = 9;
    seat.resume();
    await turn();
    expect(told).toEqual(['a', 'b', 'c']);
  });

  it('that come while they are rendered are told once more', async () => {
    const made: (() => void)[] = [];
    const { pending, told, sit } = open(
      9,
      (name) => new Promise((resolve) => made.push(() => resolve(name))),
    );
    sit();
    pending.add('a');
    await turn();
    // What is rendered may be from before this.
    pending.add('a');
    made.shift()?.();
    await turn();
    made.shift()?.();
    await turn();
    expect([told, made.length]).toEqual([['a', 'a'], 0]);
  });

  it('are told before the end, which comes once', async () => {
    const { pending, told, state, sit } = open(1);
    const seat = sit();
    pending.add('a');
    pending.add('b');
    pending.end();
    await turn();
    expect([told, state.left]).toEqual([['a'], 0]);
    state.room = 9;
    seat.resume();
    await turn();
    pending.end();
    await turn();
    expect([told, state.left]).toEqual([['a', 'b', 'end'], 1]);
  });

  it('are told to nobody who has left', async () => {
    const made: (() => void)[] = [];
    const { pending, told, state, sit } = open(
      9,
      (name) => new Promise((resolve) => made.push(() => resolve(name))),
    );
    const seat = sit();
    pending.add('a');
    await turn();
    seat.unsubscribe();
    seat.unsubscribe();
    made.shift()?.();
    pending.add('b');
    pending.end();
    await turn();
    expect([told, made.length, state.left]).toEqual([[], 0, 1]);
  });
});
