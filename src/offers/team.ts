/** The starts that an event type's hosts offer together: every host by itself, then the team's rule. */
import { type HostStarts, type HostTime, hostStarts } from '../availability/host-starts.ts';
import type { EventTypeOffer } from '../availability/rules.ts';
import { type TeamStarts, teamStarts } from '../availability/teams.ts';
import type { Instant } from '../time/clock.ts';
import { hostTime } from './host-time.ts';
import type { HostSources } from './sources.ts';

export interface TeamQuery {
  /** Half-open [from, to). */
  from: Instant;
  to: Instant;
  now: Instant;
  /** The hold or booking whose own time doesn't count; null: none. */
  without: string | null;
  /** Ids of the hosts that the policy lets be offered. */
  usable: ReadonlySet<string>;
}

export const NO_STARTS: HostStarts = { starts: new Float64Array(), left: new Uint32Array() };

/** One entry per host of the event type, in its order; undefined for a host that can't be offered. */
export function offeredHosts(
  type: EventTypeOffer,
  hosts: readonly HostSources[],
  usable: TeamQuery['usable'],
): (HostSources | undefined)[] {
  const byId = new Map(hosts.map((found) => [found.host.id, found]));
  return type.hosts.map((id) => (type.rules.active && usable.has(id) ? byId.get(id) : undefined));
}

/** One entry per host of the event type, in its order, for the given time of each host. */
export function startsOfHosts(
  type: EventTypeOffer,
  hosts: readonly HostSources[],
  { from, to, now, usable }: Omit<TeamQuery, 'without'>,
  timeOf: (host: HostSources) => HostTime,
): HostStarts[] {
  return offeredHosts(type, hosts, usable).map((found) =>
    found ? hostStarts(type, timeOf(found), { from, to }, now) : NO_STARTS,
  );
}

/** The starts that the hosts offer together, found at once: for windows of one start. */
export function teamOffer(type: EventTypeOffer, hosts: readonly HostSources[], query: TeamQuery): TeamStarts {
  const timeOf = (host: HostSources) => hostTime(host, type.rules.tentativeBlocks, query.without);
  return teamStarts(type, startsOfHosts(type, hosts, query, timeOf));
}
