/** Hosts and their working hours. Past hours are stored for as long as explanations reach back. */

import type { WorkingHours, ZoneChange } from '../../availability/hours.ts';
import { newId } from '../../ids.ts';
import type { Instant } from '../../time/clock.ts';
import { troubledCalendars } from '../calendars/health-states.ts';
import type { Store, Tx } from '../client.ts';
import { type Host, Prisma } from '../generated/client.ts';
import { conditions, type Filter, ifAsked, type Listing, matches, type RowList, rowList } from '../lists.ts';
import { addressBySlug, claimSlug, renameSlug, slugSetTo } from '../rows.ts';

export type { Host };

export interface HostFields {
  name: string;
  slug: string;
  email: string | null;
  timeZone: string;
}

export interface HoursFields {
  hours: WorkingHours;
  zoneChanges: ZoneChange[];
}

/** @throws SlotwireError CONFLICT when the slug is taken. */
export async function insertHost(
  tx: Tx,
  organisation: string,
  fields: HostFields,
  hours: HoursFields,
  now: Instant,
): Promise<Host> {
  const id = newId('Host');
  const slug = slugSetTo(fields.slug, null);
  await claimSlug(tx, organisation, slug, id);
  const host = await tx.host.create({
    data: { id, organisationId: organisation, version: 0, ...fields, slug },
  });
  await tx.$executeRaw`
    insert into native_state (host_id, organisation_id, version)
    values (${id}, ${organisation}, nextval('slotwire_version'))`;
  await writeHours(tx, host, hours, now);
  return host;
}

/** Waits for the row's lock and keeps it until the transaction ends: hours are changed one after the other. */
export async function lockHost(tx: Tx, organisation: string, id: string): Promise<Host | null> {
  await tx.$queryRaw`select 1 from host where id = ${id} and organisation_id = ${organisation} for update`;
  return tx.host.findFirst({ where: { id, organisationId: organisation } });
}

/** Locks the organisation's existing hosts in the order of their ids, against erasure until the transaction ends. */
export const lockHostsForShare = (tx: Tx, organisation: string, ids: readonly string[]) =>
  tx.$queryRaw`
    select 1 from host where id = any(${[...ids]}) and organisation_id = ${organisation}
    order by id for key share`;

/** The row must be locked. */
export async function changeHost(tx: Tx, host: Host, fields: HostFields, now: Instant): Promise<Host> {
  const slug = slugSetTo(fields.slug, host.slug);
  if (slug !== host.slug) await renameSlug(tx, slug, host.id);
  return tx.host.update({ where: { id: host.id }, data: { ...fields, slug, changedAt: new Date(now) } });
}

/** Ends the current hours and starts new ones. The host's row must be locked, or new. */
export async function writeHours(tx: Tx, host: Host, { hours, zoneChanges }: HoursFields, now: Instant) {
  await tx.hostHours.updateMany({
    where: { hostId: host.id, validTo: null },
    data: { validTo: new Date(now) },
  });
  await tx.hostHours.create({
    data: {
      organisationId: host.organisationId,
      hostId: host.id,
      hours: hours as object,
      zoneChanges: zoneChanges as object[],
      validFrom: new Date(now),
    },
  });
}

export const hostsByIds = (tx: Tx, organisation: string, ids: readonly string[]) =>
  tx.host.findMany({ where: { organisationId: organisation, id: { in: [...ids] } } });

/** The host that is spelled so, else one whose slug differs in case alone. @returns null when the organisation has none */
export async function hostBySlug(tx: Tx, organisation: string, slug: string): Promise<Host | null> {
  const address = await addressBySlug(tx, slug);
  return address && tx.host.findFirst({ where: { id: address.ownerId, organisationId: organisation } });
}

export interface HostFilter {
  /** Words of name, slug and address. */
  search: string;
  /** Whether some calendar of the host is in trouble. */
  hasTrouble: boolean;
}

/** @param staleBefore a calendar whose last proof is older is in trouble */
export function hostListing(
  organisation: string,
  { search, hasTrouble }: Filter<HostFilter>,
  staleBefore: Instant,
): Listing {
  const words = Prisma.sql`search_words(h.name || ' ' || h.slug || ' ' || coalesce(h.email, ''))`;
  return {
    from: Prisma.sql`host h`,
    id: Prisma.sql`h.id`,
    where: conditions(
      Prisma.sql`h.organisation_id = ${organisation}`,
      matches(words, search),
      ifAsked(hasTrouble, (wanted) => {
        const troubled = Prisma.sql`(
          select c.host_id from calendar c where c.selected and not c.removed
            and c.id = any(array(${troubledCalendars(organisation, staleBefore)})))`;
        return wanted ? Prisma.sql`h.id = any(array${troubled})` : Prisma.sql`h.id not in ${troubled}`;
      }),
    ),
  };
}

export const listHosts = (
  tx: Tx,
  organisation: string,
  filter: Filter<HostFilter> = {},
  staleBefore: Instant = 0,
): RowList<Host> =>
  rowList(tx, hostListing(organisation, filter, staleBefore), (ids) => hostsByIds(tx, organisation, ids));

/** Current hours by host id. */
export async function hoursOfHosts(tx: Tx, ids: readonly string[]): Promise<Map<string, HoursFields>> {
  const rows = await tx.hostHours.findMany({ where: { hostId: { in: [...ids] }, validTo: null } });
  return new Map(
    rows.map((row) => [
      row.hostId,
      // Only writeHours writes these columns.
      { hours: row.hours as object as WorkingHours, zoneChanges: row.zoneChanges as object as ZoneChange[] },
    ]),
  );
}

/** Public fields of hosts of any organisation. */
export const publicHostsByIds = (store: Store, ids: readonly string[]) =>
  store.host.findMany({ where: { id: { in: [...ids] } }, select: { id: true, name: true, slug: true } });
