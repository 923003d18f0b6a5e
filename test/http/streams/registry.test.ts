import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createStreamRegistry, type StreamRegistry } from '../../../src/http/streams/registry.ts';
import { createMetrics, type Metrics } from '../../../src/metrics.ts';

let metrics: Metrics;
let streams: StreamRegistry;
beforeEach(() => {
  vi.useFakeTimers();
  metrics = createMetrics();
  streams = createStreamRegistry({ metrics, interval: 12_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** So many streams, and the instants at which one was asked to leave, or asked for a sign of life. */
function open(count: number) {
  const departures: number[] = [];
  const beats: number[] = [];
  const stream = { beat: () => void beats.push(Date.now()), goAway: () => departures.push(Date.now()) };
  const leaves = Array.from({ length: count }, () => streams.add('sse', { ...stream }));
  return { departures, beats, leaves };
}

async function counted(transport: string) {
  const { values } = await metrics.streams.get();
  return values.find(({ labels }) => labels.transport === transport)?.value ?? 0;
}

describe('streams', () => {
  it('are counted by transport while they are open, each once', async () => {
    const { leaves } = open(3);
    const leave = streams.add('websocket', { beat() {}, goAway() {} });
    expect([await counted('sse'), await counted('websocket')]).toEqual([3, 1]);
    for (const each of leaves) each();
    leaves[0]?.();
    leave();
    leave();
    expect([await counted('sse'), await counted('websocket')]).toEqual([0, 0]);
  });

  it('are asked for signs of life as long as they are open', () => {
    let beats = 0;
    const leave = streams.add('websocket', { beat: () => void beats++, goAway() {} });
    vi.advanceTimersByTime(36_000);
    expect(beats).toBe(3);
    leave();
    vi.advanceTimersByTime(36_000);
    expect(beats).toBe(3);
  });
});

describe('a stop', () => {
  it('lets nobody in from its begin', () => {
    expect(streams.isClosing()).toBe(false);
    void streams.close();
    expect(streams.isClosing()).toBe(true);
  });

  it.each([
    [0, 0],
    [10, 0],
    [100, 180],
    [1_000, 1_980],
    [20_000, 9_980],
  ])('of %d streams tells all to leave, spread over %d ms', async (count, spread) => {
    const { departures } = open(count);
    const began = Date.now();
    let closed = false;
    void streams.close().then(() => {
      closed = true;
    });
    await vi.advanceTimersByTimeAsync(spread);
    expect(closed).toBe(true);
    expect(departures).toHaveLength(count);
    if (count > 0) expect((departures.at(-1) ?? 0) - began).toBe(spread);
    const most = Math.max(
      ...[...new Set(departures)].map((at) => departures.filter((each) => each === at).length),
      0,
    );
    expect(most).toBeLessThanOrEqual(Math.max(10, count / 500));
  });

  it('tells nobody to leave who has left by then, and asks nobody for a sign of life', async () => {
    const { departures, beats, leaves } = open(100);
    const closed = streams.close();
    for (const leave of leaves.slice(50)) leave();
    await vi.advanceTimersByTimeAsync(200);
    await closed;
    expect(departures).toHaveLength(50);
    await vi.advanceTimersByTimeAsync(36_000);
    expect(beats).toEqual([]);
  });
});
