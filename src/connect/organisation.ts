/** Organisation-wide access: a tenant connected once, then hosts attached by address, without consent of each. */
import { cacheKey } from '../cache/port.ts';
import { badInput, notFound } from '../errors.ts';
import { type Access, ProviderError, type ProviderFailure, type ProviderName } from '../providers/port.ts';
import { type Account, changeAccount, clearRevoked } from '../store/access/accounts.ts';
import {
  changeConnection,
  connectionsByIds,
  ensureConnection,
  lockRevokedOf,
  type OrganisationConnection,
} from '../store/access/organisation-connections.ts';
import { hostsByIds } from '../store/rules/hosts.ts';
import type { ConnectDeps } from './deps.ts';
import { howToOffer, offered } from './offered.ts';
import { createKeepAccount } from './save-account.ts';
import { createTenantPeer, readTenant, type Tenant, type TenantInput } from './tenant.ts';
import type { Accesses } from './tokens/access.ts';
import type { TenantTokens } from './tokens/tenant-tokens.ts';

/** `refused`: what the provider's refusal means, in words for the public. */
export type Outcome<T> = { granted: T } | { refused: string };

export interface Organisations {
  /**
   * The same tenant again replaces its key and heals its accounts.
   * @throws SlotwireError BAD_USER_INPUT (provider, serviceAccountKey, tenant)
   */
  connectOrganisation(
    organisation: string,
    wish: TenantInput & { provider: ProviderName },
  ): Promise<Outcome<OrganisationConnection>>;
  /** @throws SlotwireError NOT_FOUND (connection, host), BAD_USER_INPUT (connection), CONFLICT (another host's account) */
  attachHost(
    organisation: string,
    wish: { connection: string; host: string; email: string },
  ): Promise<Outcome<Account>>;
}

export function createOrganisations(
  deps: ConnectDeps & { access: Accesses },
  tenantTokens: TenantTokens,
): Organisations {
  const { store, providers, publisher, keyRing, clock, config, log, access } = deps;
  const keepAccount = createKeepAccount(deps);

  /** @returns the connection, and the accounts that are healed with it. */
  const keepConnection = (organisationId: string, provider: ProviderName, { subject, secret }: Tenant) =>
    publisher.change(async (tx, now) => {
      const wanted = { organisationId, provider, subject, name: subject };
      const { id } = await ensureConnection(tx, wanted);
      const connection = await changeConnection(tx, id, {
        secret: secret === null ? null : keyRing.encrypt(secret, id),
      });
      const healed = await lockRevokedOf(tx, id);
      const keys: string[] = [];
      for (const account of healed) {
        await changeAccount(tx, account, { status: 'CONNECTED' });
        keys.push(...(await clearRevoked(tx, account, now)).map(cacheKey.calendar));
      }
      return { result: { connection, healed }, keys };
    });

  /** Before there is an account. */
  function accessTo(provider: ProviderName, connection: OrganisationConnection, mailbox: string): Access {
    let token: string | undefined;
    return access.newcomer(provider, {
      async token(rejected) {
        if (token === undefined || token === rejected) {
          token = (await tenantTokens.token(connection, mailbox, rejected)).access;
        }
        return token;
      },
      mailbox: async () => mailbox,
    });
  }

  /** What a provider refuses is an answer, no fault. */
  async function outcome<T>(
    work: Promise<T>,
    refusals: Record<ProviderFailure, string>,
    about: object,
  ): Promise<Outcome<T>> {
    try {
      return { granted: await work };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      const { reason, message } = error;
      log.warn({ ...about, reason: `${reason}: ${message}` }, 'the provider refused');
      return { refused: refusals[reason] };
    }
  }

  return {
    async connectOrganisation(organisation, { provider: name, ...input }) {
      const provider = providers.get(name);
      if (!provider) throw badInput('provider', howToOffer(name));
      const port = provider.organisation;
      if (!port) throw badInput('provider', 'it connects single hosts only');
      const tenant = readTenant(port, input);
      const ask = createTenantPeer(port, tenant, { clock, allowPrivate: config.ALLOW_PRIVATE_NETWORK });
      const about = { provider: name, subject: tenant.subject };
      const proven = await outcome(ask(null), REFUSED_TENANT, about);
      if ('refused' in proven) return proven;
      const { connection, healed } = await keepConnection(organisation, name, tenant);
      tenantTokens.forget(connection.id);
      for (const account of healed) access.forget(account);
      log.info({ ...about, connection: connection.id, healed: healed.length }, 'organisation connected');
      return { granted: connection };
    },

    async attachHost(organisation, { connection: id, host, email }) {
      const [connection] = await connectionsByIds(store, organisation, [id]);
      if (!connection) throw notFound('connection', id);
      const [found] = await hostsByIds(store, organisation, [host]);
      if (!found) throw notFound('host', host);
      const provider = offered(providers, connection.provider);
      if (!provider) throw badInput('connection', howToOffer(connection.provider));
      const mailbox = accessTo(provider.name, connection, email);
      const read = async () => ({
        identity: await provider.identify(mailbox),
        listed: await provider.listCalendars(mailbox),
      });
      const about = { provider: provider.name, connection: id, host };
      const reached = await outcome(read(), REFUSED_MAILBOX, about);
      if ('refused' in reached) return reached;
      const { identity, listed } = reached.granted;
      const account = await keepAccount(
        {
          organisationId: organisation,
          hostId: host,
          provider: provider.name,
          subject: identity.subject,
          email: identity.email ?? email,
        },
        listed,
        () => ({ connectionId: id, tokens: null, tokensExpireAt: null }),
      );
      access.forget(account.id);
      log.info({ ...about, account: account.id }, 'host attached');
      return { granted: account };
    },
  };
}

const AWAY = {
  transient: 'The provider could not be reached; try again.',
  'rate-limited': 'The provider asks to come back later.',
} as const;

const NO_TENANT = 'The provider refused these credentials, or its administrator has not granted access yet.';
const REFUSED_TENANT: Record<ProviderFailure, string> = {
  ...AWAY,
  rejected: NO_TENANT,
  'auth-revoked': NO_TENANT,
  'cursor-expired': NO_TENANT,
  'watch-not-supported': NO_TENANT,
};

const NO_MAILBOX =
  'The provider gives no access to this mailbox: it does not know the address, or its administrator has not granted it.';
const REFUSED_MAILBOX: Record<ProviderFailure, string> = {
  ...AWAY,
  rejected: NO_MAILBOX,
  'auth-revoked': NO_MAILBOX,
  'cursor-expired': NO_MAILBOX,
  'watch-not-supported': NO_MAILBOX,
};
