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

/** One entry per host of the event type, in its order, for the given time of each host. */
export function startsOfHosts(
  type: EventTypeOffer,
  hosts: readonly HostSources[],
  { from, to, now, usable }: Omit<TeamQuery, 'without'>,
  timeOf: (host: HostSources) => HostTime,
): HostStarts[] {
  const byId = new Map(hosts.map((found) => [found.host.id, found]));
  return type.hosts.map((id) => {
    const found = type.rules.active && usable.has(id) ? byId.get(id) : undefined;
    return found ? hostStarts(type, timeOf(found), { from, to }, now) : NO_STARTS;
  });
}

export interface TeamOffer {
  offered: TeamStarts;
  /** Instant at which time alone removes or adds a start, by notice, horizon or the expiry of a hold; null for never. */
  changesAt: Instant | null;
}

export function teamOffer(type: EventTypeOffer, hosts: readonly HostSources[], query: TeamQuery): TeamOffer {
  const { now, without } = query;
  const { horizon, minimumNotice, tentativeBlocks } = type.rules;
  // Without its horizon, so that the next start it lets in is known.
  const unbounded = { ...type, rules: { ...type.rules, horizon: null } };
  const lists = startsOfHosts(unbounded, hosts, query, (host) => hostTime(host, tentativeBlocks, without));
  const all = teamStarts(unbounded, lists);
  const within = horizon === null ? all.starts.length : countUpTo(all.starts, now + horizon);
  const changes: Instant[] = [];
  const [next, first] = [all.starts[within], all.starts[0]];
  if (next !== undefined) changes.push(next - (horizon ?? 0));
  if (within > 0 && first !== undefined) changes.push(first - minimumNotice + 1);
  for (const { native } of hosts) {
    for (const { expiresAt, owner } of native) {
      if (expiresAt !== null && expiresAt > now && owner !== without) changes.push(expiresAt);
    }
  }
  return { offered: takeFirst(all, within), changesAt: changes.length === 0 ? null : Math.min(...changes) };
}

/** Number of the ascending starts that are no later than `last`. */
function countUpTo(starts: Float64Array, last: Instant): number {
  const beyond = starts.findIndex((start) => start > last);
  return beyond < 0 ? starts.length : beyond;
}

function takeFirst(all: TeamStarts, count: number): TeamStarts {
  if (count === all.starts.length) return all;
  return {
    starts: all.starts.slice(0, count),
    seats: all.seats.slice(0, count),
    members: all.members?.slice(0, count * all.words) ?? null,
    words: all.words,
  };
}
