/** Booking calendars: the calendar that a host's bookings are written to, or only the native one. */
import { badInput, notFound } from '../../errors.ts';
import type { Calendar } from '../calendars/calendars.ts';
import type { Tx } from '../client.ts';
import type { Host } from '../rules/hosts.ts';

/** Each host has one native calendar, which needs no row: its id is the host's under another name. */
export const nativeCalendarId = (host: string) => host.replace(/^host_/, 'cal_');
export const hostOfNativeCalendar = (calendar: string) => calendar.replace(/^cal_/, 'host_');

/**
 * Booking calendar by host: the calendar that is set, as long as it is writable; else the first writable primary calendar of
 * a connected account that awaits no confirmation; null for the native calendar.
 */
export async function bookingCalendars(
  tx: Tx,
  hosts: readonly string[],
): Promise<Map<string, Calendar | null>> {
  const rows = await tx.$queryRaw<{ host: string; calendar: string | null }[]>`
    select h.id as host, (
      select c.id from calendar c join account a on a.id = c.account_id
      where c.host_id = h.id and a.status = 'CONNECTED' and c.writable and not c.removed
        and (c.is_primary and not a.awaits_confirmation or c.id = h.booking_calendar_id)
      order by c.id = h.booking_calendar_id desc nulls last, c.id limit 1
    ) as calendar
    from host h
    where h.id = any(${[...hosts]}) and h.booking_calendar_id is distinct from replace(h.id, 'host_', 'cal_')`;
  const ids = rows.flatMap(({ calendar }) => calendar ?? []);
  const calendars = ids.length > 0 ? await tx.calendar.findMany({ where: { id: { in: ids } } }) : [];
  const byId = new Map(calendars.map((calendar) => [calendar.id, calendar]));
  const chosen = new Map(rows.map(({ host, calendar }) => [host, byId.get(calendar ?? '') ?? null]));
  return new Map(hosts.map((host) => [host, chosen.get(host) ?? null]));
}

/**
 * The address of each host's account, that of the booking calendar before others. A host without one is absent, and so are
 * accounts of which nobody has said that they are the host's.
 */
export async function accountAddresses(tx: Tx, hosts: readonly string[]): Promise<Map<string, string>> {
  const rows = await tx.$queryRaw<{ host: string; email: string }[]>`
    select distinct on (a.host_id) a.host_id as host, a.email
    from account a join host h on h.id = a.host_id left join calendar c on c.id = h.booking_calendar_id
    where a.host_id = any(${[...hosts]}) and a.email is not null and a.status <> 'DISCONNECTED'
      and not a.awaits_confirmation
    order by a.host_id, c.account_id is not distinct from a.id desc, a.created_at, a.id`;
  return new Map(rows.map(({ host, email }) => [host, email]));
}

/** Calendars that are writable, or will be once their grant is restored. */
export async function writableCalendars(tx: Tx, ids: readonly string[]): Promise<Calendar[]> {
  if (ids.length === 0) return [];
  const found = await tx.calendar.findMany({
    where: { id: { in: [...ids] }, removed: false, writable: true },
  });
  const accounts = found.map(({ accountId }) => accountId);
  const ended = await tx.account.findMany({ where: { id: { in: accounts }, status: 'DISCONNECTED' } });
  return found.filter(({ accountId }) => !ended.some(({ id }) => id === accountId));
}

/**
 * @param calendar null: none in particular.
 * @throws SlotwireError NOT_FOUND, BAD_USER_INPUT
 */
export async function setBookingCalendar(
  tx: Tx,
  organisation: string,
  host: string,
  calendar: string | null,
): Promise<Host> {
  const found = await tx.host.findFirst({ where: { id: host, organisationId: organisation } });
  if (!found) throw notFound('host', host);
  if (calendar !== null && calendar !== nativeCalendarId(host))
    await checkBookingCalendar(tx, found, calendar);
  return tx.host.update({ where: { id: host }, data: { bookingCalendarId: calendar } });
}

async function checkBookingCalendar(tx: Tx, host: Host, id: string): Promise<void> {
  const calendar = await tx.calendar.findFirst({ where: { id, organisationId: host.organisationId } });
  const native = await tx.host.findFirst({
    where: { id: hostOfNativeCalendar(id), organisationId: host.organisationId },
  });
  if (!calendar && !native) throw notFound('calendar', id);
  if (calendar?.hostId !== host.id) throw badInput('calendar', 'is not one of this host');
  const account = await tx.account.findUnique({ where: { id: calendar.accountId } });
  if (calendar.removed || account?.status !== 'CONNECTED')
    throw badInput('calendar', 'its account is not connected or no longer has it');
  if (!calendar.writable) throw badInput('calendar', 'can only be read');
}
