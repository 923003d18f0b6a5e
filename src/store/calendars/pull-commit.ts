/**
 * A pull that has no rare duties is committed by one statement, which also reads what the cache gets. It does nothing at all when there is
 * such a duty, or when the calendar's value has got another version since the statement began: the caller commits step by step then.
 */
import type { CalendarBusy } from '../../calendars/source.ts';
import type { Instant } from '../../time/clock.ts';
import { isResumed, mayNeedCheck } from '../bookings/writes.ts';
import type { Store } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { isOwnEvent, periodsAsJson, type SourceRow, sourceColumns, sourceOf } from '../rules/offer-rows.ts';
import type { StatementParts } from '../statement-parts.ts';
import { type ChangeSet, changedEvents, namedEvents } from './events.ts';
import { freshnessWillDiffer, lastFreshness } from './freshness-history.ts';
import type { Lease } from './leases.ts';
import { isHeldBy, type PullResult, type PullTarget, pulledState } from './states.ts';
import { isShown } from './titles.ts';

export interface CommittedPull {
  /** Rows of events that were closed or begun. */
  changed: number;
  /** Notifications came since the pull began. */
  dirty: boolean;
  version: number;
  source: CalendarBusy;
}

interface CommittedRow extends Omit<SourceRow, 'id'> {
  changed: number;
  dirty: boolean;
}

/**
 * @param parts statements of the same commit
 * @returns null: nothing was stored
 */
export async function commitPullAtOnce(
  store: Store,
  { target, lease }: { target: PullTarget; lease: Lease },
  changes: ChangeSet,
  result: PullResult,
  { now, parts }: { now: Instant; parts: StatementParts },
): Promise<CommittedPull | null> {
  const { id, accountId, failures } = target;
  const pull = { startedAt: lease.startedAt, recovered: failures > 0 };
  const condition = Prisma.sql`(select count(*) from state) > 0`;
  const titles = Prisma.sql`(select shows_titles from seen)`;
  const events = await changedEvents(target, changes, now, { condition, titles });
  const [row] = await store.$queryRaw<CommittedRow[]>`
    with seen as materialized (
      select s.calendar_id as seen_id, s.version as seen_version, ${isShown(Prisma.sql`c.host_id`)} as shows_titles
      from calendar c join account a on a.id = c.account_id join calendar_state s on s.calendar_id = c.id
        ${lastFreshness}
      where c.id = ${id} and c.selected and a.status = 'CONNECTED' and a.refused_since is null
        and (s.titles or not ${isShown(Prisma.sql`c.host_id`)})
        and not (${freshnessWillDiffer(result)})
        and not ${mayNeedCheck(id, changes, namedEvents(changes), lease.startedAt, now)}
        and not exists (select from booking_write w where ${isResumed(accountId, pull, now)})
    ), state as (
      update calendar_state s set ${pulledState(lease, result)}
      from seen where s.calendar_id = seen_id and s.version = seen_version and ${isHeldBy(lease)}
      returning s.version::float8 as version, s.dirty_since is not null as dirty, ${sourceColumns}
    ), ${events}
    , busy as materialized (
      select e.kind, e.starts_at, e.ends_at from busy_event e
      where e.calendar_id = ${id} and e.valid_to is null and not exists (select from ended where ended.id = e.id)
      union all
      select e.kind, e.starts_at, e.ends_at from begun e where not ${isOwnEvent}
    )${parts.ctes}
    select ((select count(*) from ended) + (select count(*) from begun))::int as changed, state.*,
      (select ${periodsAsJson} from busy e) as busy,
      case when (select count(*) from begun) >= 0 then ${parts.executed} end as executed
    from state`;
  if (!row) return null;
  const { changed, dirty, version, ...source } = row;
  return { changed, dirty, version, source: sourceOf(source) };
}
