/** Merged busy time of hosts over a window, without titles, with how far to trust it. */
import type { NativeTime } from '../availability/native.ts';
import { type BusyList, clipBusy, mergeBusy, mergeBusyLists } from '../availability/period.ts';
import type { Issue } from '../calendars/source.ts';
import type { Instant } from '../time/clock.ts';
import { assessFreshness, type Freshness } from './freshness.ts';
import type { PublicHost, QueryDeps } from './query.ts';
import { type FreshnessDemand, readFresh } from './refresh.ts';

/** Holds, bookings and blocks are busy before any provider knows of them. */
const activePeriods = (native: readonly NativeTime[], now: Instant) =>
  native
    .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
    .map(({ start, end, busyKind }) => ({ start, end, kind: busyKind }));

export interface HostBusy {
  host: PublicHost;
  busy: BusyList;
  complete: boolean;
  computedAt: Instant;
  freshness: Freshness;
  issues: Issue[];
}

export interface BusyRequest extends FreshnessDemand {
  hosts: readonly string[];
  from: Instant;
  to: Instant;
}

/** In the order of `hosts`; those that don't exist or aren't of the organisation are left out. */
export const createBusyQuery =
  (deps: QueryDeps) =>
  async (organisation: string, request: BusyRequest): Promise<HostBusy[]> => {
    const read = async () =>
      (await deps.sources.forHosts(request.hosts)).filter(({ host }) => host.organisation === organisation);
    const { found, demand } = await readFresh(deps, request, read, (hosts) => hosts);
    const now = deps.clock.now();
    const clockUntrusted = deps.clock.isUntrusted?.() ?? false;
    return found.map((sources) => {
      const { id, name, slug } = sources.host;
      const policy = {
        staleAfter: deps.defaultStaleAfter,
        ...demand,
        clockUntrusted,
        onStale: 'WARN' as const,
      };
      const { complete, freshness, issues } = assessFreshness([sources], request, now, policy);
      const merged = mergeBusyLists([
        ...sources.calendars.map(({ source }) => source.busy),
        mergeBusy(activePeriods(sources.native, now)),
      ]);
      return {
        host: { id, name, slug },
        busy: clipBusy(merged, request.from, request.to),
        complete,
        computedAt: now,
        freshness,
        issues,
      };
    });
  };
