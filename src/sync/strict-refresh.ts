/** STRICT: calendars read anew, at once for all who ask. */

import type { Log } from '../log.ts';
import type { Clock, Instant } from '../time/clock.ts';
import type { Puller } from './pull/pull.ts';

/** Resolves when every calendar was asked anew, by a pull that started at `startedAfter` or later, or at `deadline`. */
export type Refresh = (
  calendars: readonly string[],
  options: { startedAfter: Instant; deadline: Instant },
) => Promise<void>;

export interface Refresher {
  refresh: Refresh;
  /** Ends the pulls that run for it: they give their leases back, and the calendars are due. */
  close(): Promise<void>;
}

interface Flight {
  /** The latest instant that somebody asked for. */
  startedAfter: Instant;
  done: Promise<unknown>;
  end: AbortController;
}

/** Per calendar one refresh runs, and one more gathers whoever came too late for it. */
export function createRefresh({ puller, clock, log }: { puller: Puller; clock: Clock; log: Log }): Refresher {
  const running = new Map<string, Flight>();
  const waiting = new Map<string, Flight>();

  function begin(calendar: string, flight: Flight): Promise<unknown> {
    waiting.delete(calendar);
    running.set(calendar, flight);
    return puller
      .pull(calendar, { basis: 'STRICT', startedAfter: flight.startedAfter, signal: flight.end.signal })
      .catch((error: unknown) => log.error({ err: error, calendar }, 'refresh failed'))
      .finally(() => {
        if (running.get(calendar) === flight) running.delete(calendar);
      });
  }

  function board(calendar: string, startedAfter: Instant): Promise<unknown> {
    const current = running.get(calendar);
    if (current && current.startedAfter >= startedAfter) return current.done;
    const next = waiting.get(calendar);
    if (next) {
      next.startedAfter = Math.max(next.startedAfter, startedAfter);
      return next.done;
    }
    const flight: Flight = { startedAfter, done: Promise.resolve(), end: new AbortController() };
    if (current) waiting.set(calendar, flight);
    flight.done = current ? current.done.then(() => begin(calendar, flight)) : begin(calendar, flight);
    return flight.done;
  }

  return {
    async refresh(calendars, { startedAfter, deadline }) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((resolve) => {
        timer = setTimeout(resolve, Math.max(0, deadline - clock.now()));
      });
      const all = Promise.all([...new Set(calendars)].map((calendar) => board(calendar, startedAfter)));
      await Promise.race([all, late]);
      clearTimeout(timer);
    },
    async close() {
      const flights = [...running.values(), ...waiting.values()];
      for (const { end } of flights) end.abort();
      await Promise.all(flights.map(({ done }) => done));
    },
  };
}
