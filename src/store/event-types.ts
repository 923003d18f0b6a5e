/** Event types and their rules, with history. */
import type { EventTypeRules } from '../availability/rules.ts';
import { conflict } from '../errors.ts';
import { newId } from '../ids.ts';
import type { Store, Tx } from './client.ts';
import { lockSlug, type Page, slugsOf } from './rows.ts';

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
}

export interface EventTypeFields {
  title: string;
  hosts: string[];
  rules: EventTypeRules;
}

/** @throws SlotwireError CONFLICT when the owner has an event type of this slug. */
export async function insertEventType(
  tx: Tx,
  organisation: string,
  address: { ownerId: string; slug: string },
  fields: EventTypeFields,
  now: Date,
): Promise<string> {
  const id = newId('EventType');
  await lockSlug(tx, address.slug, address.ownerId);
  const inserted = await tx.$executeRaw`
    insert into event_type (id, organisation_id, owner_id, slug, version)
    values (${id}, ${organisation}, ${address.ownerId}, ${address.slug}, 0) on conflict do nothing`;
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
  now: Date,
) {
  await lockSlug(tx, address.slug, address.ownerId);
  const changed = await tx.$executeRaw`
    update event_type set owner_id = ${address.ownerId}, slug = ${address.slug}
    where id = ${current.id} and not exists (
      select 1 from event_type o
      where o.owner_id = ${address.ownerId} and o.slug = ${address.slug} and o.id <> ${current.id})`;
  if (changed === 0) throw slugTaken(address.slug);
  await tx.eventTypeRules.updateMany({
    where: { eventTypeId: current.id, validTo: null },
    data: { validTo: now },
  });
  await writeRules(tx, current.organisationId, current.id, fields, now);
}

const slugTaken = (slug: string) => conflict(`The owner has an event type with the slug ${slug} already.`);

const writeRules = (
  tx: Tx,
  organisationId: string,
  eventTypeId: string,
  fields: EventTypeFields,
  now: Date,
) =>
  tx.eventTypeRules.create({
    data: { organisationId, eventTypeId, ...fields, rules: { ...fields.rules }, validFrom: now },
  });

/** By ids, whatever the organisation: an event type is public. */
export async function eventTypesByIds(tx: Tx, ids: readonly string[]): Promise<EventType[]> {
  return withRules(tx, await tx.eventType.findMany({ where: { id: { in: [...ids] } } }));
}

export async function eventTypeAt(tx: Tx, ownerId: string, slug: string): Promise<EventType | undefined> {
  const row = await tx.eventType.findUnique({ where: { ownerId_slug: { ownerId, slug } } });
  return row ? (await withRules(tx, [row]))[0] : undefined;
}

export const listEventTypes = async (store: Store, organisation: string, page: Page) =>
  withRules(store, await store.eventType.findMany({ where: { organisationId: organisation }, ...page }));

type Row = Awaited<ReturnType<Store['eventType']['findMany']>>[number];

async function withRules(tx: Tx, rows: Row[]): Promise<EventType[]> {
  const [rules, slugs] = [
    await tx.eventTypeRules.findMany({
      where: { eventTypeId: { in: rows.map((row) => row.id) }, validTo: null },
    }),
    await slugsOf(tx, [...new Set(rows.map((row) => row.ownerId))]),
  ];
  const byId = new Map(rules.map((row) => [row.eventTypeId, row]));
  return rows.flatMap((row) => {
    const current = byId.get(row.id);
    const owner = slugs.get(row.ownerId);
    if (!current || !owner) return [];
    return {
      id: row.id,
      organisationId: row.organisationId,
      ownerId: row.ownerId,
      owner,
      slug: row.slug,
      version: Number(row.version),
      title: current.title,
      hosts: current.hosts,
      // Only writeRules writes this column.
      rules: current.rules as object as EventTypeRules,
    };
  });
}
