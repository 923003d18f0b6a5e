/** One event stream and its reader (WHATWG HTML §9.2), events named as graphql-sse names them. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { jitterBetween } from '../../async/backoff.ts';
import type { Sink } from '../../live/audience.ts';
import type { Frame } from '../../live/availability.ts';
import type { Metrics } from '../../metrics.ts';
import { OPEN } from '../refusal.ts';
import { createOutlet, takenBy } from './backpressure.ts';
import { EVENTS } from './event-params.ts';
import type { Stream } from './streams.ts';

/** A browser that is cut off waits so long, by chance, before it comes back by itself. Milliseconds. */
const RETRY = { least: 500, most: 2_500 };

const ALIVE = ':\n\n';
const COMPLETE = 'event: complete\ndata:\n\n';

export interface EventStream extends Stream, Sink<Frame> {
  /** Ends it without saying that it is complete: its reader may come back. */
  cut(reason: string): void;
}

export interface EventStreamDeps {
  metrics: Metrics;
  drained(): void;
}

/** Sends what comes before the first event. */
export function openEventStream(
  { socket }: IncomingMessage,
  response: ServerResponse,
  { metrics, drained }: EventStreamDeps,
): EventStream {
  const outlet = createOutlet({ wire: response, taken: () => takenBy(socket), drained });
  let wasSilent = false;
  /** Ended by us: what was written may still wait for its reader, and nothing may be written after it. */
  let over = false;

  function cut(reason: string) {
    if (over) return;
    over = true;
    metrics.streamsEnded.inc({ reason });
    response.once('finish', () => socket.end());
    response.end();
  }

  begin(response);
  return {
    ready: () => !over && outlet.ready(),
    send({ result, etag }) {
      response.cork();
      response.write(`event: next\n${etag === null ? '' : `id: ${etag}\n`}data: `);
      response.write(result);
      response.write('\n\n');
      response.uncork();
    },
    end() {
      if (over) return;
      over = true;
      response.end(COMPLETE);
    },
    beat() {
      // Nobody answers here: whoever takes what is written lives.
      const isSilent = response.writableLength > 0 && !outlet.moves();
      if (isSilent && wasSilent) {
        if (!over) metrics.streamsEnded.inc({ reason: 'silent' });
        response.destroy();
      } else if (!isSilent && !over) response.write(ALIVE);
      wasSilent = isSilent;
    },
    depart: () => cut('going away'),
    cut,
  };
}

/** A whole stream for an operation that has nothing to follow. */
export function sendOneEvent(response: ServerResponse, result: object) {
  begin(response);
  response.end(`event: next\ndata: ${JSON.stringify(result)}\n\n${COMPLETE}`);
}

function begin(response: ServerResponse) {
  response.writeHead(200, {
    ...OPEN,
    'content-type': `${EVENTS}; charset=utf-8`,
    // No proxy on the way may keep, change or gather what is sent.
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  const retry = Math.round(jitterBetween(RETRY.least, RETRY.most));
  // A first sign of life: some readers wait for one before they tell that the stream is open.
  response.write(`${ALIVE}retry: ${retry}\n\n`);
}

/** Is nobody there any more? */
export const isGone = ({ socket }: IncomingMessage, response: ServerResponse) =>
  response.closed || socket.destroyed;

/** Once the answer is over, or its connection: Node doesn't tell the latter to an answer whose turn had not come. */
export function onceGone({ socket }: IncomingMessage, response: ServerResponse, tell: () => void) {
  const once = () => {
    response.off('close', once);
    socket.off('close', once);
    tell();
  };
  response.once('close', once);
  socket.once('close', once);
}
