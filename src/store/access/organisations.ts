/** Organisations: every row belongs to one. */
import { newId } from '../../ids.ts';
import { SECOND } from '../../time/clock.ts';
import { limitLockWaits, type Store } from '../client.ts';

const DEFAULT = 'default';
/** A process that froze while it held the lock must not hold up the start of another without a word. */
const LOCK_TIMEOUT = 3 * SECOND;

/** The organisation that exists before any is made; the same id for every process that asks at once. */
export async function defaultOrganisation(store: Store): Promise<string> {
  return store.$transaction(async (tx) => {
    await limitLockWaits(tx, LOCK_TIMEOUT);
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtext('slotwire default organisation'))`;
    const found = await tx.organisation.findFirst({ where: { name: DEFAULT }, orderBy: { id: 'asc' } });
    return (found ?? (await tx.organisation.create({ data: { id: newId('Organisation'), name: DEFAULT } })))
      .id;
  });
}

export const organisationExists = async (store: Store, id: string) =>
  (await store.organisation.count({ where: { id } })) > 0;
