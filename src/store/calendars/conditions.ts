/** Selected calendars by how they are, as an operator counts them. */
import type { Config } from '../../config.ts';
import { MINUTE, SECOND } from '../../time/clock.ts';
import type { Store, Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';

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

/** Age of a proof from which a calendar counts as late, milliseconds: a pull may be missed, and takes its time. */
export const lateAfter = ({
  POLL_INTERVAL,
  POLL_INTERVAL_WATCHED,
}: Pick<Config, 'POLL_INTERVAL' | 'POLL_INTERVAL_WATCHED'>): number =>
  2 * Math.max(POLL_INTERVAL, POLL_INTERVAL_WATCHED) + MINUTE;

/** Ages of proofs that calendars are counted by, seconds. */
export const PROOF_AGES = [60, 300, 900, 3_600, 86_400] as const;

/** Calendars of one provider in one condition. */
export interface ConditionProofs {
  provider: string;
  condition: CalendarCondition;
  count: number;
  /** Seconds since the least recent proof among them; null: none has one. */
  oldest: number | null;
  /** How many were proven within each of PROOF_AGES. */
  within: number[];
}

/** Selected calendars that a provider has, each with its condition and the age of its proof in seconds. */
const selectedCalendars = (late: number) => Prisma.sql`
  select c.provider::text as provider, extract(epoch from clock_timestamp() - s.proven_as_of)::float8 as age,
    case
      when a.status <> 'CONNECTED' or s.trouble = 'auth-revoked' then 'revoked'
      when s.trouble = 'unreachable' then 'unreachable'
      when s.proven_as_of is null then 'unread'
      when s.proven_as_of < clock_timestamp() - make_interval(secs => ${late / SECOND}) then 'late'
      when s.trouble is not null then 'partial'
      else 'fresh'
    end as condition
  from calendar c join account a on a.id = c.account_id left join calendar_state s on s.calendar_id = c.id
  where c.selected and not c.removed and c.provider <> 'native'`;

/** @param late age of a proof, milliseconds */
export const countConditions = (store: Store, late: number): Promise<ConditionCount[]> =>
  store.$queryRaw<ConditionCount[]>`
    select condition, count(*)::int as count from (${selectedCalendars(late)}) each
    group by condition order by 2 desc, 1`;

/** By provider, with the ages of their proofs. @param late age of a proof, milliseconds */
export const countProofs = (tx: Tx, late: number): Promise<ConditionProofs[]> =>
  tx.$queryRaw<ConditionProofs[]>`
    select provider, condition, count(*)::int as count, max(age) as oldest,
      array[${Prisma.join(PROOF_AGES.map((seconds) => Prisma.sql`count(*) filter (where age <= ${seconds})::int`))}] as within
    from (${selectedCalendars(late)}) each
    group by provider, condition`;
