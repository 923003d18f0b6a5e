/** Subscriptions as Server-Sent Events (WHATWG HTML §9.2), each a stream of its own, named as graphql-sse names them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SECOND } from '../clock.ts';
import { SlotwireError } from '../errors.ts';
import type { Viewer } from '../graphql/context.ts';
import type { KeyWatch } from '../graphql/key-watch.ts';
import { isLimited, rateLimited } from '../graphql/limits.ts';
import type { Subscribed } from '../graphql/shared-subscription.ts';
import type { Seat } from '../live/audience.ts';
import type { Frame } from '../live/live.ts';
import type { Metrics } from '../metrics.ts';
import type { AddressOf } from './address.ts';
import { type Admit, introductionOf } from './admission.ts';
import { readBody } from './body.ts';
import { asks, EVENTS, paramsOfAddress, paramsOfBody } from './event-params.ts';
import type { AddressLimits } from './limits.ts';
import type { Operations, Prepared } from './operations.ts';
import { createOutlet, takenBy } from './outlet.ts';
import { refuse } from './refusal.ts';
import type { Streams } from './streams.ts';

export interface EventsDeps {
  operations: Operations;
  admit: Admit;
  addressOf: AddressOf;
  limits: AddressLimits;
  keys: KeyWatch;
  streams: Streams;
  /** Largest body, bytes. */
  largest: number;
  metrics: Metrics;
}

/** What became of a request: answered, or left to whoever answers the others, with its body when that was read. */
export type Handled = 'answered' | { viewer?: Viewer; body?: Buffer };

/** A browser that is cut off waits so long, by chance, before it comes back by itself. Milliseconds. */
const RETRY = { least: 500, most: 2_500 };

export function createEvents(deps: EventsDeps) {
  const { operations, admit, addressOf, limits, keys, streams, metrics } = deps;

  async function stream(request: IncomingMessage, response: ServerResponse, { args }: Prepared) {
    // Whoever has left meanwhile gives nothing back any more.
    if (response.closed) return;
    const { viewer } = args.contextValue;
    const leavePlace = isLimited(viewer) ? limits.stream(addressOf(request)) : () => {};
    if (!leavePlace) return refuse(response, [operations.told(rateLimited(10 * SECOND))]);
    response.once('close', leavePlace);
    // From now on: its key may be revoked while the first answer is made.
    const grant = { ended: false, end: () => {} };
    response.once(
      'close',
      keys.hold(viewer, () => {
        grant.ended = true;
        grant.end();
      }),
    );
    const subscribed = await operations.subscribe(args);
    if (!('sit' in subscribed)) {
      begin(response);
      response.end(next({ result: JSON.stringify({ errors: subscribed }) }) + COMPLETE);
    } else if (response.closed) subscribed.leave();
    else if (grant.ended) {
      subscribed.leave();
      refuse(response, [
        operations.told(new SlotwireError('UNAUTHENTICATED', 'This key was revoked or has ended.')),
      ]);
    } else grant.end = follow(request, response, subscribed);
  }

  /** @returns ends it for want of a key */
  function follow({ socket }: IncomingMessage, response: ServerResponse, subscribed: Subscribed): () => void {
    let seat: Seat | null = null;
    let wasSilent = false;
    const taken = () => takenBy(socket);
    const outlet = createOutlet({ wire: response, taken, drained: () => seat?.resume() });
    const cut = (reason: string) => {
      metrics.streamsEnded.inc({ reason });
      response.end();
      response.once('finish', () => socket.end());
    };
    const leaveStreams = streams.add('sse', {
      beat() {
        // Nobody answers here: whoever takes what is written lives.
        const isSilent = response.writableLength > 0 && !outlet.moves();
        if (isSilent && wasSilent) {
          metrics.streamsEnded.inc({ reason: 'silent' });
          response.destroy();
        } else if (!isSilent) response.write(ALIVE);
        wasSilent = isSilent;
      },
      depart: () => cut('going away'),
    });
    response.once('close', () => {
      leaveStreams();
      (seat ?? subscribed).leave();
    });
    begin(response);
    seat = subscribed.sit({
      ready: outlet.ready,
      send: (frame) => void response.write(next(frame)),
      end: () => void response.end(COMPLETE),
    });
    return () => cut('forbidden');
  }

  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<Handled> => {
    if (!asks(request)) return {};
    const body = request.method === 'POST' ? await readBody(request, deps.largest) : undefined;
    try {
      const viewer = await admit(introductionOf(request), addressOf(request));
      if (body === null) {
        response.writeHead(413, { connection: 'close' }).end();
        return 'answered';
      }
      const params = body ? paramsOfBody(body) : paramsOfAddress(url);
      const lastEventId = request.headers['last-event-id'];
      const prepared = operations.prepare(params, viewer, lastEventId ? String(lastEventId) : null);
      if ('errors' in prepared) refuse(response, prepared.errors);
      else if (prepared.kind !== 'subscription') return { viewer, ...(body ? { body } : {}) };
      else if (streams.isClosing()) response.writeHead(503, { 'retry-after': '1' }).end();
      else await stream(request, response, prepared);
    } catch (error) {
      refuse(response, [operations.told(error)]);
    }
    return 'answered';
  };
}

const ALIVE = ':\n\n';
const COMPLETE = 'event: complete\ndata:\n\n';

const next = ({ result, etag }: Omit<Frame, 'etag'> & Partial<Frame>) =>
  `event: next\n${etag ? `id: ${etag}\n` : ''}data: ${result}\n\n`;

function begin(response: ServerResponse) {
  response.writeHead(200, {
    'content-type': `${EVENTS}; charset=utf-8`,
    // No proxy on the way may keep, change or gather what is sent.
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    'access-control-allow-origin': '*',
  });
  const retry = Math.round(RETRY.least + Math.random() * (RETRY.most - RETRY.least));
  // A first sign of life: some readers wait for one before they tell that the stream is open.
  response.write(`${ALIVE}retry: ${retry}\n\n`);
}
