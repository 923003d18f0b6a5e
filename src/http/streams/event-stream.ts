/** One event stream (WHATWG HTML §9.2), with the event names of graphql-sse. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { jitterBetween } from '../../async/backoff.ts';
import type { EventSink } from '../../live/audience.ts';
import type { RenderedEvent } from '../../live/availability.ts';
import type { Metrics } from '../../metrics.ts';
import { CORS_HEADERS } from '../refusal.ts';
import { bytesFlushedBy, createBackpressure } from './backpressure.ts';
import { EVENT_STREAM_TYPE } from './event-params.ts';
import type { OpenStream } from './registry.ts';

/** A browser reconnects after a random time between these. Milliseconds. */
const RETRY_DELAY = { min: 500, max: 2_500 };

const KEEP_ALIVE = ':\n\n';
const COMPLETE = 'event: complete\ndata:\n\n';

export interface EventStream extends OpenStream, EventSink<RenderedEvent> {
  /** Ends the stream without `complete`, so that its client may come back. */
  abort(reason: string): void;
}

export interface EventStreamDeps {
  metrics: Metrics;
  onDrain(): void;
}

/** Sends the headers and a first comment. */
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
  /** Ended by the gateway: written bytes may still wait for the client, and nothing more may be written. */
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
      // A client sends nothing here: one that takes the written bytes is alive.
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

/** A whole stream for an operation without a subscription. */
export function sendSingleResult(response: ServerResponse, result: object) {
  writeHead(response);
  response.end(`event: next\ndata: ${JSON.stringify(result)}\n\n${COMPLETE}`);
}

function writeHead(response: ServerResponse) {
  response.writeHead(200, {
    ...CORS_HEADERS,
    'content-type': `${EVENT_STREAM_TYPE}; charset=utf-8`,
    // No proxy on the way may store, change or buffer the stream.
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  const retry = Math.round(jitterBetween(RETRY_DELAY.min, RETRY_DELAY.max));
  // A first comment, as some clients wait for a byte before they report the stream as open.
  response.write(`${KEEP_ALIVE}retry: ${retry}\n\n`);
}

/** Whether the client has gone. */
export const isDisconnected = ({ socket }: IncomingMessage, response: ServerResponse) =>
  response.closed || socket.destroyed;

/**
 * Calls back once the answer is over, or its connection: Node doesn't report the latter to an answer that has not
 * started.
 */
export function onDisconnect({ socket }: IncomingMessage, response: ServerResponse, callback: () => void) {
  const once = () => {
    response.off('close', once);
    forget();
    callback();
  };
  response.once('close', once);
  const forget = onceClosed(socket, once);
}

/** By connection. Each has one listener, as the answers that wait on it are many and want to know more than once. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/** @returns a function that takes the callback back */
function onceClosed(socket: Socket, callback: () => void): () => void {
  const known = waiting.get(socket);
  const callbacks = known ?? new Set();
  callbacks.add(callback);
  if (!known) {
    waiting.set(socket, callbacks);
    socket.once('close', () => {
      for (const each of callbacks) each();
    });
  }
  return () => callbacks.delete(callback);
}
