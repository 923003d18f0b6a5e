/** Every open stream of this process, over WebSocket or as Server-Sent Events: kept alive together, and ended with grace. */
import type { Metrics } from '../../metrics.ts';
import { createHeartbeat, type Heartbeat } from './heartbeat.ts';

/** Streams that a stop asks to leave in each millisecond: their clients come back elsewhere, not all at once. */
const DEPARTURES_PER_MS = 0.5;
/** The longest that a stop takes for it, however many there are. Milliseconds. */
const DEPARTURES_MAX = 10_000;
const STEP = 20;

/** What each stream is to the others. */
export interface OpenStream {
  /** Once an interval: asks for a sign of life, or ends what gave none since the last time. */
  beat(): void;
  /** The process stops: come back elsewhere. */
  goAway(): void;
}

export interface StreamRegistry {
  /** @returns takes it away again. */
  add(transport: 'websocket' | 'sse', stream: OpenStream): () => void;
  /** No new streams are to be let in. */
  isClosing(): boolean;
  /** Resolves once all streams were asked to leave. */
  close(): Promise<void>;
}

/** @param interval of the signs of life, milliseconds */
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
        // Some leave by themselves meanwhile.
        for (const stream of departing.slice(i, i + perStep)) if (open.has(stream)) stream.goAway();
      }
    },
  };
}
