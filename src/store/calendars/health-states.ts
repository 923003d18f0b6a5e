/** States of selected calendars, as lists of the API are filtered by. */
import type { Instant } from '../../time/clock.ts';
import { Prisma } from '../generated/client.ts';

/** What a selected calendar is, as the API names it: the first that holds, in this order. */
export type CalendarHealthState = 'REVOKED' | 'FAILING' | 'NEVER_READ' | 'STALE' | 'UNWATCHED' | 'FRESH';

/** What states are judged by. */
export interface StateTime {
  now: Instant;
  /** A calendar whose last proof is older is stale. */
  staleBefore: Instant;
}

/** Selects ids of calendars in trouble, each kind by an index that has few others. Deselected ones can be among those of REVOKED. */
const TROUBLED = {
  REVOKED: (organisation: string) => Prisma.sql`
    select s.calendar_id from calendar_state s
    where s.organisation_id = ${organisation} and s.trouble = 'auth-revoked'
    union select o.id from account a join calendar o on o.account_id = a.id
    where a.organisation_id = ${organisation} and a.status <> 'CONNECTED'`,
  FAILING: (organisation: string) => Prisma.sql`
    select s.calendar_id from calendar_state s
    where s.organisation_id = ${organisation} and s.trouble = 'unreachable'`,
  NEVER_READ: (organisation: string) => Prisma.sql`
    select s.calendar_id from calendar_state s
    where s.organisation_id = ${organisation} and s.due_at is not null and s.proven_as_of is null`,
  STALE: (organisation: string, staleBefore: Instant) => Prisma.sql`
    select s.calendar_id from calendar_state s
    where s.organisation_id = ${organisation} and s.due_at is not null and s.proven_as_of < ${new Date(staleBefore)}`,
};
const ORDER = ['REVOKED', 'FAILING', 'NEVER_READ', 'STALE'] as const;

/** Selects the ids of all calendars in trouble. */
export const troubledCalendars = (organisation: string, staleBefore: Instant): Prisma.Sql =>
  Prisma.join(
    ORDER.map((state) => TROUBLED[state](organisation, staleBefore)),
    ' union ',
  );

/** The condition that the calendar `c` is in the state. */
export function isInState(
  organisation: string,
  state: CalendarHealthState,
  { now, staleBefore }: StateTime,
): Prisma.Sql {
  const among = (selected: Prisma.Sql) => Prisma.sql`c.id = any(array(${selected}))`;
  const notAmong = (selected: Prisma.Sql) => Prisma.sql`c.id not in (${selected})`;
  if (state === 'FRESH' || state === 'UNWATCHED') {
    // Looked for calendar by calendar, as a page has few.
    const watched = Prisma.sql`(not c.watchable or coalesce((
      select true from watch_channel w where w.calendar_id = c.id and w.status = 'open'
        and (w.expires_at is null or w.expires_at > ${new Date(now)}) limit 1), false))`;
    const troubled = troubledCalendars(organisation, staleBefore);
    return Prisma.sql`c.selected and ${notAmong(troubled)} and ${state === 'FRESH' ? watched : Prisma.sql`not ${watched}`}`;
  }
  const worse = ORDER.slice(0, ORDER.indexOf(state)).map((each) => TROUBLED[each](organisation, staleBefore));
  const own = among(TROUBLED[state](organisation, staleBefore));
  return worse.length === 0
    ? Prisma.sql`c.selected and ${own}`
    : Prisma.sql`c.selected and ${own} and ${notAmong(Prisma.join(worse, ' union '))}`;
}
