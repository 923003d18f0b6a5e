/** Calendars of accounts, and when each counted as busy time. */

import { newId } from '../../ids.ts';
import type { ProviderName, RemoteCalendar } from '../../providers/port.ts';
import type { Instant } from '../../time/clock.ts';
import type { Account } from '../access/accounts.ts';
import type { Tx } from '../client.ts';
import { type Calendar, Prisma } from '../generated/client.ts';
import { conditions, type Filter, ifAsked, type Listing, type RowList, rowList } from '../lists.ts';
import { type CalendarHealthState, isInState, type StateTime } from './health-states.ts';
import { storedTrouble } from './states.ts';

export type { Calendar };

/** Calendars by id, removed ones included, because deliveries still name them. */
export const calendarsByIds = (tx: Tx, organisation: string, ids: readonly string[]) =>
  tx.calendar.findMany({ where: { organisationId: organisation, id: { in: [...ids] } } });

export const calendarsOfHosts = (tx: Tx, hosts: readonly string[]) =>
  tx.calendar.findMany({ where: { hostId: { in: [...hosts] }, removed: false }, orderBy: { id: 'asc' } });

export const calendarsOfAccounts = (tx: Tx, accounts: readonly string[]) =>
  tx.calendar.findMany({
    where: { accountId: { in: [...accounts] }, removed: false },
    orderBy: { id: 'asc' },
  });

export interface CalendarFilter {
  host: string;
  provider: ProviderName;
  state: CalendarHealthState;
}

/** @param now what state calendars are in; `staleBefore`: one whose last proof is older is stale */
export const calendarListing = (
  organisation: string,
  { host, provider, state }: Filter<CalendarFilter>,
  now: StateTime,
): Listing => ({
  from: Prisma.sql`calendar c`,
  id: Prisma.sql`c.id`,
  where: conditions(
    Prisma.sql`c.organisation_id = ${organisation} and not c.removed`,
    ifAsked(host, (wanted) => Prisma.sql`c.host_id = ${wanted}`),
    ifAsked(provider, (wanted) => Prisma.sql`c.provider = ${wanted}::provider`),
    ifAsked(state, (wanted) => isInState(organisation, wanted, now)),
  ),
});

/** Calendars of accounts; native ones have no row. */
export const listStoredCalendars = (
  tx: Tx,
  organisation: string,
  filter: Filter<CalendarFilter> = {},
  now: StateTime = { now: 0, staleBefore: 0 },
): RowList<Calendar> =>
  rowList(tx, calendarListing(organisation, filter, now), (ids) => calendarsByIds(tx, organisation, ids));

/** Waits for the row's lock and keeps it until the transaction ends. */
export async function lockCalendar(tx: Tx, organisation: string, id: string): Promise<Calendar | null> {
  await tx.$queryRaw`select 1 from calendar where id = ${id} and organisation_id = ${organisation} for no key update`;
  const [calendar] = await calendarsByIds(tx, organisation, [id]);
  return calendar ?? null;
}

/** Locks all calendars that the account ever had. @returns them in the order of their ids. */
export async function lockAccountCalendars(tx: Tx, account: string): Promise<Calendar[]> {
  await tx.$queryRaw`select 1 from calendar where account_id = ${account} order by id for no key update`;
  return tx.calendar.findMany({ where: { accountId: account }, orderBy: { id: 'asc' } });
}

/** Inserts a calendar that is neither selected nor read yet. */
export async function insertCalendar(tx: Tx, account: Account, remote: RemoteCalendar): Promise<Calendar> {
  const { organisationId, hostId, id: accountId, provider } = account;
  const calendar = await tx.calendar.create({
    data: { id: newId('Calendar'), organisationId, hostId, accountId, provider, ...remote },
  });
  await tx.$executeRaw`
    insert into calendar_state (calendar_id, organisation_id, version)
    values (${calendar.id}, ${organisationId}, nextval('slotwire_version'))`;
  return calendar;
}

export const changeCalendar = (
  tx: Tx,
  id: string,
  data: Partial<Omit<RemoteCalendar, 'externalId'> & { removed: boolean }>,
) => tx.calendar.update({ where: { id }, data });

/** State of a calendar before its first pull. Without the lease a running pull can't commit any more. */
const NEVER_READ = {
  cursor: null,
  provenAsOf: null,
  startedPull: null,
  provenPull: null,
  basis: 'NEVER' as const,
  coveredFrom: null,
  coveredTo: null,
  lastStartedAt: null,
  lastSucceededAt: null,
  failures: 0,
  trouble: null,
  error: null,
  dirtySince: null,
  dirtyPull: null,
  dueAt: null,
  leaseId: null,
  leaseUntil: null,
  zoneData: null,
};

/** Selects the calendar from now on and makes it due. @param trouble the known reason why it can't be read */
export async function beginSelection(
  tx: Tx,
  calendar: Calendar,
  now: Instant,
  trouble: 'auth-revoked' | null,
) {
  const { id, organisationId, hostId } = calendar;
  await tx.calendar.update({ where: { id }, data: { selected: true } });
  await tx.calendarSelection.create({
    data: { organisationId, hostId, calendarId: id, validFrom: new Date(now) },
  });
  await tx.calendarState.update({
    where: { calendarId: id },
    data: {
      ...NEVER_READ,
      trouble: trouble && storedTrouble(trouble),
      dirtySince: new Date(now),
      dueAt: new Date(now),
    },
  });
}

/** Deselects the calendar: its events become history and its sync state is reset. */
export async function endSelection(tx: Tx, calendar: Calendar, now: Instant) {
  const { id } = calendar;
  await tx.calendar.update({ where: { id }, data: { selected: false } });
  await tx.calendarSelection.updateMany({
    where: { calendarId: id, validTo: null },
    data: { validTo: new Date(now) },
  });
  // The state is locked before the events: a pull that commits holds the state's lock until its events are stored.
  await tx.calendarState.update({ where: { calendarId: id }, data: NEVER_READ });
  await tx.event.updateMany({ where: { calendarId: id, validTo: null }, data: { validTo: new Date(now) } });
}

/** Makes the next pull a full one; a running pull can't commit any more. */
export const resetCursor = (tx: Tx, id: string, now: Instant) =>
  tx.calendarState.update({
    where: { calendarId: id },
    data: { cursor: null, dirtySince: new Date(now), dueAt: new Date(now), leaseId: null, leaseUntil: null },
  });
