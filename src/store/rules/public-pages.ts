/** What public pages show of event types: those that an owner lists, and one by its address. */
import type { EventTypeRules } from '../../availability/rules.ts';
import type { EventForm } from '../../form/event-form.ts';
import type { Tx } from '../client.ts';
import { addressBySlug } from '../rows.ts';
import { eventTypeBySlug, formOf, rulesOf } from './event-types.ts';

/** An event type as a page tells of it. */
export interface PublicEventType {
  /** Slugs, as they are stored. */
  owner: string;
  slug: string;
  title: string;
  rules: EventTypeRules;
  form: EventForm;
  /** Names of the hosts, in the event type's order. */
  hosts: string[];
}

/** With what it takes to offer and book its times. */
export interface BookablePage extends PublicEventType {
  id: string;
  /** Of the first host. */
  timeZone: string;
}

export interface OwnerListing {
  /** The owner's slug, as it is stored. */
  owner: string;
  /** Of the host or team. */
  name: string;
  /** Active and listed, the oldest first. */
  eventTypes: PublicEventType[];
}

/** Event types on one page. */
const LISTED_MAX = 200;

/** @returns null when no host or team has the slug */
export async function ownerListing(tx: Tx, slug: string): Promise<OwnerListing | null> {
  const address = await addressBySlug(tx, slug);
  if (!address) return null;
  const { ownerId, slug: owner } = address;
  const [found] = await tx.$queryRaw<{ name: string }[]>`
    select name from host where id = ${ownerId} union all select name from team where id = ${ownerId}`;
  if (!found) return null;
  // Rules that are older than the two fields have neither.
  const rows = await tx.$queryRaw<
    (Omit<PublicEventType, 'owner' | 'rules' | 'form'> & { rules: unknown; form: unknown })[]
  >`
    select t.slug, r.title, r.rules, r.form, array(
      select h.name from unnest(r.hosts) with ordinality as member(id, at) join host h on h.id = member.id
      order by member.at) as hosts
    from event_type t join event_type_rules r on r.event_type_id = t.id and r.valid_to is null
    where t.owner_id = ${ownerId} and t.deleted_at is null
      and coalesce(r.rules->>'active', 'true') = 'true' and coalesce(r.rules->>'listed', 'true') = 'true'
    order by t.created_at, t.id limit ${LISTED_MAX}`;
  return {
    owner,
    name: found.name,
    eventTypes: rows.map((row) => ({ ...row, owner, rules: rulesOf(row.rules), form: formOf(row.form) })),
  };
}

/** @returns null when there is no such event type. One that is neither active nor listed is there, by its address. */
export async function publicEventType(tx: Tx, owner: string, slug: string): Promise<BookablePage | null> {
  const address = await addressBySlug(tx, owner);
  const found = address && (await eventTypeBySlug(tx, address.ownerId, slug));
  if (!found) return null;
  const named = await tx.host.findMany({
    where: { id: { in: found.hosts } },
    select: { id: true, name: true, timeZone: true },
  });
  const hosts = new Map(named.map((host) => [host.id, host]));
  const [first = ''] = found.hosts;
  return {
    id: found.id,
    timeZone: hosts.get(first)?.timeZone ?? 'UTC',
    owner: found.owner,
    slug: found.slug,
    title: found.title,
    rules: found.rules,
    form: found.form,
    hosts: found.hosts.flatMap((id) => hosts.get(id)?.name ?? []),
  };
}
