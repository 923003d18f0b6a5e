/** Availability as it changes: a snapshot, then a chain of deltas, each from the etag before it. */
import { RECENT_SLOT_SETS, type RecentSlotSets, type Topics } from '../cache/port.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import {
  type Availability,
  type AvailabilityQuery,
  type AvailabilityRequest,
  withoutSlots,
} from '../offers/query.ts';
import { decodeSlotSet, encodeSlotSet } from '../offers/slot-list.ts';
import type { SourceValues } from '../offers/sources.ts';
import type { Clock } from '../time/clock.ts';
import { type Audience, createAudience, type InitialState, type Render } from './audience.ts';
import type { AvailabilityUpdate, KnownSlots } from './delta.ts';
import { createDispatcher, createSubscriptionIndex } from './dispatcher.ts';
import { createFrameBudget } from './frame-budget.ts';
import { createSharedQuery, type SharedQuery } from './shared-query.ts';
import { createSourceStream, type RenderedEvent, type SourceStream } from './source-stream.ts';

export type { AvailabilityUpdate, RenderedEvent, SourceStream };

/** How long a shared query outlives its last viewer, for one who comes back. Milliseconds. */
const LINGER = 30_000;

/** Bytes of rendered events that are kept for viewers to come. A page's week is 30 KB, the longest event of the public 4 MiB. */
const FRAMES_MAX = 48 * 1024 * 1024;

export interface LiveAvailability {
  /**
   * Resolves once the first answer is computed.
   * @param resumeAfter the etag of the slots that the client holds already; null: none.
   * @throws SlotwireError NOT_FOUND
   */
  availability(
    request: AvailabilityRequest,
    resumeAfter: string | null,
  ): Promise<SourceStream<AvailabilityUpdate>>;
  close(): void;
}

export interface LiveAvailabilityDeps {
  offers: AvailabilityQuery;
  topics: Topics;
  recent: RecentSlotSets;
  sources: SourceValues;
  clock: Clock;
  metrics: Metrics;
  log: Log;
}

/** Requests of one key share their answers. What clients resume from is kept by it. */
const queryKeyOf = (request: AvailabilityRequest) => {
  const { eventType, from, to, without, length = null, nextAvailable } = request;
  return `${JSON.stringify([eventType, from, to, without, length])}${nextAvailable ? ' next' : ''}`;
};

/** Of the request for the same slots that asks, or doesn't ask, for the start after them. */
const siblingKeyOf = (request: AvailabilityRequest) =>
  queryKeyOf({ ...request, nextAvailable: !request.nextAvailable });

/** A shared query with its audiences. */
interface OpenQuery {
  queryKey: string;
  query: SharedQuery;
  /** By selection key. */
  audiences: Map<string, Audience<RenderedEvent>>;
  viewers: number;
  end?: NodeJS.Timeout;
}

export function createLiveAvailability({
  offers,
  topics,
  recent,
  sources,
  clock,
  metrics,
  log,
}: LiveAvailabilityDeps): LiveAvailability {
  const openQueries = new Map<string, OpenQuery>();
  const subscriptions = createSubscriptionIndex();
  const frames = createFrameBudget(FRAMES_MAX);
  let closed = false;
  const dispatch = createDispatcher({ sources, subscriptions, log });
  const unsubscribe = topics.subscribe({
    onInvalidation: ({ key }) => dispatch(key),
    onReconnect: () => subscriptions.notify(),
  });

  // How old anything is can't be known any more, or can be again.
  const unwatchClock = clock.onTrustChange?.(() => subscriptions.notify());

  function open(queryKey: string, request: AvailabilityRequest): OpenQuery {
    const query: SharedQuery = createSharedQuery({
      compute: () => offers.availability({ ...request, consistency: 'CACHED', maxAge: null }),
      finalResult: (last) => withoutSlots(last, request, clock.now()),
      subscribeToKeys: (keys) => subscriptions.subscribe(query, keys),
      async saveSlots({ etag, slots }, facts) {
        const bytes = encodeSlotSet(slots, RECENT_SLOT_SETS.maxBytes);
        return bytes && recent.save(queryKey, etag, bytes, facts);
      },
      clock,
      log,
    });
    const openQuery: OpenQuery = { queryKey, query, audiences: new Map(), viewers: 0 };
    // The gateway stops: the viewer gets one answer, then the end.
    if (closed) query.close();
    else openQueries.set(queryKey, openQuery);
    return openQuery;
  }

  function join(request: AvailabilityRequest): { openQuery: OpenQuery; leave(): void } {
    const queryKey = queryKeyOf(request);
    const openQuery = openQueries.get(queryKey) ?? open(queryKey, request);
    clearTimeout(openQuery.end);
    openQuery.viewers++;
    metrics.subscriptions.inc();
    let hasLeft = false;
    return {
      openQuery,
      leave() {
        if (hasLeft) return;
        hasLeft = true;
        metrics.subscriptions.dec();
        if (--openQuery.viewers > 0 || closed) return;
        // What was asked for may not exist, and no viewer comes back to that.
        if (openQuery.query.latest() === null) return end(openQuery);
        openQuery.end = setTimeout(() => end(openQuery), LINGER);
        openQuery.end.unref();
      },
    };
  }

  function end({ queryKey, query }: OpenQuery) {
    query.close();
    subscriptions.unsubscribe(query);
    openQueries.delete(queryKey);
  }

  function audienceFor(
    { query, audiences }: OpenQuery,
    selectionKey: string,
    render: Render<AvailabilityUpdate, RenderedEvent>,
  ): Audience<RenderedEvent> {
    const existing = audiences.get(selectionKey);
    if (existing) return existing;
    const audience = createAudience(
      query,
      render,
      () => audiences.delete(selectionKey),
      ({ result }, forget) => frames.keep(result.length, forget),
    );
    audiences.set(selectionKey, audience);
    return audience;
  }

  async function firstAnswer({ query }: OpenQuery, request: AvailabilityRequest): Promise<Availability> {
    if (request.consistency === 'CACHED' && request.maxAge === null) return (await query.current()).answer;
    const first = await offers.availability(request);
    await query.current();
    return first;
  }

  /** The slots that the client says to hold, if this or any gateway still has them. */
  async function findClientSlots(
    { query, queryKey }: OpenQuery,
    request: AvailabilityRequest,
    etag: string | null,
    first: Availability,
  ) {
    if (etag === null) return null;
    if (etag === first.etag) return { etag, slots: first.slots };
    const existing = query.recall(etag);
    if (existing) return existing;
    const bytes = (await recent.find(queryKey, etag)) ?? (await recent.find(siblingKeyOf(request), etag));
    const slots = bytes && decodeSlotSet(bytes);
    return slots ? ({ etag, slots } satisfies KnownSlots) : null;
  }

  return {
    async availability(request, resumeAfter) {
      const { openQuery, leave } = join(request);
      try {
        const first = await firstAnswer(openQuery, request);
        const clientSlots = await findClientSlots(openQuery, request, resumeAfter, first);
        const isSame = clientSlots?.etag === first.etag;
        const initial: InitialState = {
          ...{ first, clientSlots },
          clientHasFacts: isSame && (await openQuery.query.holdsFacts(first)),
        };
        return createSourceStream({
          leave,
          single: (sink) => createAudience(openQuery.query, (event) => event).subscribe(sink, initial, leave),
          shared: (selectionKey, render, sink) =>
            audienceFor(openQuery, selectionKey, render).subscribe(sink, initial, leave),
          etagOf: (event) => (event.type === 'delta' ? event.delta.to.etag : event.availability.etag),
        });
      } catch (error) {
        leave();
        throw error;
      }
    },
    close() {
      closed = true;
      unsubscribe();
      unwatchClock?.();
      for (const { query, end: timer } of openQueries.values()) {
        clearTimeout(timer);
        query.close();
        subscriptions.unsubscribe(query);
      }
      openQueries.clear();
    },
  };
}
