/** Availability as it changes: a snapshot, then a chain of deltas, each from the etag before it. */
import type { Recent, Topics } from '../cache/port.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import {
  type Availability,
  type AvailabilityQuery,
  type AvailabilityRequest,
  withoutSlots,
} from '../offers/query.ts';
import type { SourceValues } from '../offers/sources.ts';
import type { Clock } from '../time/clock.ts';
import { type Audience, type Beginning, createAudience, type Render } from './audience.ts';
import type { AvailabilityEvent, KnownSlots } from './delta.ts';
import { createLook } from './dispatcher.ts';
import { createGroup, type Group } from './shared-query.ts';
import { decodeSlots, encodeSlots } from './slot-set-codec.ts';
import { createWatch, type Frame, type Watch } from './subscription.ts';
import { createEars } from './subscription-index.ts';

export type { AvailabilityEvent, Frame, Watch };

/** How long a group outlives its last viewer, for those who come back. */
const LINGER = 30_000;

export interface LiveAvailability {
  /**
   * `resumeAfter`: the etag the viewer holds already. Its first answer is made before it resolves.
   * @throws SlotwireError NOT_FOUND
   */
  availability(request: AvailabilityRequest, resumeAfter: string | null): Promise<Watch<AvailabilityEvent>>;
  close(): void;
}

export interface LiveAvailabilityDeps {
  offers: AvailabilityQuery;
  topics: Topics;
  recent: Recent;
  sources: SourceValues;
  clock: Clock;
  metrics: Metrics;
  log: Log;
}

/** One question and those who follow it. */
interface Entry {
  question: string;
  group: Group;
  /** By the words in which they ask. */
  audiences: Map<string, Audience<Frame>>;
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
  const entries = new Map<string, Entry>();
  const ears = createEars();
  let closed = false;
  const look = createLook({ sources, ears, log });
  const deaf = topics.listen({ ring: ({ key }) => look(key), reconnected: () => ears.ring() });

  function open(question: string, request: AvailabilityRequest): Entry {
    const { eventType, from, to, without } = request;
    const group: Group = createGroup({
      compute: () =>
        offers.availability({ eventType, from, to, without, consistency: 'CACHED', maxAge: null }),
      emptied: (last) => withoutSlots(last, request, clock.now()),
      attend: (keys) => ears.attend(group, keys),
      keep: ({ etag, slots }) => void recent.keep(question, etag, encodeSlots(slots)),
      clock,
      log,
    });
    const entry: Entry = { question, group, audiences: new Map(), viewers: 0 };
    // Too late to be told of anything: one answer, then the end.
    if (closed) group.close();
    else entries.set(question, entry);
    return entry;
  }

  function join(request: AvailabilityRequest): { entry: Entry; leave(): void } {
    const { eventType, from, to, without } = request;
    const question = JSON.stringify([eventType, from, to, without]);
    const entry = entries.get(question) ?? open(question, request);
    clearTimeout(entry.end);
    entry.viewers++;
    metrics.subscriptions.inc();
    let left = false;
    return {
      entry,
      leave() {
        if (left) return;
        left = true;
        metrics.subscriptions.dec();
        if (--entry.viewers > 0 || closed) return;
        // What was asked for may not exist: nobody comes back to that.
        if (entry.group.latest() === null) return end(entry);
        entry.end = setTimeout(() => end(entry), LINGER);
        entry.end.unref();
      },
    };
  }

  function end({ question, group }: Entry) {
    group.close();
    ears.drop(group);
    entries.delete(question);
  }

  function audienceOf(
    { group, audiences }: Entry,
    words: string,
    render: Render<AvailabilityEvent, Frame>,
  ): Audience<Frame> {
    const known = audiences.get(words);
    if (known) return known;
    const audience = createAudience(group, render, () => audiences.delete(words));
    audiences.set(words, audience);
    return audience;
  }

  async function firstOf({ group }: Entry, request: AvailabilityRequest): Promise<Availability> {
    if (request.consistency === 'CACHED' && request.maxAge === null) return (await group.current()).answer;
    const first = await offers.availability(request);
    await group.current();
    return first;
  }

  /** The slots that the viewer says to hold, if anybody still knows them. */
  async function heldBy({ group, question }: Entry, etag: string | null, first: Availability) {
    if (etag === null) return null;
    if (etag === first.etag) return { etag, slots: first.slots };
    const known = group.known(etag);
    if (known) return known;
    const bytes = await recent.find(question, etag);
    const slots = bytes && decodeSlots(bytes);
    return slots ? ({ etag, slots } satisfies KnownSlots) : null;
  }

  return {
    async availability(request, resumeAfter) {
      const { entry, leave } = join(request);
      try {
        const first = await firstOf(entry, request);
        const beginning: Beginning = { first, holds: await heldBy(entry, resumeAfter, first) };
        return createWatch({
          leave,
          alone: (sink) => createAudience(entry.group, (event) => event).sit(sink, beginning, leave),
          among: (words, render, sink) => audienceOf(entry, words, render).sit(sink, beginning, leave),
          etagOf: (event) => (event.type === 'delta' ? event.delta.to.etag : event.availability.etag),
        });
      } catch (error) {
        leave();
        throw error;
      }
    },
    close() {
      closed = true;
      deaf();
      for (const { group, end: timer } of entries.values()) {
        clearTimeout(timer);
        group.close();
        ears.drop(group);
      }
      entries.clear();
    },
  };
}
