/** Availability as it changes: a snapshot, then a chain of deltas, each from the etag before it. */
import type { Topics } from '../cache/port.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import {
  type Availability,
  type AvailabilityRequest,
  type Offers,
  withoutSlots,
} from '../offers/availability.ts';
import { type AvailabilityDelta, delta, differs } from './delta.ts';
import { createGroup, type Group } from './group.ts';

/** How long a group outlives its last viewer, for those who come back. */
const LINGER = 30_000;

export type AvailabilityEvent =
  | { type: 'snapshot'; availability: Availability }
  | { type: 'delta'; delta: AvailabilityDelta };

type Events = AsyncGenerator<AvailabilityEvent, void>;

/** One viewer's place in a group, and what it begins with. */
interface Viewing {
  group: Group;
  leave(): void;
  first: Availability;
  /** The group's answer: newer than `first`, or the same. */
  seen: Availability;
}

export interface Live {
  /**
   * `resumeAfter`: the etag the viewer holds already. Its first answer is made before it resolves.
   * @throws SlotwireError NOT_FOUND
   */
  availability(
    request: AvailabilityRequest,
    resumeAfter: string | null,
  ): Promise<AsyncIterableIterator<AvailabilityEvent, void>>;
  close(): void;
}

export interface LiveDeps {
  offers: Offers;
  topics: Topics;
  clock: Clock;
  metrics: Metrics;
  log: Log;
}

export function createLive({ offers, topics, clock, metrics, log }: LiveDeps): Live {
  const groups = new Map<string, { group: Group; viewers: number; end?: NodeJS.Timeout }>();
  let closed = false;

  const deaf = topics.listen({
    ring: ({ key }) => {
      for (const { group } of groups.values()) group.ring(key);
    },
    reconnected: () => {
      for (const { group } of groups.values()) group.ring();
    },
  });

  function join(request: AvailabilityRequest): { group: Group; leave(): void } {
    const { eventType, from, to, without } = request;
    const name = JSON.stringify([eventType, from, to, without]);
    let entry = groups.get(name);
    if (!entry) {
      const compute = () =>
        offers.availability({ eventType, from, to, without, consistency: 'CACHED', maxAge: null });
      const emptied = (last: Availability) => withoutSlots(last, request, clock.now());
      entry = { group: createGroup({ compute, emptied, clock, log }), viewers: 0 };
      // Too late to be told of anything: one answer, then the end.
      if (closed) entry.group.close();
      else groups.set(name, entry);
    }
    const joined = entry;
    clearTimeout(joined.end);
    joined.viewers++;
    metrics.subscriptions.inc();
    return {
      group: joined.group,
      leave() {
        metrics.subscriptions.dec();
        if (--joined.viewers > 0 || closed) return;
        const end = () => {
          joined.group.close();
          groups.delete(name);
        };
        // What was asked for may not exist: nobody comes back to that.
        if (!joined.group.answered()) return end();
        joined.end = setTimeout(end, LINGER);
        joined.end.unref();
      },
    };
  }

  async function* follow(viewer: Viewing, resumeAfter: string | null, signal: AbortSignal): Events {
    const { group, leave, first, seen: newest } = viewer;
    try {
      // What the viewer holds.
      let told = first;
      if (resumeAfter !== told.etag) {
        const known = resumeAfter === null ? undefined : group.known(resumeAfter);
        yield known ? { type: 'delta', delta: delta(known, told) } : { type: 'snapshot', availability: told };
      }
      let seen: Availability | null = newest;
      while (seen !== null) {
        if (differs(told, seen)) {
          yield { type: 'delta', delta: delta(told, seen) };
          told = seen;
        }
        seen = await group.after(seen, signal);
      }
    } finally {
      leave();
    }
  }

  async function enter(request: AvailabilityRequest): Promise<Viewing> {
    const { group, leave } = join(request);
    try {
      if (request.consistency === 'CACHED' && request.maxAge === null) {
        const first = await group.current();
        return { group, leave, first, seen: first };
      }
      const first = await offers.availability(request);
      return { group, leave, first, seen: await group.current() };
    } catch (error) {
      leave();
      throw error;
    }
  }

  return {
    async availability(request, resumeAfter) {
      const viewing = await enter(request);
      const end = new AbortController();
      const events = follow(viewing, resumeAfter, end.signal);
      let begun = false;
      const stop = () => {
        // A generator that waits can't be returned from: end its wait first. One that never began has no finally.
        end.abort();
        if (!begun) viewing.leave();
        begun = true;
      };
      const iterator: AsyncIterableIterator<AvailabilityEvent, void> = {
        next() {
          begun = true;
          return events.next();
        },
        return() {
          stop();
          return events.return();
        },
        throw(error) {
          stop();
          return events.throw(error);
        },
        [Symbol.asyncIterator]: () => iterator,
      };
      return iterator;
    },
    close() {
      closed = true;
      deaf();
      for (const { group, end } of groups.values()) {
        clearTimeout(end);
        group.close();
      }
      groups.clear();
    },
  };
}
