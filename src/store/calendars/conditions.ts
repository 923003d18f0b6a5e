/** Selected calendars by how they are, as an operator counts them. */
import { SECOND } from '../../time/clock.ts';
import type { Store } from '../client.ts';

/**
 * The first that holds. `revoked`: access was withdrawn. `unreachable`: the last pull failed. `unread`: no pull has succeeded
 * yet. `late`: the last proof is older than it should be. `partial`: parts can't be read, or not for certain. `fresh`: none of
 * these.
 */
export type CalendarCondition = 'revoked' | 'unreachable' | 'unread' | 'late' | 'partial' | 'fresh';

export interface ConditionCount {
  condition: CalendarCondition;
  count: number;
}

/** @param lateAfter age of a proof, milliseconds */
export const countConditions = (store: Store, lateAfter: number): Promise<ConditionCount[]> =>
  store.$queryRaw<ConditionCount[]>`
    select condition, count(*)::int as count from (
      select case
        when a.status <> 'CONNECTED' or s.trouble = 'auth-revoked' then 'revoked'
        when s.trouble = 'unreachable' then 'unreachable'
        when s.proven_as_of is null then 'unread'
        when s.proven_as_of < clock_timestamp() - make_interval(secs => ${lateAfter / SECOND}) then 'late'
        when s.trouble is not null then 'partial'
        else 'fresh'
      end as condition
      from calendar c join account a on a.id = c.account_id left join calendar_state s on s.calendar_id = c.id
      where c.selected and not c.removed and c.provider <> 'native'
    ) each group by condition order by 2 desc, 1`;
