/**
 * What the audit log says of a thing: columns that are named here, so that no secret gets in. Nothing of attendees is here, nor what
 * an event is called.
 */
import { ID_PREFIX, type Noun, nounOf } from '../../ids.ts';
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import type { Details } from './entries.ts';

/** Selects one `details` of the row with this id. */
type Select = (id: string) => Prisma.Sql;

/** Beside the details of what has this id; nothing where it has no brand. Of a logo the log has its name alone. */
const brandOf = (id: string) => Prisma.sql`coalesce((
  select jsonb_build_object('brand', jsonb_build_object('color', color, 'logo', logo_hash)) from brand where owner_id = ${id}), '{}')`;

/** Every noun decides: null has no details in the log. */
const SELECTS: Readonly<Record<Noun, Select | null>> = {
  Organisation: (id) => Prisma.sql`
    select jsonb_build_object('name', name) || ${brandOf(id)} as details from organisation where id = ${id} and deleted_at is null`,
  Host: (id) => Prisma.sql`
    select jsonb_build_object('name', h.name, 'slug', h.slug, 'email', h.email, 'timeZone', h.time_zone,
      'bookingCalendar', h.booking_calendar_id, 'workingHours', r.hours, 'zoneChanges', r.zone_changes) || ${brandOf(id)} as details
    from host h left join host_hours r on r.host_id = h.id and r.valid_to is null where h.id = ${id}`,
  Team: (id) => Prisma.sql`
    select jsonb_build_object('name', t.name, 'slug', t.slug, 'members',
      (select jsonb_agg(m.host_id order by m.position) from team_member m where m.team_id = t.id)) || ${brandOf(id)} as details
    from team t where t.id = ${id}`,
  EventType: (id) => Prisma.sql`
    select jsonb_build_object('owner', t.owner_id, 'slug', t.slug, 'title', r.title, 'hosts', r.hosts, 'rules', r.rules, 'form', r.form) as details
    from event_type t left join event_type_rules r on r.event_type_id = t.id and r.valid_to is null
    where t.id = ${id} and t.deleted_at is null`,
  Account: (id) => Prisma.sql`
    select jsonb_build_object('host', host_id, 'provider', provider, 'status', status, 'connection', connection_id,
      'confirmed', not awaits_confirmation) as details
    from account where id = ${id}`,
  OrganisationConnection: (id) => Prisma.sql`
    select jsonb_build_object('provider', provider, 'subject', subject) as details from organisation_connection where id = ${id}`,
  Calendar: (id) => Prisma.sql`
    select jsonb_build_object('host', host_id, 'account', account_id, 'selected', selected, 'watchWanted', watch_wanted) as details
    from calendar where id = ${id}`,
  Block: (id) => Prisma.sql`
    select jsonb_build_object('host', host_id, 'start', starts_at, 'end', ends_at, 'busyKind', busy_kind) as details
    from native_time where owner_id = ${id} and kind = 'block' and valid_to is null`,
  Feed: (id) => Prisma.sql`
    select jsonb_build_object('host', host_id, 'titles', titles) as details from feed where id = ${id}`,
  // Paths and queries of endpoints hold secrets of their own.
  WebhookEndpoint: (id) => Prisma.sql`
    select jsonb_build_object('origin', substring(url from '^[a-z]+://[^/?#]+'), 'events', events, 'active', active) as details
    from webhook_endpoint where id = ${id}`,
  ApiKey: (id) => Prisma.sql`
    select jsonb_build_object('name', name, 'scopes', scopes, 'expiresAt', expires_at, 'revokedAt', revoked_at) as details
    from api_key where id = ${id}`,
  // An address of a person is not in the log.
  BlockRule: (id) => Prisma.sql`
    select jsonb_build_object('kind', kind, 'value', case when kind <> 'EMAIL' then value end) as details
    from block_rule where id = ${id}`,
  Booking: (id) => Prisma.sql`
    select jsonb_build_object('status', status, 'start', starts_at, 'end', ends_at, 'hosts', hosts) as details
    from booking where id = ${id}`,
  WatchChannel: null,
  Delivery: null,
  Hold: null,
  BookingWrite: null,
  WebhookMessage: null,
  Mail: null,
  AuditEntry: null,
};

/** The present details of what has this id; null: there is no such thing, or it has none. */
export async function readDetails(tx: Tx, id: string): Promise<Details | null> {
  const noun = nounOf(id);
  const select = noun && SELECTS[noun];
  if (!select) return null;
  const [row] = await tx.$queryRaw<{ details: Details }[]>(select(id));
  return row?.details ?? null;
}

/** Whether the log has details of things of this noun. */
export const hasDetails = (noun: Noun): boolean => SELECTS[noun] !== null;

export const isNoun = (text: string): text is Noun => text in ID_PREFIX;
