import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHeartbeat, type Heartbeat } from '../../../src/http/streams/registry.ts';

const INTERVAL = 12_000;

let heartbeat: Heartbeat;
beforeEach(() => {
  vi.useFakeTimers();
  heartbeat = createHeartbeat(INTERVAL);
});
afterEach(() => {
  heartbeat.stop();
  vi.useRealTimers();
});

/** Adds one now. @returns when it was asked, and what takes it away */
function add() {
  const beats: number[] = [];
  return { beats, leave: heartbeat.add({ beat: () => beats.push(Date.now()) }) };
}

describe('a heartbeat', () => {
  it.each([0, 1, 999, 1_000, 7_777, 11_999])(
    'asks a client that came after %d ms once an interval, and not much sooner at first',
    (after) => {
      vi.advanceTimersByTime(after);
      const came = Date.now();
      const { beats } = add();
      vi.advanceTimersByTime(10 * INTERVAL);
      expect(beats).toHaveLength(10);
      expect(beats.map((beat, i) => beat - (beats[i - 1] ?? beat))).toEqual([0, ...Array(9).fill(INTERVAL)]);
      const first = (beats[0] ?? 0) - came;
      expect(first).toBeGreaterThan(INTERVAL - 1_001);
      expect(first).toBeLessThanOrEqual(INTERVAL);
    },
  );

  it('asks those who came one after another one after another', () => {
    const all = Array.from({ length: 24 }, () => {
      const added = add();
      vi.advanceTimersByTime(500);
      return added;
    });
    vi.advanceTimersByTime(INTERVAL);
    const since = Date.now();
    vi.advanceTimersByTime(INTERVAL);
    const counts = new Map<number, number>();
    for (const beat of all.flatMap(({ beats }) => beats.filter((at) => at > since))) {
      counts.set(beat, (counts.get(beat) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual(Array(12).fill(2));
  });

  it('asks nobody who has left, also when they left while others were asked', () => {
    const [first, second, third] = [add(), add(), add()];
    first.leave();
    const leaver = heartbeat.add({
      beat() {
        leaver();
        third.leave();
      },
    });
    vi.advanceTimersByTime(3 * INTERVAL);
    expect([first, second, third].map(({ beats }) => beats.length)).toEqual([0, 3, 1]);
  });

  it('asks nobody once it has stopped', () => {
    const { beats } = add();
    const before = vi.getTimerCount();
    heartbeat.stop();
    // At once, so that nobody else's timers come or go between.
    expect(vi.getTimerCount()).toBe(before - 1);
    vi.advanceTimersByTime(3 * INTERVAL);
    expect(beats).toEqual([]);
  });
});
