/** Organisations: every row belongs to one. */
import { conflict, notFound } from '../../errors.ts';
import { newId } from '../../ids.ts';
import { randomSecret } from '../../secrets.ts';
import { type Instant, SECOND } from '../../time/clock.ts';
import { limitLockWaits, type Store, type Tx } from '../client.ts';
import type { Organisation } from '../generated/client.ts';
import { pageById, type RowList } from '../lists.ts';

export type { Organisation };

/** The name that the default organisation begins with. */
const DEFAULT = 'default';
/** A process that froze while it held the lock must not hold up the start of another without a word. */
const LOCK_TIMEOUT = 3 * SECOND;

/** The organisation that exists before any is made; the same id for every process that asks at once. */
export async function defaultOrganisation(store: Store): Promise<string> {
  return store.$transaction(async (tx) => {
    await limitLockWaits(tx, LOCK_TIMEOUT);
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtext('slotwire default organisation'))`;
    const found = await tx.organisation.findFirst({ where: { isDefault: true } });
    if (found) return found.id;
    // A process of an earlier version finds it by its name, and may have made it without the mark.
    const named = await tx.organisation.findFirst({ where: { name: DEFAULT }, orderBy: { id: 'asc' } });
    const made = named
      ? await tx.organisation.update({ where: { id: named.id }, data: { isDefault: true } })
      : await tx.organisation.create({
          data: { id: newId('Organisation'), name: DEFAULT, isDefault: true },
        });
    return made.id;
  });
}

/** One that was deleted doesn't, although rows of it may still be there. */
/** The operator acts in it unless another is named. */
export const isDefaultOrganisation = async (store: Store, id: string) =>
  (await store.organisation.count({ where: { id, isDefault: true } })) > 0;

export const organisationExists = async (tx: Tx, id: string) =>
  (await tx.organisation.count({ where: { id, deletedAt: null } })) > 0;

/** Is there one beside this? */
export const hasOtherOrganisation = async (tx: Tx, id: string): Promise<boolean> =>
  (await tx.organisation.count({ where: { id: { not: id }, deletedAt: null }, take: 1 })) > 0;

export const organisationsByIds = (tx: Tx, ids: readonly string[]) =>
  tx.organisation.findMany({ where: { id: { in: [...ids] }, deletedAt: null } });

export const listOrganisations = (tx: Tx): RowList<Organisation> => ({
  read: (page) => {
    const { where, ...order } = pageById(page);
    return tx.organisation.findMany({ ...order, where: { ...where, deletedAt: null } });
  },
  count: () => tx.organisation.count({ where: { deletedAt: null } }),
});

export const insertOrganisation = (tx: Tx, name: string, now: Instant): Promise<Organisation> =>
  tx.organisation.create({ data: { id: newId('Organisation'), name, createdAt: new Date(now) } });

/** Waits for the row's lock and keeps it until the transaction ends. @throws SlotwireError NOT_FOUND */
export async function lockOrganisation(tx: Tx, id: string): Promise<void> {
  const found = await tx.$executeRaw`
    select 1 from organisation where id = ${id} and deleted_at is null for no key update`;
  if (found === 0) throw notFound('organisation', id);
}

/** @throws SlotwireError NOT_FOUND */
export async function renameOrganisation(tx: Tx, id: string, name: string): Promise<Organisation> {
  const { count } = await tx.organisation.updateMany({ where: { id, deletedAt: null }, data: { name } });
  const [renamed] = count > 0 ? await organisationsByIds(tx, [id]) : [];
  if (!renamed) throw notFound('organisation', id);
  return renamed;
}

/**
 * The organisation is gone for everybody from now on: its keys have ended, and so have its feeds and the connections that were
 * begun. The caller enqueues the job that erases the rest.
 * @throws SlotwireError NOT_FOUND; CONFLICT for the default organisation
 */
export async function markOrganisationDeleted(tx: Tx, id: string, now: Instant): Promise<void> {
  await tx.$queryRaw`select 1 from organisation where id = ${id} for update`;
  const [found] = await organisationsByIds(tx, [id]);
  if (!found) throw notFound('organisation', id);
  if (found.isDefault) throw conflict('The default organisation stays: the operator acts in it.');
  await tx.organisation.update({ where: { id }, data: { deletedAt: new Date(now) } });
  await tx.apiKey.updateMany({
    where: { organisationId: id, revokedAt: null },
    data: { revokedAt: new Date(now) },
  });
  await tx.feed.deleteMany({ where: { organisationId: id } });
  await tx.$executeRaw`delete from connect_attempt where organisation_id = ${id}`;
}

/** Deleted organisations whose rows are still there, and that no process erases just now. */
export async function deletedOrganisations(tx: Tx, now: Instant, limit: number): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id from organisation
    where deleted_at is not null and (lease_until is null or lease_until <= ${new Date(now)})
    order by id limit ${limit}`;
  return rows.map(({ id }) => id);
}

/** The right to erase one deleted organisation. @returns its lease, or null while another process has it. */
export async function leaseErasure(tx: Tx, id: string, now: Instant, ttl: number): Promise<string | null> {
  const lease = randomSecret();
  const taken = await tx.$executeRaw`
    update organisation set lease_id = ${lease}, lease_until = ${new Date(now + ttl)}
    where id = ${id} and deleted_at is not null and (lease_until is null or lease_until <= ${new Date(now)})`;
  return taken > 0 ? lease : null;
}

/** @returns false when the lease was lost. */
export const renewErasure = async (tx: Tx, id: string, lease: string, until: Instant): Promise<boolean> =>
  (
    await tx.organisation.updateMany({
      where: { id, leaseId: lease },
      data: { leaseUntil: new Date(until) },
    })
  ).count > 0;

/** The next process may take it at once. */
export const releaseErasure = (tx: Tx, id: string, lease: string) =>
  tx.organisation.updateMany({ where: { id, leaseId: lease }, data: { leaseId: null, leaseUntil: null } });
