/** What else a pull has to do that commits, beside storing events. Most of it is rare, so that one look finds all of it. */
import type { Instant } from '../../time/clock.ts';
import { isCheckedByPull, isResumed } from '../bookings/writes.ts';
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { freshnessDiffers, lastFreshness } from './freshness-history.ts';
import type { Lease } from './leases.ts';
import { isShown, type TitleState } from './titles.ts';

export interface PullDuties {
  /** Is the calendar still selected, and its account connected? */
  counts: boolean;
  /** The account's secret had been refused. */
  refused: boolean;
  /** The calendar's freshness is another than its history says. */
  freshness: boolean;
  titles: TitleState;
  /** There are bookings' events to compare with their bookings. */
  checks: boolean;
  /** There are failed writes of the account that the pull makes due again. */
  resumes: boolean;
}

/**
 * Must come after `recordPull` in its transaction: a deselection or a lost grant that held the row's lock is seen then.
 * @param recovered the pull before had failed
 * @returns null when the calendar is gone
 */
export async function readPullDuties(
  tx: Tx,
  { calendarId, startedAt }: Pick<Lease, 'calendarId' | 'startedAt'>,
  { account, recovered }: { account: string; recovered: boolean },
  now: Instant,
): Promise<PullDuties | null> {
  const pull = { startedAt, recovered };
  const [row] = await tx.$queryRaw<(Omit<PullDuties, 'titles'> & TitleState)[]>`
    select c.selected and a.status = 'CONNECTED' as counts, a.refused_since is not null as refused,
      ${freshnessDiffers} as freshness,
      ${isShown(Prisma.sql`c.host_id`)} as shown, s.titles as stored,
      exists (select from booking_write w where ${isCheckedByPull(calendarId, startedAt, now)}) as checks,
      exists (select from booking_write w where ${isResumed(account, pull, now)}) as resumes
    from calendar c join account a on a.id = c.account_id join calendar_state s on s.calendar_id = c.id
      ${lastFreshness}
    where c.id = ${calendarId}`;
  if (!row) return null;
  const { shown, stored, ...duties } = row;
  return { ...duties, titles: { shown, stored } };
}
