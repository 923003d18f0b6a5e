/** API keys: shown once, stored hashed, ended by time or revoked for good. */

import { newId } from '../../ids.ts';
import { hashSecret, randomSecret } from '../../secrets.ts';
import type { Instant } from '../../time/clock.ts';
import type { Store, Tx } from '../client.ts';
import type { ApiKey, ApiScope } from '../generated/client.ts';
import { pageById, type RowList } from '../lists.ts';

export type { ApiKey, ApiScope };

export async function insertApiKey(
  tx: Tx,
  organisation: string,
  { name, scopes, expiresAt }: { name: string; scopes: ApiScope[]; expiresAt: Date | null },
) {
  const secret = `sw_${randomSecret()}`;
  const data = { id: newId('ApiKey'), organisationId: organisation, name, scopes, expiresAt };
  const { id } = await tx.apiKey.create({ data: { ...data, secretHash: hashSecret(secret) } });
  return { id, secret };
}

const isLive = (now: Instant) => ({
  revokedAt: null,
  organisation: { deletedAt: null },
  OR: [{ expiresAt: null }, { expiresAt: { gt: new Date(now) } }],
});

/** A live key. Found by its hash: 256 bits of entropy leave nothing to time. */
export const apiKeyBySecret = (store: Store, secret: string, now: Instant) =>
  store.apiKey.findFirst({ where: { secretHash: hashSecret(secret), ...isLive(now) } });

/** Ids of the live keys among these. */
export async function liveApiKeys(store: Store, ids: readonly string[], now: Instant): Promise<Set<string>> {
  const rows = await store.apiKey.findMany({
    where: { id: { in: [...ids] }, ...isLive(now) },
    select: { id: true },
  });
  return new Set(rows.map(({ id }) => id));
}

/** @returns false when the organisation has no such live key. */
export async function revokeApiKey(tx: Tx, organisation: string, id: string, now: Instant): Promise<boolean> {
  const { count } = await tx.apiKey.updateMany({
    where: { id, organisationId: organisation, revokedAt: null },
    data: { revokedAt: new Date(now) },
  });
  return count > 0;
}

/** @returns null when the organisation has no such key; revoked ones are renamed, too */
export async function renameApiKey(
  tx: Tx,
  organisation: string,
  id: string,
  name: string,
): Promise<ApiKey | null> {
  const [key] = await tx.apiKey.updateManyAndReturn({
    where: { id, organisationId: organisation },
    data: { name },
  });
  return key ?? null;
}

export const listApiKeys = (store: Store, organisation: string): RowList<ApiKey> => ({
  read: (page) => {
    const { where, ...order } = pageById(page);
    return store.apiKey.findMany({ ...order, where: { ...where, organisationId: organisation } });
  },
  count: () => store.apiKey.count({ where: { organisationId: organisation } }),
});
