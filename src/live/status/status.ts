/** Calendars as their watch and sync state changes, for operators: told by bells, and by a look now and then at what bells missed. */
import { bellKey, cacheKey, type Topics } from '../../cache/port.ts';
import type { Metrics } from '../../metrics.ts';
import { SECOND } from '../../time/clock.ts';
import { createPending } from '../pending.ts';
import { createWatch, type Watch } from '../subscription.ts';
import { createHealthBoard, type Follower, type HealthBoard, type HealthBoardDeps } from './tracker.ts';

/** Bells may be lost, and a channel expires without one. */
export const LOOK_EVERY = 30 * SECOND;

export interface HealthLive {
  /**
   * Ids of calendars, each as soon as its state has changed: those of one host, or of the whole organisation. What
   * changes once it has resolved is told.
   */
  follow(organisation: string, host: string | null): Promise<Watch<string>>;
  close(): void;
}

export interface HealthLiveDeps extends HealthBoardDeps {
  topics: Topics;
  metrics: Metrics;
}

/** What rings when a calendar's state may have changed. */
const BELLS = [cacheKey.calendar(''), bellKey.channels('')];

export function createHealthLive(deps: HealthLiveDeps): HealthLive {
  const { topics, metrics } = deps;
  /** By organisation. */
  const boards = new Map<string, HealthBoard>();
  let closed = false;

  function ring(calendar: string) {
    const known = [...boards.values()].find((board) => board.knows(calendar));
    // One that nobody knows may be new to any.
    for (const board of known ? [known] : boards.values()) board.ring(calendar);
  }

  function ringAll() {
    for (const board of boards.values()) board.ring(null);
  }

  const deaf = topics.listen({
    ring({ key }) {
      const bell = BELLS.find((each) => key.startsWith(each));
      if (bell !== undefined) ring(key.slice(bell.length));
    },
    reconnected: ringAll,
  });
  const timer = setInterval(ringAll, LOOK_EVERY);
  timer.unref();

  function open(organisation: string): HealthBoard {
    const board = createHealthBoard(organisation, deps);
    boards.set(organisation, board);
    return board;
  }

  function join(organisation: string, board: HealthBoard, follower: Follower) {
    board.followers.add(follower);
    metrics.subscriptions.inc();
    return () => {
      if (!board.followers.delete(follower)) return;
      metrics.subscriptions.dec();
      if (board.followers.size === 0 && boards.get(organisation) === board) boards.delete(organisation);
    };
  }

  return {
    async follow(organisation, host) {
      const board = boards.get(organisation) ?? open(organisation);
      const pending = createPending();
      const leave = join(organisation, board, { host, tell: pending.add, end: pending.end });
      try {
        await board.ready;
      } catch (error) {
        leave();
        throw error;
      }
      if (closed) pending.end();
      return createWatch<string>({
        leave,
        alone: (sink) => pending.sit(sink, (id) => id, leave),
        among: (_words, render, sink) => pending.sit(sink, render, leave),
        etagOf: () => null,
      });
    },
    close() {
      closed = true;
      deaf();
      clearInterval(timer);
      for (const { followers } of boards.values()) for (const { end } of [...followers]) end();
    },
  };
}
