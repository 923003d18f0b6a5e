/** STRICT reads: calendars are pulled at once, by one pull for all requests that it can serve. */

import { DeadlineError, withDeadline } from '../async/deadline.ts';
import { createSingleFlight } from '../async/single-flight.ts';
import type { Log } from '../log.ts';
import type { Puller } from './pull/pull.ts';

/**
 * Resolves when every calendar has been pulled, by a pull with a number greater than `after`; after `within` milliseconds at
 * the latest.
 */
export type RefreshCalendars = (
  calendars: readonly string[],
  options: { after: number; within: number },
) => Promise<void>;

export interface Refresher {
  refresh: RefreshCalendars;
  /** Aborts the pulls that run for `refresh`: they give their leases back, and their calendars are due. */
  close(): Promise<void>;
}

/** One calendar's pull for all requests that it serves. Requests may join until its number is drawn. */
interface StrictRound {
  /** The greatest number of the requests that it serves. */
  after: number;
  /** The pull's own; null before it is drawn. */
  number: number | null;
  /** Settles when the number that is being drawn is known. */
  drawing: Promise<unknown> | null;
}

/** Of each calendar one refresh runs, and one more waits for its end to serve the requests that came too late for it. */
export function createRefresher({ puller, log }: { puller: Puller; log: Log }): Refresher {
  const underWay = new Map<string, StrictRound>();

  async function pull(calendar: string, round: StrictRound, signal: AbortSignal): Promise<void> {
    underWay.set(calendar, round);
    try {
      await puller.pull(calendar, {
        basis: 'STRICT',
        after: () => round.after,
        onNumber(known) {
          round.drawing = known.then((number) => {
            round.number = number;
            round.drawing = null;
          });
        },
        signal,
      });
    } catch (error) {
      log.error({ err: error, calendar }, 'refresh failed');
    } finally {
      underWay.delete(calendar);
    }
  }

  const rounds = createSingleFlight<StrictRound, void>({
    work: pull,
    mode(round, request) {
      if (round.number !== null) return round.number > request.after;
      round.after = Math.max(round.after, request.after);
      return true;
    },
    merge: (waiting, request) => ({ ...waiting, after: Math.max(waiting.after, request.after) }),
  });

  async function read(calendar: string, after: number): Promise<void> {
    // The number that is being drawn now decides whether that pull began after this request came.
    await underWay.get(calendar)?.drawing;
    await rounds.run(calendar, { after, number: null, drawing: null });
  }

  return {
    async refresh(calendars, { after, within }) {
      const all = () => Promise.all([...new Set(calendars)].map((calendar) => read(calendar, after)));
      await withDeadline(within, undefined, all).catch((error: unknown) => {
        if (!(error instanceof DeadlineError)) throw error;
      });
    },
    close: () => rounds.close(),
  };
}
