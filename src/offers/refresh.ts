/** STRICT and maxAge: sources that are too old are pulled again before the answer is computed. */
import { type AgeBound, type Arrival, isFromTheFuture, meetsDemand } from '../calendars/source.ts';
import type { Clock } from '../time/clock.ts';
import type { HostSources } from './sources.ts';

/** Freshness that a request demands of its sources. */
export interface FreshnessDemand {
  consistency: 'CACHED' | 'STRICT';
  /** Milliseconds; null accepts any age. */
  maxAge: number | null;
}

/** Reads calendars again by pulls with numbers greater than `after`; gives up after `within` milliseconds. */
export type RefreshHostCalendars = (
  calendars: readonly string[],
  options: { after: number; within: number },
) => Promise<void>;

export interface StrictRefresh {
  /** Draws the number by which the pulls that begin from now on are recognised. */
  arrive(): Promise<Arrival>;
  calendars: RefreshHostCalendars;
  /** STRICT_DEADLINE, milliseconds. */
  deadline: number;
}

/**
 * The result of `read`, after the sources that are too old for `demand` were pulled again.
 * @returns beside it what the answer's sources must meet. A demand that is met by what is stored asks the database for nothing.
 */
export async function readFresh<T>(
  { refresh, clock }: { refresh: StrictRefresh; clock: Clock },
  { consistency, maxAge }: FreshnessDemand,
  read: () => Promise<T>,
  hostsOf: (found: T) => readonly HostSources[],
): Promise<{ found: T; demand: Pick<AgeBound, 'provenSince' | 'readAfter'> }> {
  // An age of nothing is no age: the instants of two machines can't be compared so closely.
  const strict = consistency === 'STRICT' || maxAge === 0;
  const provenSince = strict || maxAge === null ? null : clock.now() - maxAge;
  let readAfter = strict ? await refresh.arrive() : null;
  const found = await read();
  if (provenSince === null && readAfter === null) return { found, demand: { provenSince } };
  const now = clock.now();
  const due = hostsOf(found)
    .flatMap((host) => host.calendars)
    .filter(
      ({ source }) =>
        !meetsDemand(source, { provenSince, readAfter }) || isFromTheFuture(source.provenAsOf ?? 0, now),
    )
    .map(({ id }) => id);
  if (due.length === 0) return { found, demand: { provenSince, readAfter } };
  readAfter ??= await refresh.arrive();
  await refresh.calendars(due, { after: readAfter.number, within: refresh.deadline });
  return { found: await read(), demand: { provenSince, readAfter } };
}
