/** STRICT and maxAge: sources that are too old are pulled again before the answer is computed. */
import type { Clock, Instant } from '../time/clock.ts';
import type { HostSources } from './sources.ts';

/** Freshness that a request demands of its sources. */
export interface FreshnessDemand {
  consistency: 'CACHED' | 'STRICT';
  /** Milliseconds; null accepts any age. */
  maxAge: number | null;
}

/** Reads calendars again, joining only pulls that started at `startedAfter` or later; gives up at `deadline`. */
export type RefreshHostCalendars = (
  calendars: readonly string[],
  options: { startedAfter: Instant; deadline: Instant },
) => Promise<void>;

export interface StrictRefresh {
  calendars: RefreshHostCalendars;
  /** STRICT_DEADLINE, milliseconds. */
  deadline: number;
}

/** The result of `read`, after the sources that are too old for `demand` were pulled again. */
export async function readFresh<T>(
  { refresh, clock }: { refresh: StrictRefresh; clock: Clock },
  demand: FreshnessDemand,
  read: () => Promise<T>,
  hostsOf: (found: T) => readonly HostSources[],
): Promise<{ found: T; provenSince: Instant | null }> {
  const now = clock.now();
  const provenSince =
    demand.consistency === 'STRICT' ? now : demand.maxAge === null ? null : now - demand.maxAge;
  const found = await read();
  if (provenSince === null) return { found, provenSince };
  const due = hostsOf(found)
    .flatMap((host) => host.calendars)
    .filter(({ source }) => source.provenAsOf === null || source.provenAsOf < provenSince)
    .map(({ id }) => id);
  if (due.length === 0) return { found, provenSince };
  await refresh.calendars(due, { startedAfter: now, deadline: now + refresh.deadline });
  return { found: await read(), provenSince };
}
