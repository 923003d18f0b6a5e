/** Tokens through a connected tenant: one for each user, or one that all its users share. */

import { ProviderError } from '../../providers/port.ts';
import type { OrganisationConnection } from '../../store/access/organisation-connections.ts';
import { type Instant, MINUTE } from '../../time/clock.ts';
import type { ConnectDeps } from '../deps.ts';
import { howToOffer, offered } from '../offered.ts';
import { createTenantPeer, type Tenant } from '../tenant.ts';
import type { TokenAnswer } from './server.ts';

/** A shared token is not given out in its last two minutes: whoever gets it keeps it for one less. */
const MARGIN = 2 * MINUTE;

export interface TenantTokens {
  /**
   * @param mailbox whose calendars it is for
   * @param rejected a token that was just answered with 401
   * @throws ProviderError: `auth-revoked`, `rejected`, `rate-limited`, `transient`
   */
  token(connection: OrganisationConnection, mailbox: string, rejected?: string): Promise<TokenAnswer>;
  /** Its grant was made anew: what is kept of it is dropped. */
  forget(connection: string): void;
}

type Deps = Pick<ConnectDeps, 'providers' | 'keyRing' | 'clock' | 'config' | 'log'>;

export function createTenantTokens({ providers, keyRing, clock, config, log }: Deps): TenantTokens {
  /** Those that are shared, by connection; may still be on their way. */
  const kept = new Map<string, Promise<TokenAnswer>>();

  function open({ id, subject, secret }: OrganisationConnection): Tenant {
    try {
      return { subject, secret: secret === null ? null : keyRing.decrypt(secret, id) };
    } catch {
      log.error(
        { connection: id },
        'the key of this connection opens with no key of ENCRYPTION_KEYS: bring the old key back, or connect it again',
      );
      throw new ProviderError('rejected', 'the connection opens with no key of ENCRYPTION_KEYS');
    }
  }

  async function shared(
    id: string,
    ask: () => Promise<TokenAnswer>,
    rejected?: string,
  ): Promise<TokenAnswer> {
    const known = kept.get(id);
    const answer = await known?.catch(() => null);
    if (answer && answer.access !== rejected && clock.now() < endOf(answer)) return answer;
    // Whoever else waited may have asked already.
    const present = kept.get(id);
    if (present && present !== known) return present;
    const asked = ask();
    kept.set(id, asked);
    return asked;
  }

  return {
    async token(connection, mailbox, rejected) {
      const port = offered(providers, connection.provider)?.organisation;
      if (!port) throw new ProviderError('rejected', howToOffer(connection.provider));
      const ask = () =>
        createTenantPeer(port, open(connection), { clock, allowPrivate: config.ALLOW_PRIVATE_NETWORK })(
          mailbox,
        );
      return port.kind === 'application' ? shared(connection.id, ask, rejected) : ask();
    },
    forget: (connection) => void kept.delete(connection),
  };
}

const endOf = ({ expiresAt }: TokenAnswer): Instant =>
  expiresAt === null ? Number.POSITIVE_INFINITY : expiresAt - MARGIN;
