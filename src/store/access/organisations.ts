/** Organisations: every row belongs to one. */
import { newId } from '../../ids.ts';
import type { Store } from '../client.ts';

const DEFAULT = 'default';

/** The organisation that exists before any is made; the same id for every process that asks at once. */
export async function defaultOrganisation(store: Store): Promise<string> {
  return store.$transaction(async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtext('slotwire default organisation'))`;
    const found = await tx.organisation.findFirst({ where: { name: DEFAULT }, orderBy: { id: 'asc' } });
    return (found ?? (await tx.organisation.create({ data: { id: newId('Organisation'), name: DEFAULT } })))
      .id;
  });
}

export const organisationExists = async (store: Store, id: string) =>
  (await store.organisation.count({ where: { id } })) > 0;
