/**
 * Viewers who follow one question in the same words. Each event is rendered once, and each viewer gets what leads from
 * what they hold to what is; one who can take no more just now gets a single event once they can.
 */
import type { Availability } from '../offers/query.ts';
import { type AvailabilityUpdate, differs, type KnownSlots, updateFor } from './delta.ts';
import type { Revision, SharedQuery } from './shared-query.ts';

/** Where one viewer's events go. */
export interface EventSink<F> {
  /** False while it can take no more. Whoever said so calls the seat's `resume` once it can. */
  ready(): boolean;
  send(frame: F): void;
  /** No more will come. */
  end(): void;
}

/** One viewer's place. */
export interface Subscription {
  resume(): void;
  /** Idempotent; nothing is sent from then on. */
  unsubscribe(): void;
}

/** What a viewer begins with. */
export interface InitialState {
  /** Told before anything else; null: whatever is the latest. */
  first: Availability | null;
  /** What the viewer holds already. */
  holds: KnownSlots | null;
}

/** What is sent of an event. Never rejects. */
export type Render<E, F> = (event: E) => F | Promise<F>;

export interface Audience<F> {
  subscribe(sink: EventSink<F>, initial: InitialState, onLeave: () => void): Subscription;
}

interface Viewer<F> {
  sink: EventSink<F>;
  first: Availability | null;
  holds: KnownSlots | null;
  /** The last answer that this viewer was told of or need not be told of; null: none. */
  delivered: Availability | null;
  sequence: number;
  behind: boolean;
  closed: boolean;
  unsubscribe(): void;
}

/** Viewers who are told in one go, before others get their turn on the thread. */
const BATCH_SIZE = 200;

/** `render`: called at most once for all viewers who hold the same. `emptied`: its last viewer has left. */
export function createAudience<F extends object>(
  query: SharedQuery,
  render: Render<AvailabilityUpdate, F>,
  onEmpty: () => void = () => {},
): Audience<F> {
  const viewers = new Set<Viewer<F>>();
  const frameFor = createFrameCache(render);
  let delivering = false;
  let rerun = false;
  let stopListening: (() => void) | null = null;

  /** Brings one viewer to the latest answer. @returns what to wait for, when it could not be done at once. */
  function deliver(viewer: Viewer<F>): Promise<void> | null {
    while (!viewer.closed) {
      const revision = nextFor(viewer);
      if (revision === null) return finish(viewer);
      const { answer } = revision;
      const isCurrent = viewer.delivered
        ? !differs(viewer.delivered, answer)
        : viewer.holds?.etag === answer.etag;
      if (isCurrent) {
        markDelivered(viewer, revision);
        continue;
      }
      if (!viewer.sink.ready()) {
        viewer.behind = true;
        return null;
      }
      const { holds } = viewer;
      const frame = frameFor(answer, holds);
      if (frame instanceof Promise) {
        return frame.then((rendered) => {
          // Another call may have told this viewer something meanwhile. If not, they get it, though it may no longer be
          // the latest: else nobody would be told anything while answers come faster than they are rendered.
          const isDue = viewer.first ? viewer.first === answer : revision.sequence > viewer.sequence;
          const isNext = isDue && viewer.holds === holds && !viewer.closed && viewer.sink.ready();
          if (isNext) send(viewer, revision, rendered);
          return deliver(viewer) ?? undefined;
        });
      }
      send(viewer, revision, frame);
    }
    return null;
  }

  /** What this viewer is to be told of, if it is news to them; null: they were told of the latest. */
  function nextFor({ first, sequence }: Viewer<F>): Revision | null {
    if (first) return { sequence, answer: first };
    const revision = query.latest();
    return revision && revision.sequence > sequence ? revision : null;
  }

  function send(viewer: Viewer<F>, revision: Revision, frame: F) {
    viewer.holds = revision.answer;
    markDelivered(viewer, revision);
    viewer.sink.send(frame);
  }

  function markDelivered(viewer: Viewer<F>, { sequence, answer }: Revision) {
    viewer.delivered = answer;
    viewer.sequence = sequence;
    viewer.first = null;
  }

  function finish(viewer: Viewer<F>): null {
    if (!query.isOver()) return null;
    viewer.unsubscribe();
    viewer.sink.end();
    return null;
  }

  /** Brings all to the latest answer, one round after another. */
  async function deliverToAll() {
    rerun = true;
    if (delivering) return;
    delivering = true;
    try {
      while (rerun) {
        rerun = false;
        let count = 0;
        for (const viewer of viewers) {
          if (viewer.behind) continue;
          const pending = deliver(viewer);
          if (pending) await pending;
          if (++count % BATCH_SIZE === 0) await new Promise((resolve) => setImmediate(resolve));
        }
      }
    } finally {
      delivering = false;
    }
  }

  return {
    subscribe(sink, { first, holds }, onLeave) {
      const viewer: Viewer<F> = {
        ...{ sink, first, holds, delivered: null, sequence: 0, behind: false, closed: false },
        unsubscribe() {
          if (viewer.closed) return;
          viewer.closed = true;
          viewers.delete(viewer);
          if (viewers.size === 0) {
            stopListening?.();
            stopListening = null;
            onEmpty();
          }
          onLeave();
        },
      };
      viewers.add(viewer);
      stopListening ??= query.subscribe(() => void deliverToAll());
      void deliver(viewer);
      return {
        resume() {
          if (!viewer.behind) return;
          viewer.behind = false;
          void deliver(viewer);
        },
        unsubscribe: viewer.unsubscribe,
      };
    },
  };
}

/** Answers whose frames are kept: the latest, and those that viewers who asked for fresher ones begin with. */
const MAX_ANSWERS = 4;

/**
 * What leads to an answer, by what a viewer holds. Kept apart from the answers, which viewers hold for as long as nothing
 * changes: a snapshot weighs more than a viewer.
 */
function createFrameCache<F extends object>(render: Render<AvailabilityUpdate, F>) {
  const byAnswer = new Map<Availability, Map<string | null, F | Promise<F>>>();
  return (to: Availability, holds: KnownSlots | null): F | Promise<F> => {
    const frames = byAnswer.get(to) ?? new Map<string | null, F | Promise<F>>();
    byAnswer.delete(to);
    byAnswer.set(to, frames);
    for (const oldest of byAnswer.keys()) {
      if (byAnswer.size <= MAX_ANSWERS) break;
      byAnswer.delete(oldest);
    }
    const key = holds?.etag ?? null;
    const known = frames.get(key);
    if (known) return known;
    const rendered = render(updateFor(to, holds));
    frames.set(key, rendered);
    if (rendered instanceof Promise) void rendered.then((frame) => frames.set(key, frame));
    return rendered;
  };
}
