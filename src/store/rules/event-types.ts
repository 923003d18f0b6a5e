/** Event types and their rules, with history. A deleted one keeps its last rules: its bookings show them. */

import type { EventTypeRules } from '../../availability/rules.ts';
import { conflict } from '../../errors.ts';
import { EMPTY_FORM, type EventForm } from '../../form/event-form.ts';
import { newId } from '../../ids.ts';
import { DAY, type Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { conditions, type Filter, ifAsked, type Listing, matches, type RowList, rowList } from '../lists.ts';
import { foldSlug, lockSlug, slugSetTo } from '../rows.ts';

/** An event type with its current rules. */
export interface EventType {
  id: string;
  organisationId: string;
  ownerId: string;
  /** The owner's slug. */
  owner: string;
  slug: string;
  version: number;
  title: string;
  hosts: string[];
  rules: EventTypeRules;
  form: EventForm;
}

export interface EventTypeFields {
  title: string;
  hosts: string[];
  rules: EventTypeRules;
  form: EventForm;
}

/** @throws SlotwireError CONFLICT when the owner has an event type of this slug. */
export async function insertEventType(
  tx: Tx,
  organisation: string,
  address: { ownerId: string; slug: string },
  fields: EventTypeFields,
  now: Instant,
): Promise<string> {
  const id = newId('EventType');
  await lockSlug(tx, address.slug, address.ownerId);
  const inserted = await tx.$executeRaw`
    insert into event_type (id, organisation_id, owner_id, slug, version)
    select ${id}::text, ${organisation}::text, ${address.ownerId}::text, ${slugSetTo(address.slug, null)}::text, 0
    where not exists (
      select 1 from event_type o where o.owner_id = ${address.ownerId} and o.deleted_at is null
        and lower(o.slug collate "C") = ${foldSlug(address.slug)})
    on conflict do nothing`;
  if (inserted === 0) throw slugTaken(address.slug);
  await writeRules(tx, organisation, id, fields, now);
  return id;
}

/** @throws SlotwireError CONFLICT when the owner has another event type of this slug. */
export async function changeEventType(
  tx: Tx,
  current: { id: string; organisationId: string },
  address: { ownerId: string; slug: string },
  fields: EventTypeFields,
  now: Instant,
) {
  await lockSlug(tx, address.slug, address.ownerId);
  const changed = await tx.$executeRaw`
    update event_type set owner_id = ${address.ownerId},
      slug = case when slug = ${address.slug} then slug else ${foldSlug(address.slug)} end
    where id = ${current.id} and deleted_at is null and not exists (
      select 1 from event_type o
      where o.owner_id = ${address.ownerId} and o.deleted_at is null
        and lower(o.slug collate "C") = ${foldSlug(address.slug)}
        and o.id <> ${current.id})`;
  if (changed === 0) throw slugTaken(address.slug);
  await replaceRules(tx, current, fields, now);
}

/** The event type must be locked, as a change of its row does it. */
export async function replaceRules(
  tx: Tx,
  { id, organisationId }: { id: string; organisationId: string },
  fields: EventTypeFields,
  now: Instant,
) {
  await tx.eventTypeRules.updateMany({
    where: { eventTypeId: id, validTo: null },
    data: { validTo: new Date(now) },
  });
  await writeRules(tx, organisationId, id, fields, now);
}

/** Waits for the row's lock and keeps it until the transaction ends. @returns null when it is not the organisation's. */
export async function lockEventType(tx: Tx, organisation: string, id: string): Promise<EventType | null> {
  await tx.$queryRaw`select 1 from event_type where id = ${id} and organisation_id = ${organisation} for no key update`;
  const [type] = await eventTypesByIds(tx, [id]);
  return type?.organisationId === organisation ? type : null;
}

/** The row must be locked. */
export const markEventTypeDeleted = (tx: Tx, id: string, now: Instant) =>
  tx.eventType.update({ where: { id }, data: { deletedAt: new Date(now) } });

/** In the order of their ids. */
export async function eventTypesOwnedBy(tx: Tx, ownerId: string): Promise<string[]> {
  const rows = await tx.eventType.findMany({
    where: { ownerId, deletedAt: null },
    select: { id: true },
    orderBy: { id: 'asc' },
  });
  return rows.map(({ id }) => id);
}

/** Event types whose current rules name the host, in the order of their ids. */
export async function eventTypesHostedBy(tx: Tx, organisation: string, host: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select t.id from event_type t join event_type_rules r on r.event_type_id = t.id and r.valid_to is null
    where t.organisation_id = ${organisation} and t.deleted_at is null and ${host} = any(r.hosts)
    order by t.id`;
  return rows.map(({ id }) => id);
}

const slugTaken = (slug: string) => conflict(`The owner has an event type with the slug ${slug} already.`);

const writeRules = (
  tx: Tx,
  organisationId: string,
  eventTypeId: string,
  fields: EventTypeFields,
  now: Instant,
) =>
  tx.eventTypeRules.create({
    data: {
      ...{ organisationId, eventTypeId, ...fields, validFrom: new Date(now) },
      ...{ rules: fields.rules as object, form: fields.form as object },
    },
  });

/** Event types by id, of any organisation, because event types are public. */
export const eventTypesByIds = (tx: Tx, ids: readonly string[]): Promise<EventType[]> =>
  readEventTypes(tx, ids, { deleted: false });

/** @returns null for an unknown or deleted one */
export async function organisationOfEventType(tx: Tx, id: string): Promise<string | null> {
  const found = await tx.eventType.findFirst({
    where: { id, deletedAt: null },
    select: { organisationId: true },
  });
  return found?.organisationId ?? null;
}

/** Event types by id, deleted ones included, as their bookings show them. An erased owner has the slug ''. */
export const eventTypesWithDeleted = (tx: Tx, ids: readonly string[]): Promise<EventType[]> =>
  readEventTypes(tx, ids, { deleted: true });

/** In one statement, for each hold and each booking reads them. */
async function readEventTypes(
  tx: Tx,
  ids: readonly string[],
  { deleted }: { deleted: boolean },
): Promise<EventType[]> {
  const rows = await tx.$queryRaw<(Omit<EventType, 'rules' | 'form'> & { rules: unknown; form: unknown })[]>`
    select t.id, t.organisation_id as "organisationId", t.owner_id as "ownerId", coalesce(a.slug, '') as owner, t.slug,
      t.version::float8 as version, r.title, r.hosts, r.rules, r.form
    from event_type t
    join event_type_rules r on r.event_type_id = t.id and r.valid_to is null
    left join address a on a.owner_id = t.owner_id
    where t.id = any(${[...ids]}) and (t.deleted_at is null and a.slug is not null or t.deleted_at is not null and ${deleted})`;
  return rows.map((row) => ({ ...row, rules: rulesOf(row.rules), form: formOf(row.form) }));
}

/** The event type that is spelled so, else one whose slug differs in case alone. */
export async function eventTypeBySlug(tx: Tx, ownerId: string, slug: string): Promise<EventType | undefined> {
  const [found] = await tx.$queryRaw<{ id: string }[]>`
    select id from event_type
    where owner_id = ${ownerId} and deleted_at is null and lower(slug collate "C") = ${foldSlug(slug)}
    order by slug = ${slug} desc, slug limit 1`;
  return found ? (await eventTypesByIds(tx, [found.id]))[0] : undefined;
}

export interface EventTypeFilter {
  /** Id of the host or team that owns it. */
  ownerId: string;
  /** Words of the title. */
  search: string;
  active: boolean;
}

export function eventTypeListing(
  organisation: string,
  { ownerId, search, active }: Filter<EventTypeFilter>,
): Listing {
  // As a list of ids: few are found by words, and few are not active.
  const withRules = (condition: Prisma.Sql) =>
    Prisma.sql`(select r.event_type_id from event_type_rules r where r.valid_to is null and ${condition})`;
  const inactive = withRules(Prisma.sql`r.rules ->> 'active' = 'false'`);
  return {
    from: Prisma.sql`event_type t`,
    id: Prisma.sql`t.id`,
    where: conditions(
      Prisma.sql`t.organisation_id = ${organisation} and t.deleted_at is null`,
      ifAsked(ownerId, (wanted) => Prisma.sql`t.owner_id = ${wanted}`),
      ifAsked(
        matches(Prisma.sql`search_words(r.title)`, search),
        (found) => Prisma.sql`t.id = any(array${withRules(found)})`,
      ),
      ifAsked(active, (wanted) =>
        wanted ? Prisma.sql`t.id not in ${inactive}` : Prisma.sql`t.id = any(array${inactive})`,
      ),
    ),
  };
}

export const listEventTypes = (
  tx: Tx,
  organisation: string,
  filter: Filter<EventTypeFilter> = {},
): RowList<EventType> =>
  rowList(tx, eventTypeListing(organisation, filter), (ids) => eventTypesByIds(tx, ids));

/** Defaults of fields that older stored rules lack. */
const RULE_DEFAULTS = {
  quorum: null,
  hostRules: [],
  maxPerDay: null,
  maxPerWeek: null,
  maxPerAttendee: null,
  changeNotice: null,
  requireEmailVerification: false,
  approval: false,
  active: true,
  listed: true,
  reminders: [DAY],
};

/** Rules from the column `rules`, which only writeRules writes. */
export function rulesOf(column: unknown): EventTypeRules {
  const rules = { ...RULE_DEFAULTS, ...(column as Omit<EventTypeRules, 'lengths'>) };
  return { lengths: [rules.length], ...rules };
}

/** A form from the column `form`, which only writeRules writes; null: of rules that were stored before there were forms. */
export const formOf = (column: unknown): EventForm => ({ ...EMPTY_FORM, ...(column as EventForm | null) });
