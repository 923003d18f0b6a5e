/** STRICT reads: calendars are pulled at once, by one pull for all requests that it can serve. */

import { DeadlineError, withDeadline } from '../async/deadline.ts';
import { createSingleFlight } from '../async/single-flight.ts';
import type { Log } from '../log.ts';
import type { Clock, Instant } from '../time/clock.ts';
import type { Puller } from './pull/pull.ts';

/** Resolves when every calendar has been pulled, by a pull that started at `startedAfter` or later; at `deadline` at the latest. */
export type RefreshCalendars = (
  calendars: readonly string[],
  options: { startedAfter: Instant; deadline: Instant },
) => Promise<void>;

export interface Refresher {
  refresh: RefreshCalendars;
  /** Aborts the pulls that run for `refresh`: they give their leases back, and their calendars are due. */
  close(): Promise<void>;
}

/** Of each calendar one refresh runs, and one more waits for its end to serve the requests that came too late for it. */
export function createRefresher({
  puller,
  clock,
  log,
}: {
  puller: Puller;
  clock: Clock;
  log: Log;
}): Refresher {
  const pulls = createSingleFlight<Instant, unknown>({
    work: (calendar, startedAfter, signal) =>
      puller
        .pull(calendar, { basis: 'STRICT', startedAfter, signal })
        .catch((error: unknown) => log.error({ err: error, calendar }, 'refresh failed')),
    mode: (underWay, startedAfter) => underWay >= startedAfter,
    merge: Math.max,
  });

  return {
    async refresh(calendars, { startedAfter, deadline }) {
      const all = () =>
        Promise.all([...new Set(calendars)].map((calendar) => pulls.run(calendar, startedAfter)));
      await withDeadline(Math.max(0, deadline - clock.now()), undefined, all).catch((error: unknown) => {
        if (!(error instanceof DeadlineError)) throw error;
      });
    },
    close: () => pulls.close(),
  };
}
