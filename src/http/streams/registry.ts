/**
 * Every open stream of this process, WebSockets and Server-Sent Events: asked for signs of life, and ended in order.
 */
import type { Metrics } from '../../metrics.ts';

/** Streams that are asked to go away per millisecond of a stop, so that their clients don't reconnect all at once. */
const DEPARTURES_PER_MS = 0.5;
/** The longest time that a stop takes for that, however many streams there are. Milliseconds. */
const DEPARTURES_MAX = 10_000;
const STEP = 20;

/** A stream, as the registry needs it. */
export interface OpenStream {
  /** Called once an interval: asks for a sign of life, or ends the stream when none came since the last call. */
  beat(): void;
  /** The process stops: ends the stream so that its client reconnects elsewhere. */
  goAway(): void;
}

export interface StreamRegistry {
  /** @returns a function that removes the stream. */
  add(transport: 'websocket' | 'sse' | 'long poll', stream: OpenStream): () => void;
  /** Whether new streams must be refused, as the process stops. */
  isClosing(): boolean;
  /** Resolves once all streams were asked to go away. */
  close(): Promise<void>;
}

/** @param interval between signs of life, milliseconds. */
export function createStreamRegistry({
  metrics,
  interval,
}: {
  metrics: Metrics;
  interval: number;
}): StreamRegistry {
  const heartbeat: Heartbeat = createHeartbeat(interval);
  const open = new Set<OpenStream>();
  let closing = false;
  return {
    add(transport, stream) {
      open.add(stream);
      metrics.streams.inc({ transport });
      const stopHeartbeat = heartbeat.add(stream);
      return () => {
        if (!open.delete(stream)) return;
        metrics.streams.dec({ transport });
        stopHeartbeat();
      };
    },
    isClosing: () => closing,
    async close() {
      closing = true;
      heartbeat.stop();
      const departing = [...open];
      const perStep = Math.max(
        DEPARTURES_PER_MS * STEP,
        Math.ceil(departing.length / (DEPARTURES_MAX / STEP)),
      );
      for (let i = 0; i < departing.length; i += perStep) {
        if (i > 0) await new Promise((resolve) => setTimeout(resolve, STEP));
        // Some streams end by themselves meanwhile.
        for (const stream of departing.slice(i, i + perStep)) if (open.has(stream)) stream.goAway();
      }
    },
  };
}

export interface Heartbeat {
  /** @returns a function that removes the target. */
  add(target: Pick<OpenStream, 'beat'>): () => void;
  stop(): void;
}

/** Parts of the interval, each with its share of the streams. */
const BUCKETS = 12;

/** Calls each target once an interval, all by one timer, and never all at once. @param interval milliseconds. */
export function createHeartbeat(interval: number): Heartbeat {
  const buckets = Array.from({ length: BUCKETS }, () => new Set<Pick<OpenStream, 'beat'>>());
  let current = 0;
  const timer = setInterval(() => {
    current = (current + 1) % BUCKETS;
    for (const target of buckets[current] ?? []) target.beat();
  }, interval / BUCKETS);
  timer.unref();
  return {
    add(target) {
      // The bucket whose turn it just was: the target's first beat comes a whole interval later.
      const bucket = buckets[current] ?? new Set();
      bucket.add(target);
      return () => bucket.delete(target);
    },
    stop: () => clearInterval(timer),
  };
}
