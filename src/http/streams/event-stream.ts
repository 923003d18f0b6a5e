/** One event stream and its reader (WHATWG HTML §9.2), events named as graphql-sse names them. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { jitterBetween } from '../../async/backoff.ts';
import type { EventSink } from '../../live/audience.ts';
import type { RenderedEvent } from '../../live/availability.ts';
import type { Metrics } from '../../metrics.ts';
import { CORS_HEADERS } from '../refusal.ts';
import { bytesFlushedBy, createBackpressure } from './backpressure.ts';
import { EVENT_STREAM_TYPE } from './event-params.ts';
import type { OpenStream } from './registry.ts';

/** A browser that is cut off waits so long, by chance, before it comes back by itself. Milliseconds. */
const RETRY_DELAY = { min: 500, max: 2_500 };

const KEEP_ALIVE = ':\n\n';
const COMPLETE = 'event: complete\ndata:\n\n';

export interface EventStream extends OpenStream, EventSink<RenderedEvent> {
  /** Ends it without saying that it is complete: its reader may come back. */
  abort(reason: string): void;
}

export interface EventStreamDeps {
  metrics: Metrics;
  onDrain(): void;
}

/** Sends what comes before the first event. */
export function openEventStream(
  { socket }: IncomingMessage,
  response: ServerResponse,
  { metrics, onDrain }: EventStreamDeps,
): EventStream {
  const backpressure = createBackpressure({
    wire: response,
    bytesFlushed: () => bytesFlushedBy(socket),
    onDrain,
  });
  let wasSilent = false;
  /** Ended by us: what was written may still wait for its reader, and nothing may be written after it. */
  let ended = false;

  function abort(reason: string) {
    if (ended) return;
    ended = true;
    metrics.streamsEnded.inc({ reason });
    response.once('finish', () => socket.end());
    response.end();
  }

  writeHead(response);
  return {
    ready: () => !ended && backpressure.ready(),
    send({ result, etag }) {
      response.cork();
      response.write(`event: next\n${etag === null ? '' : `id: ${etag}\n`}data: `);
      response.write(result);
      response.write('\n\n');
      response.uncork();
    },
    end() {
      if (ended) return;
      ended = true;
      response.end(COMPLETE);
    },
    beat() {
      // An event stream has no answer: a client that takes what is written is alive.
      const isSilent = response.writableLength > 0 && !backpressure.madeProgress();
      if (isSilent && wasSilent) {
        if (!ended) metrics.streamsEnded.inc({ reason: 'silent' });
        response.destroy();
      } else if (!isSilent && !ended) response.write(KEEP_ALIVE);
      wasSilent = isSilent;
    },
    goAway: () => abort('going away'),
    abort,
  };
}

/** A whole stream for an operation that has nothing to follow. */
export function sendSingleResult(response: ServerResponse, result: object) {
  writeHead(response);
  response.end(`event: next\ndata: ${JSON.stringify(result)}\n\n${COMPLETE}`);
}

function writeHead(response: ServerResponse) {
  response.writeHead(200, {
    ...CORS_HEADERS,
    'content-type': `${EVENT_STREAM_TYPE}; charset=utf-8`,
    // No proxy on the way may keep, change or gather what is sent.
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  const retry = Math.round(jitterBetween(RETRY_DELAY.min, RETRY_DELAY.max));
  // A first sign of life: some readers wait for one before they tell that the stream is open.
  response.write(`${KEEP_ALIVE}retry: ${retry}\n\n`);
}

/** Is nobody there any more? */
export const isDisconnected = ({ socket }: IncomingMessage, response: ServerResponse) =>
  response.closed || socket.destroyed;

/** Once the answer is over, or its connection: Node doesn't tell the latter to an answer whose turn had not come. */
export function onDisconnect({ socket }: IncomingMessage, response: ServerResponse, callback: () => void) {
  const once = () => {
    response.off('close', once);
    socket.off('close', once);
    callback();
  };
  response.once('close', once);
  socket.once('close', once);
}
