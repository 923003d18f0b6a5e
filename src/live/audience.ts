/**
 * Viewers who follow one question in the same words. Each event is rendered once, and each viewer gets what leads from
 * what they hold to what is; one who can take no more just now gets a single event once they can.
 */
import type { Availability } from '../offers/query.ts';
import { type AvailabilityEvent, differs, eventTo, type KnownSlots } from './delta.ts';
import type { Group, Made } from './shared-query.ts';

/** Where one viewer's events go. */
export interface Sink<F> {
  /** False while it can take no more. Whoever said so calls the seat's `resume` once it can. */
  ready(): boolean;
  send(frame: F): void;
  /** No more will come. */
  end(): void;
}

/** One viewer's place. */
export interface Seat {
  resume(): void;
  /** Idempotent; nothing is sent from then on. */
  leave(): void;
}

/** What a viewer begins with. */
export interface Beginning {
  /** Told before anything else; null: whatever is the latest. */
  first: Availability | null;
  /** What the viewer holds already. */
  holds: KnownSlots | null;
}

/** What is sent of an event. Never rejects. */
export type Render<E, F> = (event: E) => F | Promise<F>;

export interface Audience<F> {
  sit(sink: Sink<F>, beginning: Beginning, left: () => void): Seat;
}

interface Viewer<F> {
  sink: Sink<F>;
  first: Availability | null;
  holds: KnownSlots | null;
  /** The last answer that this viewer was told of or need not be told of; null: none. */
  told: Availability | null;
  turn: number;
  behind: boolean;
  left: boolean;
  leave(): void;
}

/** Viewers who are told in one go, before others get their turn on the thread. */
const AT_ONCE = 200;

/** `render`: called at most once for all viewers who hold the same. `emptied`: its last viewer has left. */
export function createAudience<F extends object>(
  group: Group,
  render: Render<AvailabilityEvent, F>,
  emptied: () => void = () => {},
): Audience<F> {
  const viewers = new Set<Viewer<F>>();
  const frameTo = createFrames(render);
  let telling = false;
  let again = false;
  let unfollow: (() => void) | null = null;

  /** Brings one viewer to the latest answer. @returns what to wait for, when it could not be done at once. */
  function bring(viewer: Viewer<F>): Promise<void> | null {
    while (!viewer.left) {
      const made = nextOf(viewer);
      if (made === null) return finish(viewer);
      const { answer } = made;
      const isHeld = viewer.told ? !differs(viewer.told, answer) : viewer.holds?.etag === answer.etag;
      if (isHeld) {
        settle(viewer, made);
        continue;
      }
      if (!viewer.sink.ready()) {
        viewer.behind = true;
        return null;
      }
      const { holds } = viewer;
      const frame = frameTo(answer, holds);
      if (frame instanceof Promise) {
        return frame.then((rendered) => {
          // Another call may have told this viewer something meanwhile. If not, they get it, though it may no longer be
          // the latest: else nobody would be told anything while answers come faster than they are rendered.
          const isDue = viewer.first ? viewer.first === answer : made.turn > viewer.turn;
          const isNext = isDue && viewer.holds === holds && !viewer.left && viewer.sink.ready();
          if (isNext) give(viewer, made, rendered);
          return bring(viewer) ?? undefined;
        });
      }
      give(viewer, made, frame);
    }
    return null;
  }

  /** What this viewer is to be told of, if it is news to them; null: they were told of the latest. */
  function nextOf({ first, turn }: Viewer<F>): Made | null {
    if (first) return { turn, answer: first };
    const made = group.latest();
    return made && made.turn > turn ? made : null;
  }

  function give(viewer: Viewer<F>, made: Made, frame: F) {
    viewer.holds = made.answer;
    settle(viewer, made);
    viewer.sink.send(frame);
  }

  function settle(viewer: Viewer<F>, { turn, answer }: Made) {
    viewer.told = answer;
    viewer.turn = turn;
    viewer.first = null;
  }

  function finish(viewer: Viewer<F>): null {
    if (!group.over()) return null;
    viewer.leave();
    viewer.sink.end();
    return null;
  }

  /** Brings all to the latest answer, one round after another. */
  async function tell() {
    again = true;
    if (telling) return;
    telling = true;
    try {
      while (again) {
        again = false;
        let told = 0;
        for (const viewer of viewers) {
          if (viewer.behind) continue;
          const wait = bring(viewer);
          if (wait) await wait;
          if (++told % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
        }
      }
    } finally {
      telling = false;
    }
  }

  return {
    sit(sink, { first, holds }, left) {
      const viewer: Viewer<F> = {
        ...{ sink, first, holds, told: null, turn: 0, behind: false, left: false },
        leave() {
          if (viewer.left) return;
          viewer.left = true;
          viewers.delete(viewer);
          if (viewers.size === 0) {
            unfollow?.();
            unfollow = null;
            emptied();
          }
          left();
        },
      };
      viewers.add(viewer);
      unfollow ??= group.follow(() => void tell());
      void bring(viewer);
      return {
        resume() {
          if (!viewer.behind) return;
          viewer.behind = false;
          void bring(viewer);
        },
        leave: viewer.leave,
      };
    },
  };
}

/** Answers whose frames are kept: the latest, and those that viewers who asked for fresher ones begin with. */
const KEPT = 4;

/**
 * What leads to an answer, by what a viewer holds. Kept apart from the answers, which viewers hold for as long as nothing
 * changes: a snapshot weighs more than a viewer.
 */
function createFrames<F extends object>(render: Render<AvailabilityEvent, F>) {
  const byAnswer = new Map<Availability, Map<string | null, F | Promise<F>>>();
  return (to: Availability, holds: KnownSlots | null): F | Promise<F> => {
    const frames = byAnswer.get(to) ?? new Map<string | null, F | Promise<F>>();
    byAnswer.delete(to);
    byAnswer.set(to, frames);
    for (const oldest of byAnswer.keys()) {
      if (byAnswer.size <= KEPT) break;
      byAnswer.delete(oldest);
    }
    const key = holds?.etag ?? null;
    const known = frames.get(key);
    if (known) return known;
    const rendered = render(eventTo(to, holds));
    frames.set(key, rendered);
    if (rendered instanceof Promise) void rendered.then((frame) => frames.set(key, frame));
    return rendered;
  };
}
