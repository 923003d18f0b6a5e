/**
 * The viewers of a shared query whose selection is the same. Each event is rendered once for all of them, and leads from the
 * slots that a viewer holds to the latest answer. A viewer whose stream is not ready is skipped, and gets a single event that
 * leads to the present once the stream is ready again. So nothing is queued for slow viewers.
 */
import type { Availability } from '../offers/query.ts';
import { type AvailabilityUpdate, differs, type KnownSlots, updateFor } from './delta.ts';
import type { Revision, SharedQuery } from './shared-query.ts';

/** The stream that one viewer's events are sent to. */
export interface EventSink<F> {
  /** False while no more events may be sent. The owner of the sink calls the subscription's `resume` once they may. */
  ready(): boolean;
  send(frame: F): void;
  /** No more events will be sent. */
  end(): void;
}

/** One viewer's subscription. */
export interface Subscription {
  resume(): void;
  /** Idempotent. Nothing is sent from then on. */
  unsubscribe(): void;
}

/** Where a viewer starts. */
export interface InitialState {
  /** The answer to deliver before any other; null: the latest one. */
  first: Availability | null;
  /** The slots that the client holds already; null: none. */
  clientSlots: KnownSlots | null;
  /** Whether `first` says nothing that the client doesn't know: it holds its slots, and was given its facts with them. */
  clientHasFacts: boolean;
}

/** Makes of an event what is sent. Never rejects. */
export type Render<E, F> = (event: E) => F | Promise<F>;

export interface Audience<F> {
  subscribe(sink: EventSink<F>, initial: InitialState, onLeave: () => void): Subscription;
}

interface Viewer<F> {
  sink: EventSink<F>;
  first: Availability | null;
  clientSlots: KnownSlots | null;
  clientHasFacts: boolean;
  /** The last answer that was delivered to this viewer, or needn't be; null: none. */
  delivered: Availability | null;
  sequence: number;
  behind: boolean;
  closed: boolean;
  unsubscribe(): void;
}

/** Asks for a place for a frame, as a FrameBudget does. @returns a function that gives it back */
export type KeepFrame<F> = (frame: F, forget: () => void) => () => void;

/** So many viewers are served in a row, before other work gets its turn on the thread. */
const BATCH_SIZE = 200;

/**
 * @param render is called at most once for all viewers who hold the same slots.
 * @param onEmpty is called when the last viewer has left.
 * @param keep says how long rendered events are kept; by default as long as their answers.
 */
export function createAudience<F extends object>(
  query: SharedQuery,
  render: Render<AvailabilityUpdate, F>,
  onEmpty: () => void = () => {},
  keep: KeepFrame<F> = () => () => {},
): Audience<F> {
  const viewers = new Set<Viewer<F>>();
  const frameFor = createFrameCache(render, keep);
  let delivering = false;
  let rerun = false;
  let stopListening: (() => void) | null = null;

  /** Brings one viewer to the latest answer. @returns a promise when an event has to be rendered first. */
  function deliver(viewer: Viewer<F>): Promise<void> | null {
    while (!viewer.closed) {
      const revision = nextFor(viewer);
      if (revision === null) return finish(viewer);
      const { answer } = revision;
      const isCurrent = viewer.delivered
        ? !differs(viewer.delivered, answer)
        : viewer.clientHasFacts && viewer.clientSlots?.etag === answer.etag;
      if (isCurrent) {
        markDelivered(viewer, revision);
        continue;
      }
      if (!viewer.sink.ready()) {
        viewer.behind = true;
        return null;
      }
      const { clientSlots } = viewer;
      const frame = frameFor(answer, clientSlots);
      if (frame instanceof Promise) {
        return frame.then((rendered) => {
          // Another call may have sent this viewer an event meanwhile. If not, the viewer gets this one, although it may no
          // longer be the latest: else no viewer would get any while answers come faster than they are rendered.
          const isDue = viewer.first ? viewer.first === answer : revision.sequence > viewer.sequence;
          const isNext = isDue && viewer.clientSlots === clientSlots && !viewer.closed && viewer.sink.ready();
          if (isNext) send(viewer, revision, rendered);
          return deliver(viewer) ?? undefined;
        });
      }
      send(viewer, revision, frame);
    }
    return null;
  }

  /** The revision to deliver to this viewer next; null: the latest was delivered. */
  function nextFor({ first, sequence }: Viewer<F>): Revision | null {
    if (first) return { sequence, answer: first };
    const revision = query.latest();
    return revision && revision.sequence > sequence ? revision : null;
  }

  function send(viewer: Viewer<F>, revision: Revision, frame: F) {
    viewer.clientSlots = revision.answer;
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

  /** Brings all viewers to the latest answer, one round after another. */
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
    subscribe(sink, { first, clientSlots, clientHasFacts }, onLeave) {
      const viewer: Viewer<F> = {
        ...{ sink, first, clientSlots, clientHasFacts },
        ...{ delivered: null, sequence: 0, behind: false, closed: false },
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

/** The most answers whose rendered events are cached: the latest, and those that viewers who asked for fresher ones start with. */
const MAX_ANSWERS = 4;

/**
 * Rendered events by the answer that they lead to, and by the etag that they start from. They are not kept with the answers:
 * viewers hold an answer for as long as nothing changes, and a rendered snapshot weighs more than a viewer.
 */
function createFrameCache<F extends object>(render: Render<AvailabilityUpdate, F>, keep: KeepFrame<F>) {
  const byAnswer = new Map<Availability, Map<string | null, Entry<F>>>();

  function forget(answer: Availability) {
    for (const { release } of byAnswer.get(answer)?.values() ?? []) release();
    byAnswer.delete(answer);
  }

  return (to: Availability, clientSlots: KnownSlots | null): F | Promise<F> => {
    const frames = byAnswer.get(to) ?? new Map<string | null, Entry<F>>();
    byAnswer.delete(to);
    byAnswer.set(to, frames);
    for (const oldest of byAnswer.keys()) {
      if (byAnswer.size <= MAX_ANSWERS) break;
      forget(oldest);
    }
    const key = clientSlots?.etag ?? null;
    const known = frames.get(key);
    if (known) return known.frame;
    const frame = render(updateFor(to, clientSlots));
    const entry: Entry<F> = { frame, release: () => {} };
    frames.set(key, entry);
    const settle = (rendered: F) => {
      entry.frame = rendered;
      // The answer may have been forgotten while the event was rendered.
      if (byAnswer.get(to) === frames) entry.release = keep(rendered, () => frames.delete(key));
    };
    if (frame instanceof Promise) void frame.then(settle);
    else settle(frame);
    return frame;
  };
}

interface Entry<F> {
  frame: F | Promise<F>;
  /** Gives the frame's place back. */
  release(): void;
}
