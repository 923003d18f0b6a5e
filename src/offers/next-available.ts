/** The first start after a window that is offered now: where a visitor of an empty week finds a time. */
import type { Parts } from '../async/event-loop.ts';
import { createSeekStart, firstTeamStart, NO_START } from '../availability/next-start.ts';
import type { EventTypeOffer } from '../availability/rules.ts';
import { DAY, type Instant } from '../time/clock.ts';
import { hostTime } from './host-time.ts';
import type { HostSources } from './sources.ts';
import { offeredHosts, type TeamQuery } from './team.ts';

/** How far after the window, or after now when that is later, an event type without a horizon is looked at. Milliseconds. */
export const NEXT_REACH = 366 * DAY;
/** A start that its horizon lets in later is looked for so far beyond, and again once that time has passed. Milliseconds. */
const LOOK_AGAIN = DAY;

export interface NextAvailable {
  /** Null: none is offered. */
  start: Instant | null;
  /** Instant at which time alone may make it another one, but for the expiry of a hold; null: never. */
  changesAt: Instant | null;
  /** What lies later than this does not affect it. */
  dependsUntil: Instant;
}

/** @param query its `to` is where the search begins */
export function* findNextAvailable(
  type: EventTypeOffer,
  hosts: readonly HostSources[],
  { to, now, without, usable }: Omit<TeamQuery, 'from'>,
): Parts<NextAvailable> {
  const { active, horizon, minimumNotice, tentativeBlocks, length } = type.rules;
  if (!active) return { start: null, changesAt: null, dependsUntil: to };
  // Without its horizon, so that the next start it lets in is known.
  const unbounded = { ...type, rules: { ...type.rules, horizon: null } };
  const from = Math.max(to, now);
  const until = horizon === null ? from + NEXT_REACH : now + horizon + LOOK_AGAIN;
  const work = { starts: 0 };
  const search = { until, now, work };
  const seekers = offeredHosts(type, hosts, usable).map((found) => {
    return found ? createSeekStart(unbounded, hostTime(found, tentativeBlocks, without), search) : NO_START;
  });
  const first = yield* firstTeamStart(unbounded, seekers, from);
  if (first === null) {
    // Where the search ends moves on with time, unless it was the window's end that it began from.
    const moves = horizon !== null || now >= to;
    return { start: null, changesAt: moves ? now + LOOK_AGAIN : null, dependsUntil: until + length };
  }
  const isWithin = horizon === null || first <= now + horizon;
  return {
    start: isWithin ? first : null,
    changesAt: isWithin ? first - minimumNotice + 1 : first - (horizon ?? 0),
    dependsUntil: first + length,
  };
}
