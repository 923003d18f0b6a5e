/** API keys: shown once, stored hashed, revoked for good. */
import { newId } from '../ids.ts';
import { hashSecret, randomSecret } from '../secrets.ts';
import type { Store } from './client.ts';
import type { ApiKey } from './generated/client.ts';
import type { Page } from './rows.ts';

export type { ApiKey };

export async function insertApiKey(store: Store, organisation: string, name: string, scopes: string[]) {
  const secret = `sw_${randomSecret()}`;
  const { id } = await store.apiKey.create({
    data: { id: newId('ApiKey'), organisationId: organisation, name, scopes, secretHash: hashSecret(secret) },
  });
  return { id, secret };
}

/** A live key. Found by its hash: 256 bits of entropy leave nothing to time. */
export const apiKeyBySecret = (store: Store, secret: string) =>
  store.apiKey.findFirst({ where: { secretHash: hashSecret(secret), revokedAt: null } });

/** False when there is no such live key in the organisation. */
export async function revokeApiKey(
  store: Store,
  organisation: string,
  id: string,
  now: Date,
): Promise<boolean> {
  const { count } = await store.apiKey.updateMany({
    where: { id, organisationId: organisation, revokedAt: null },
    data: { revokedAt: now },
  });
  return count > 0;
}

export const listApiKeys = (store: Store, organisation: string, page: Page) =>
  store.apiKey.findMany({ ...page, where: { ...page.where, organisationId: organisation } });
