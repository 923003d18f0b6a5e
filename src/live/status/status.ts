/** Calendars whose watch or sync state changes, for operators: found by invalidations, and by polling what those missed. */
import { parseKey } from '../../cache/keys.ts';
import type { Topics } from '../../cache/port.ts';
import type { Metrics } from '../../metrics.ts';
import { SECOND } from '../../time/clock.ts';
import { createCoalescingQueue } from '../coalescing-queue.ts';
import { createSourceStream, type SourceStream } from '../source-stream.ts';
import {
  type CalendarTracker,
  type CalendarTrackerDeps,
  createCalendarTracker,
  type StatusSubscriber,
} from './tracker.ts';

/** How often all calendars are compared: invalidations may be lost, and a channel expires without one. */
export const STATUS_POLL_INTERVAL = 30 * SECOND;

export interface CalendarStatus {
  /**
   * Ids of calendars, each soon after its state has changed: of one host, or of the whole organisation (null). Changes after
   * this has resolved are in the stream.
   */
  subscribe(organisation: string, host: string | null): Promise<SourceStream<string>>;
  close(): void;
}

export interface CalendarStatusDeps extends CalendarTrackerDeps {
  topics: Topics;
  metrics: Metrics;
}

export function createCalendarStatus(deps: CalendarStatusDeps): CalendarStatus {
  const { topics, metrics } = deps;
  /** By organisation. */
  const trackers = new Map<string, CalendarTracker>();
  let closed = false;

  function markChanged(calendar: string) {
    const owner = [...trackers.values()].find((tracker) => tracker.has(calendar));
    // A calendar that no tracker has may be new to any of them.
    for (const tracker of owner ? [owner] : trackers.values()) tracker.markChanged(calendar);
  }

  function markAllChanged() {
    for (const tracker of trackers.values()) tracker.markChanged(null);
  }

  const unsubscribe = topics.subscribe({
    onInvalidation({ key }) {
      const parsed = parseKey(key);
      if (parsed?.kind === 'busy' || parsed?.kind === 'watch') markChanged(parsed.id);
    },
    onReconnect: markAllChanged,
  });
  const timer = setInterval(markAllChanged, STATUS_POLL_INTERVAL);
  timer.unref();

  function open(organisation: string): CalendarTracker {
    const tracker = createCalendarTracker(organisation, deps);
    trackers.set(organisation, tracker);
    return tracker;
  }

  function join(organisation: string, tracker: CalendarTracker, subscriber: StatusSubscriber) {
    tracker.subscribers.add(subscriber);
    metrics.subscriptions.inc();
    return () => {
      if (!tracker.subscribers.delete(subscriber)) return;
      metrics.subscriptions.dec();
      if (tracker.subscribers.size === 0 && trackers.get(organisation) === tracker)
        trackers.delete(organisation);
    };
  }

  return {
    async subscribe(organisation, host) {
      const tracker = trackers.get(organisation) ?? open(organisation);
      const queue = createCoalescingQueue();
      const leave = join(organisation, tracker, { host, notify: queue.add, end: queue.end });
      try {
        await tracker.ready;
      } catch (error) {
        leave();
        throw error;
      }
      if (closed) queue.end();
      return createSourceStream<string>({
        leave,
        single: (sink) => queue.subscribe(sink, (id) => id, leave),
        shared: (_words, render, sink) => queue.subscribe(sink, render, leave),
        etagOf: () => null,
      });
    },
    close() {
      closed = true;
      unsubscribe();
      clearInterval(timer);
      for (const { subscribers } of trackers.values()) for (const { end } of [...subscribers]) end();
    },
  };
}
