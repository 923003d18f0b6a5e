/** Every open stream of this process, over WebSocket or as Server-Sent Events: kept alive together, and ended with grace. */
import type { Metrics } from '../../metrics.ts';
import { createHeartbeat, type Heartbeat } from './heartbeat.ts';

/** Streams that are told to leave in each millisecond of a stop: their clients come back elsewhere, not all at once. */
const LEAVE_PER_MS = 0.5;
/** The longest that a stop takes for it, however many there are. Milliseconds. */
const LEAVE_WITHIN = 10_000;
const STEP = 20;

/** What each stream is to the others. */
export interface Stream {
  /** Once an interval: asks for a sign of life, or ends what gave none since the last time. */
  beat(): void;
  /** The process stops: come back elsewhere. */
  depart(): void;
}

export interface Streams {
  /** @returns takes it away again. */
  add(transport: 'websocket' | 'sse', stream: Stream): () => void;
  /** No new streams are to be let in. */
  isClosing(): boolean;
  /** Resolves once all were told to leave. */
  close(): Promise<void>;
}

/** @param interval of the signs of life, milliseconds */
export function createStreams({ metrics, interval }: { metrics: Metrics; interval: number }): Streams {
  const heartbeat: Heartbeat = createHeartbeat(interval);
  const open = new Set<Stream>();
  let closing = false;
  return {
    add(transport, stream) {
      open.add(stream);
      metrics.streams.inc({ transport });
      const leave = heartbeat.add(stream);
      return () => {
        if (!open.delete(stream)) return;
        metrics.streams.dec({ transport });
        leave();
      };
    },
    isClosing: () => closing,
    async close() {
      closing = true;
      heartbeat.stop();
      const leaving = [...open];
      const perStep = Math.max(LEAVE_PER_MS * STEP, Math.ceil(leaving.length / (LEAVE_WITHIN / STEP)));
      for (let i = 0; i < leaving.length; i += perStep) {
        if (i > 0) await new Promise((resolve) => setTimeout(resolve, STEP));
        // Some leave by themselves meanwhile.
        for (const stream of leaving.slice(i, i + perStep)) if (open.has(stream)) stream.depart();
      }
    },
  };
}
