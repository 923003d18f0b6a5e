/** Offers whose answers the test writes, topics of one process and a clock held in the hand. */
import { vi } from 'vitest';
import { createMemoryCache } from '../../src/cache/memory/cache.ts';
import type { Topics } from '../../src/cache/port.ts';
import type { Issue } from '../../src/calendars/source.ts';
import {
  type AvailabilityUpdate,
  createLiveAvailability,
  type SourceStream,
} from '../../src/live/availability.ts';
import { JOIN_WINDOW } from '../../src/live/join-window.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import type { Availability, AvailabilityRequest, SlotList } from '../../src/offers/query.ts';
import type { SourceValue } from '../../src/offers/sources.ts';
import type { Instant } from '../../src/time/clock.ts';

export const NOW = Date.UTC(2026, 10, 20, 8);

export interface Said {
  starts: readonly number[];
  /** Instead of the one that follows from starts and seats. */
  etag?: string;
  seats?: number;
  complete?: boolean;
  issues?: Issue[];
  keys?: readonly string[];
  /** What was under some of the keys. */
  madeFrom?: Record<string, SourceValue>;
  changesAt?: Instant | null;
  nextAvailable?: Instant | null;
}

export const slotsOf = (starts: readonly number[], seatsLeft = 1): SlotList => ({
  starts: Float64Array.from(starts),
  length: 60_000,
  seats: new Uint32Array(starts.length).fill(seatsLeft),
  teamOf: new Uint32Array(starts.length),
  teams: [[{ id: 'host_1', name: 'Ada', slug: 'ada' }]],
});

export const answerOf = (said: Said, computedAt: Instant = NOW): Availability => ({
  slots: slotsOf(said.starts, said.seats),
  computedAt,
  etag: said.etag ?? `${said.starts.join(',')}/${said.seats ?? 1}`,
  complete: said.complete ?? true,
  freshness: { provenAsOf: computedAt, sources: [] },
  issues: said.issues ?? [],
  changesAt: said.changesAt ?? null,
  ...(said.nextAvailable === undefined ? {} : { nextAvailable: said.nextAvailable }),
  dependencies: new Map((said.keys ?? ['busy:cal_1']).map((key) => [key, said.madeFrom?.[key]])),
  dependencySpan: { from: 0, to: 100 },
});

/** A promise that the test settles. */
export function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** With fake timers: the clock is theirs. */
export function openStage(first: Said = { starts: [1] }) {
  const clock = { now: () => Date.now() };
  const { topics, recent } = createMemoryCache({ clock, maxEntries: 1 });
  const listening = { count: 0, reconnect: () => {} };
  const counted: Topics = {
    ...topics,
    subscribe(listener) {
      listening.count++;
      listening.reconnect = () => listener.onReconnect();
      const unsubscribe = topics.subscribe(listener);
      return () => {
        listening.count--;
        unsubscribe();
      };
    },
  };
  const stage = {
    said: first,
    /** Set to fail. */
    failure: null as Error | null,
    /** Each question, in order. */
    asked: [] as AvailabilityRequest[],
    /** Answers wait for it; what they say was decided before. */
    hold: null as Promise<unknown> | null,
    /** What is under a key, for readers. */
    under: new Map<string, SourceValue>(),
  };
  const metrics = createMetrics();
  const live = createLiveAvailability({
    offers: {
      async availability(request) {
        stage.asked.push(request);
        const { said, failure } = stage;
        await stage.hold;
        if (failure) throw failure;
        return answerOf(said, clock.now());
      },
    },
    topics: counted,
    recent,
    sources: { readValue: async (key) => stage.under.get(key) ?? null },
    clock,
    metrics,
    log: createLog('silent'),
  });
  return {
    stage,
    live,
    topics,
    listening,
    /** One viewer, once others who come at the same time are gathered. */
    async watch(
      resumeAfter: string | null = null,
      more: Partial<AvailabilityRequest> = {},
    ): Promise<SourceStream<AvailabilityUpdate>> {
      const watch = live.availability(
        { eventType: 'et_1', from: 0, to: 100, without: null, consistency: 'CACHED', maxAge: null, ...more },
        resumeAfter,
      );
      watch.catch(() => {});
      await vi.advanceTimersByTimeAsync(JOIN_WINDOW);
      return watch;
    },
    async viewers() {
      const [{ value } = { value: 0 }] = (await metrics.subscriptions.get()).values;
      return value;
    },
  };
}
