/** Figures of how an installation, or an organisation of it, is: calendars by state, and work that is due. */
import { DAY, type Instant } from '../time/clock.ts';
import type { CalendarHealthState, StateTime } from './calendars/health-states.ts';
import type { Store } from './client.ts';
import { Prisma } from './generated/client.ts';

export interface StateFigure {
  state: CalendarHealthState;
  count: number;
  /** The oldest last proof among them; null: none was ever read. */
  oldestProof: Instant | null;
  /** Those of which a notification was lost within the last day. */
  lost: number;
}

/** Work that processes find by the instants at which it is due. */
export type DueKind = 'CALENDARS' | 'WATCH_CHANNELS' | 'BOOKING_WRITES' | 'WEBHOOK_MESSAGES' | 'MAILS';

export interface DueFigure {
  kind: DueKind;
  count: number;
  oldest: Instant | null;
}

const within = (organisation: string | null, column: Prisma.Sql): Prisma.Sql =>
  organisation === null ? Prisma.sql`true` : Prisma.sql`${column} = ${organisation}`;

/** Selected calendars by the state that isInState says, states without any left out. @param organisation null: of all */
export const stateFigures = (
  store: Store,
  organisation: string | null,
  { now, staleBefore }: StateTime,
): Promise<StateFigure[]> =>
  store.$queryRaw<StateFigure[]>`
    select state, count(*)::int as count, epoch_ms(min(proven_as_of)) as "oldestProof",
      (count(*) filter (where notification_lost_at > ${new Date(now - DAY)}))::int as lost
    from (
      select s.proven_as_of, s.notification_lost_at, case
        when a.status <> 'CONNECTED' or s.trouble = 'auth-revoked' then 'REVOKED'
        when s.trouble = 'unreachable' then 'FAILING'
        when s.proven_as_of is null then 'NEVER_READ'
        when s.proven_as_of < ${new Date(staleBefore)} then 'STALE'
        when c.watchable and not exists (
          select from watch_channel w where w.calendar_id = c.id and w.status = 'open'
            and (w.expires_at is null or w.expires_at > ${new Date(now)})) then 'UNWATCHED'
        else 'FRESH'
      end as state
      from calendar c join account a on a.id = c.account_id join calendar_state s on s.calendar_id = c.id
      where c.selected and not c.removed and ${within(organisation, Prisma.sql`c.organisation_id`)}
    ) each group by state`;

/** What is due now, each kind once. */
export async function dueFigures(
  store: Store,
  organisation: string | null,
  now: Instant,
): Promise<DueFigure[]> {
  const due = (kind: DueKind, from: Prisma.Sql, more = Prisma.empty) => Prisma.sql`
    select ${kind}::text as kind, count(*)::int as count, epoch_ms(min(r.due_at)) as oldest
    from ${from} where r.due_at <= ${new Date(now)} and ${within(organisation, Prisma.sql`r.organisation_id`)} ${more}`;
  const kinds = [
    due('CALENDARS', Prisma.sql`calendar_state r`),
    due('WATCH_CHANNELS', Prisma.sql`watch_channel r`, Prisma.sql`and r.status not in ('closed', 'lost')`),
    due('BOOKING_WRITES', Prisma.sql`booking_write r`),
    // What waits at an endpoint that is paused is not due.
    due(
      'WEBHOOK_MESSAGES',
      Prisma.sql`webhook_message r join webhook_endpoint e on e.id = r.endpoint_id and e.active`,
    ),
    due('MAILS', Prisma.sql`mail r`),
  ];
  return store.$queryRaw<DueFigure[]>(Prisma.join(kinds, ' union all '));
}
