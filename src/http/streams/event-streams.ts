/** Subscriptions as Server-Sent Events: each request is a stream of its own. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { badInput, rateLimited, SlotwireError } from '../../errors.ts';
import type { Viewer } from '../../graphql/context.ts';
import type { FieldBudget } from '../../graphql/cost/field-budget.ts';
import type { KeyRevocations } from '../../graphql/key-revocations.ts';
import { isLimited } from '../../graphql/limits.ts';
import type { SharedSubscription } from '../../graphql/shared-subscription.ts';
import type { Subscription } from '../../live/audience.ts';
import type { Metrics } from '../../metrics.ts';
import { SECOND } from '../../time/clock.ts';
import { chargeTo } from '../admission.ts';
import type { AddressLimits } from '../limits.ts';
import { CORS_HEADERS, sendErrors } from '../refusal.ts';
import { acceptsEventStream, paramsFromBody, paramsFromUrl } from './event-params.ts';
import { isDisconnected, onDisconnect, openEventStream, sendSingleResult } from './event-stream.ts';
import type { Operations, Prepared } from './operations.ts';
import type { StreamRegistry } from './registry.ts';

export interface EventsDeps {
  operations: Operations;
  limits: AddressLimits;
  keys: KeyRevocations;
  streams: StreamRegistry;
  metrics: Metrics;
}

/** The fate of a request: answered, or left to Yoga, with its fields when it was weighed. */
export type Handled = 'answered' | { fields?: FieldBudget };

/** Who asks from where, or why the operation was refused. */
export interface Admission {
  address: string;
  viewer?: Viewer;
  refusal?: Error;
}

/** A request whose operation was counted, with its body when it has one. */
export interface AdmittedRequest {
  url: URL;
  body: Buffer | undefined;
  admission: Admission;
}

export function createEvents(deps: EventsDeps) {
  const { operations, limits, keys, streams, metrics } = deps;

  async function startStream(
    request: IncomingMessage,
    response: ServerResponse,
    { args }: Prepared,
    address: string,
  ) {
    const { viewer } = args.contextValue;
    if (streams.isClosing()) return refuseClosing(response);
    if (isDisconnected(request, response)) return;
    const releaseQuota = isLimited(viewer) ? limits.acquireStream(address) : () => {};
    if (!releaseQuota) return sendErrors(response, [operations.maskForStream(rateLimited(10 * SECOND))]);
    onDisconnect(request, response, releaseQuota);
    // Registered now, as the key may be revoked while the first answer is computed.
    const keyState = { ended: false, end: () => {} };
    const release = keys.onEnd(viewer, () => {
      keyState.ended = true;
      keyState.end();
    });
    onDisconnect(request, response, release);
    const refusal = await operations.admit(args);
    if (refusal.length > 0) return sendErrors(response, refusal);
    const prepared = await operations.subscribe(args);
    if (!('subscribe' in prepared)) return sendSingleResult(response, { errors: prepared });
    const disconnected = isDisconnected(request, response);
    if (!disconnected && !keyState.ended && !streams.isClosing()) {
      keyState.end = pipe(request, response, prepared);
      return;
    }
    prepared.unsubscribe();
    if (disconnected) return;
    if (keyState.ended) sendErrors(response, [operations.maskForStream(keyEnded())]);
    else refuseClosing(response);
  }

  /** @returns a function that ends the stream when its key has ended. */
  function pipe(
    request: IncomingMessage,
    response: ServerResponse,
    prepared: SharedSubscription,
  ): () => void {
    let subscription: Subscription | null = null;
    const stream = openEventStream(request, response, { metrics, onDrain: () => subscription?.resume() });
    const unregister = streams.add('sse', stream);
    onDisconnect(request, response, () => {
      unregister();
      (subscription ?? prepared).unsubscribe();
    });
    subscription = prepared.subscribe(stream);
    return () => stream.abort('forbidden');
  }

  return async (
    request: IncomingMessage,
    response: ServerResponse,
    { url, body, admission }: AdmittedRequest,
  ): Promise<Handled> => {
    if (!acceptsEventStream(request)) return {};
    try {
      const { viewer, address, refusal } = admission;
      if (!viewer) throw refusal;
      const params = body ? paramsFromBody(body) : paramsFromUrl(url);
      const lastEventId = request.headers['last-event-id'];
      const caller = { viewer, charge: chargeTo(limits, viewer, address) };
      const prepared = operations.prepare(params, caller, lastEventId ? String(lastEventId) : null);
      if ('errors' in prepared) sendErrors(response, prepared.errors);
      else if (prepared.kind !== 'subscription') {
        // A refusal has its status, which an event of a stream has not.
        const refusal = await operations.admit(prepared.args);
        if (refusal.length === 0) return { fields: prepared.args.contextValue.fields };
        sendErrors(response, refusal);
      } else await startStream(request, response, prepared, address);
    } catch (error) {
      sendErrors(response, [operations.maskForStream(error)]);
    }
    return 'answered';
  };
}

const keyEnded = () => new SlotwireError('UNAUTHENTICATED', 'This key was revoked or has ended.');

/** The error for a request body. */
export const bodyTooLong = (maxBytes: number) => badInput('body', `is longer than ${maxBytes} bytes`);

/** The gateway stops: another one, or the next, answers in a moment. */
const refuseClosing = (response: ServerResponse) =>
  void response.writeHead(503, { ...CORS_HEADERS, 'retry-after': '1', connection: 'close' }).end();
