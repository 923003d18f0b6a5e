/** Tokens through a connected tenant: one per user, or one that all users share. */

import { BoundedMap } from '../../async/bounded-map.ts';
import { ProviderError } from '../../providers/port.ts';
import type { OrganisationConnection } from '../../store/access/organisation-connections.ts';
import { type Instant, MINUTE } from '../../time/clock.ts';
import type { ConnectDeps } from '../deps.ts';
import { notOfferedMessage, offeredProvider } from '../offered.ts';
import { createTenantTokenRequest, type Tenant } from '../tenant.ts';
import { openSealed } from './sealed.ts';
import type { TokenResponse } from './token-endpoint.ts';

/** A shared token is not returned in its last two minutes: its receiver may use it up to one minute before its end. */
const MARGIN = 2 * MINUTE;

export interface TenantTokens {
  /**
   * @param mailbox whose calendars the token is for
   * @param rejected a token that the provider just refused with 401
   * @throws ProviderError: `auth-revoked`, `sealed`, `rejected`, `rate-limited`, `transient`
   */
  token(connection: OrganisationConnection, mailbox: string, rejected?: string): Promise<TokenResponse>;
  /** The tenant was connected again: drops its cached token. */
  invalidate(connection: string): void;
}

type Deps = Pick<ConnectDeps, 'providers' | 'keyRing' | 'clock' | 'config' | 'log'>;

export function createTenantTokens({ providers, keyRing, clock, config, log }: Deps): TenantTokens {
  /** Shared tokens by connection; a request may still be in flight. */
  const sharedTokens = new BoundedMap<string, Promise<TokenResponse>>(10_000);

  const openTenant = ({ id, subject, secret }: OrganisationConnection): Tenant => ({
    subject,
    secret: secret === null ? null : openSealed({ keyRing, log }, { connection: id }, secret),
  });

  async function sharedToken(
    id: string,
    requestToken: () => Promise<TokenResponse>,
    rejected?: string,
  ): Promise<TokenResponse> {
    const known = sharedTokens.get(id);
    const response = await known?.catch(() => null);
    if (response && response.access !== rejected && clock.now() < usableUntil(response)) return response;
    // Another caller may have requested a token in the meantime.
    const current = sharedTokens.get(id);
    if (current && current !== known) return current;
    const requested = requestToken();
    sharedTokens.set(id, requested);
    return requested;
  }

  return {
    async token(connection, mailbox, rejected) {
      const port = offeredProvider(providers, connection.provider)?.organisation;
      if (!port) throw new ProviderError('rejected', notOfferedMessage(connection.provider));
      const requestToken = () =>
        createTenantTokenRequest(port, openTenant(connection), {
          clock,
          allowPrivate: config.ALLOW_PRIVATE_NETWORK,
        })(mailbox);
      return port.kind === 'application'
        ? sharedToken(connection.id, requestToken, rejected)
        : requestToken();
    },
    invalidate: (connection) => void sharedTokens.delete(connection),
  };
}

const usableUntil = ({ expiresAt }: TokenResponse): Instant =>
  expiresAt === null ? Number.POSITIVE_INFINITY : expiresAt - MARGIN;
