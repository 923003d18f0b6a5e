/** Subscriptions as Server-Sent Events: who may follow what, each request a stream of its own. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { badInput, SlotwireError } from '../../errors.ts';
import type { Viewer } from '../../graphql/context.ts';
import type { KeyWatch } from '../../graphql/key-watch.ts';
import { isLimited, rateLimited } from '../../graphql/limits.ts';
import type { Subscribed } from '../../graphql/shared-subscription.ts';
import type { Seat } from '../../live/audience.ts';
import type { Metrics } from '../../metrics.ts';
import { SECOND } from '../../time/clock.ts';
import type { AddressOf } from '../address.ts';
import { type Admit, introductionOf } from '../admission.ts';
import { readBody } from '../body.ts';
import type { AddressLimits } from '../limits.ts';
import { OPEN, refuse } from '../refusal.ts';
import { asks, paramsOfAddress, paramsOfBody } from './event-params.ts';
import { isGone, onceGone, openEventStream, sendOneEvent } from './event-stream.ts';
import type { Operations, Prepared } from './operations.ts';
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

export function createEvents(deps: EventsDeps) {
  const { operations, admit, addressOf, limits, keys, streams, metrics } = deps;

  async function stream(
    request: IncomingMessage,
    response: ServerResponse,
    { args }: Prepared,
    address: string,
  ) {
    const { viewer } = args.contextValue;
    if (streams.isClosing()) return refuseClosing(response);
    if (isGone(request, response)) return;
    const leavePlace = isLimited(viewer) ? limits.stream(address) : () => {};
    if (!leavePlace) return refuse(response, [operations.told(rateLimited(10 * SECOND))]);
    onceGone(request, response, leavePlace);
    // From now on: its key may be revoked while the first answer is made.
    const grant = { ended: false, end: () => {} };
    const release = keys.hold(viewer, () => {
      grant.ended = true;
      grant.end();
    });
    onceGone(request, response, release);
    const subscribed = await operations.subscribe(args);
    if (!('sit' in subscribed)) return sendOneEvent(response, { errors: subscribed });
    const gone = isGone(request, response);
    if (!gone && !grant.ended && !streams.isClosing()) {
      grant.end = follow(request, response, subscribed);
      return;
    }
    subscribed.leave();
    if (gone) return;
    if (grant.ended) refuse(response, [operations.told(keyEnded())]);
    else refuseClosing(response);
  }

  /** @returns ends it for want of a key */
  function follow(request: IncomingMessage, response: ServerResponse, subscribed: Subscribed): () => void {
    let seat: Seat | null = null;
    const sent = openEventStream(request, response, { metrics, drained: () => seat?.resume() });
    const leaveStreams = streams.add('sse', sent);
    onceGone(request, response, () => {
      leaveStreams();
      (seat ?? subscribed).leave();
    });
    seat = subscribed.sit(sent);
    return () => sent.cut('forbidden');
  }

  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<Handled> => {
    if (!asks(request)) return {};
    // A connection that has ended names none.
    const address = addressOf(request);
    const body = request.method === 'POST' ? await readBody(request, deps.largest) : undefined;
    try {
      const viewer = await admit(introductionOf(request), address);
      if (body === null) {
        refuse(response, [operations.told(tooLong(deps.largest))], 413);
        return 'answered';
      }
      const params = body ? paramsOfBody(body) : paramsOfAddress(url);
      const lastEventId = request.headers['last-event-id'];
      const prepared = operations.prepare(params, viewer, lastEventId ? String(lastEventId) : null);
      if ('errors' in prepared) refuse(response, prepared.errors);
      else if (prepared.kind !== 'subscription') return { viewer, ...(body ? { body } : {}) };
      else await stream(request, response, prepared, address);
    } catch (error) {
      refuse(response, [operations.told(error)]);
    }
    return 'answered';
  };
}

const keyEnded = () => new SlotwireError('UNAUTHENTICATED', 'This key was revoked or has ended.');

/** Of a body. */
export const tooLong = (largest: number) => badInput('body', `is longer than ${largest} bytes`);

/** The process stops: another one, or the next, answers in a moment. */
const refuseClosing = (response: ServerResponse) =>
  void response.writeHead(503, { ...OPEN, 'retry-after': '1', connection: 'close' }).end();
