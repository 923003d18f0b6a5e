/** From an Authorization header to a viewer. */
import { timingSafeEqual } from 'node:crypto';
import { SlotwireError } from '../errors.ts';
import { hashSecret } from '../secrets.ts';
import { apiKeyBySecret } from '../store/access/api-keys.ts';
import { organisationExists } from '../store/access/organisations.ts';
import type { Store } from '../store/client.ts';
import type { Clock } from '../time/clock.ts';
import { ANONYMOUS, type Viewer } from './context.ts';
import { API_SCOPES } from './scopes.ts';

/**
 * `authorization`: as in HTTP. `organisation`: header X-Slotwire-Organisation, for the operator only.
 * @throws SlotwireError UNAUTHENTICATED for a credential that isn't one, NOT_FOUND for an unknown organisation.
 */
export type Authenticate = (authorization: string | null, organisation: string | null) => Promise<Viewer>;

export function createAuthenticate(deps: {
  store: Store;
  adminToken: string;
  defaultOrganisation: string;
  clock: Clock;
}): Authenticate {
  const admin = Buffer.from(hashSecret(deps.adminToken));
  return async (authorization, organisation) => {
    if (authorization === null) return ANONYMOUS;
    const secret = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    if (!secret) throw unauthenticated('The Authorization header must be: Bearer <ADMIN_TOKEN or API key>.');
    if (timingSafeEqual(Buffer.from(hashSecret(secret)), admin)) {
      if (organisation !== null && !(await organisationExists(deps.store, organisation))) {
        throw new SlotwireError('NOT_FOUND', `There is no organisation ${organisation}.`);
      }
      return {
        kind: 'ADMIN',
        name: null,
        scopes: API_SCOPES,
        organisation: organisation ?? deps.defaultOrganisation,
        key: null,
        address: '',
      };
    }
    const key = await apiKeyBySecret(deps.store, secret, deps.clock.now());
    if (!key) throw unauthenticated('This key is unknown, has ended or was revoked.');
    return {
      kind: 'API_KEY',
      name: key.name,
      scopes: key.scopes,
      organisation: key.organisationId,
      key: { id: key.id, expiresAt: key.expiresAt?.getTime() ?? null },
      address: '',
    };
  };
}

const unauthenticated = (message: string) => new SlotwireError('UNAUTHENTICATED', message);
