/**
 * Organisation-wide access: a tenant is connected once, then hosts are attached by address, without each one's consent.
 */
import { cacheKey } from '../cache/keys.ts';
import { badInput, notFound, SlotwireError } from '../errors.ts';
import { type Access, ProviderError, type ProviderFailure, type ProviderName } from '../providers/port.ts';
import { type Account, changeAccount, clearRevoked } from '../store/access/accounts.ts';
import {
  changeConnection,
  connectionsByIds,
  ensureConnection,
  isConnected,
  lockRevokedAccounts,
  type OrganisationConnection,
} from '../store/access/organisation-connections.ts';
import { hasOtherOrganisation } from '../store/access/organisations.ts';
import { retryWritesAfterPull } from '../store/bookings/writes.ts';
import { hostsByIds } from '../store/rules/hosts.ts';
import type { ConnectDeps } from './deps.ts';
import { notOfferedMessage, offeredProvider } from './offered.ts';
import { createSaveAccount } from './save-account.ts';
import { createTenantTokenRequest, parseTenant, type Tenant, type TenantInput } from './tenant.ts';
import type { AccountAccess } from './tokens/account-access.ts';
import type { TenantTokens } from './tokens/tenant-tokens.ts';

/** `refused`: why the provider refused, worded for the public. */
export type ConnectOutcome<T> = { granted: T } | { refused: string };

export interface Organisations {
  /**
   * Connecting the same tenant again replaces its key and reconnects its accounts.
   * @throws SlotwireError BAD_USER_INPUT (provider, serviceAccountKey, tenant), FORBIDDEN (the operator alone may say whose it is)
   */
  connectOrganisation(
    organisation: string,
    input: TenantInput & { provider: ProviderName },
    caller: { isOperator: boolean },
  ): Promise<ConnectOutcome<OrganisationConnection>>;
  /**
   * Attaches a host's mailbox of a connected tenant.
   * @throws SlotwireError NOT_FOUND (connection, host), BAD_USER_INPUT (connection), CONFLICT (another host's account)
   */
  attachHost(
    organisation: string,
    input: { connection: string; host: string; email: string },
  ): Promise<ConnectOutcome<Account>>;
}

export function createOrganisations(
  deps: ConnectDeps & { access: AccountAccess },
  tenantTokens: TenantTokens,
): Organisations {
  const { store, providers, publisher, keyRing, clock, config, log, access } = deps;
  const saveAccount = createSaveAccount(deps);

  /** @returns the connection, and the ids of accounts that are connected again with it */
  const saveConnection = (organisationId: string, provider: ProviderName, { subject, secret }: Tenant) =>
    publisher.change(async (tx, now) => {
      const tenantConnection = { organisationId, provider, subject, name: subject };
      const { id } = await ensureConnection(tx, tenantConnection);
      const connection = await changeConnection(tx, id, {
        secret: secret === null ? null : keyRing.encrypt(secret, 'organisation_connection.secret', id),
      });
      const reconnected = await lockRevokedAccounts(tx, id);
      const keys: string[] = [];
      for (const account of reconnected) {
        await changeAccount(tx, account, { status: 'CONNECTED' });
        keys.push(...(await clearRevoked(tx, account, now)).map(cacheKey.calendar));
        await retryWritesAfterPull(tx, account, now);
      }
      return { result: { connection, reconnected }, keys };
    });

  /**
   * A tenant's grant is to the installation's own application, and says nothing of which organisation it is for: where there are
   * several, each could read the calendars of another one's tenant.
   */
  async function assertOwnTenant(organisationId: string, provider: ProviderName, subject: string) {
    if (await isConnected(store, { organisationId, provider, subject })) return;
    if (!(await hasOtherOrganisation(store, organisationId))) return;
    throw new SlotwireError(
      'FORBIDDEN',
      'This installation has several organisations: its operator connects a tenant to the one that it belongs to.',
    );
  }

  /** Access to a mailbox that has no account yet. */
  function accessToMailbox(
    provider: ProviderName,
    connection: OrganisationConnection,
    mailbox: string,
  ): Access {
    let token: string | undefined;
    return access.forNewAccount(provider, {
      async token(rejected) {
        if (token === undefined || token === rejected) {
          token = (await tenantTokens.token(connection, mailbox, rejected)).access;
        }
        return token;
      },
      mailbox: async () => mailbox,
    });
  }

  /** A refusal is a result, not an error. */
  async function outcome<T>(
    work: Promise<T>,
    refusals: Record<ProviderFailure, string>,
    logContext: object,
  ): Promise<ConnectOutcome<T>> {
    try {
      return { granted: await work };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      const { reason, message } = error;
      log.warn(
        { ...logContext, reason: `${reason}: ${message}` },
        'organisation access refused by the provider',
      );
      return { refused: refusals[reason] };
    }
  }

  return {
    async connectOrganisation(organisation, { provider: name, ...input }, { isOperator }) {
      const provider = providers.get(name);
      if (!provider) throw badInput('provider', notOfferedMessage(name));
      const port = provider.organisation;
      if (!port) throw badInput('provider', 'it connects single hosts only');
      const tenant = parseTenant(port, input);
      if (port.kind === 'application' && !isOperator)
        await assertOwnTenant(organisation, name, tenant.subject);
      const requestToken = createTenantTokenRequest(port, tenant, {
        clock,
        allowPrivate: config.ALLOW_PRIVATE_NETWORK,
      });
      const logContext = { provider: name, subject: tenant.subject };
      const verified = await outcome(requestToken(null), TENANT_MESSAGES, logContext);
      if ('refused' in verified) return verified;
      const { connection, reconnected } = await saveConnection(organisation, name, tenant);
      tenantTokens.invalidate(connection.id);
      for (const account of reconnected) access.invalidate(account);
      log.info(
        { ...logContext, connection: connection.id, reconnected: reconnected.length },
        'organisation connected',
      );
      return { granted: connection };
    },

    async attachHost(organisation, { connection: id, host, email }) {
      const [connection] = await connectionsByIds(store, organisation, [id]);
      if (!connection) throw notFound('connection', id);
      const [found] = await hostsByIds(store, organisation, [host]);
      if (!found) throw notFound('host', host);
      const provider = offeredProvider(providers, connection.provider);
      if (!provider) throw badInput('connection', notOfferedMessage(connection.provider));
      const mailbox = accessToMailbox(provider.name, connection, email);
      const read = async () => ({
        identity: await provider.identify(mailbox),
        listed: await provider.listCalendars(mailbox),
      });
      const logContext = { provider: provider.name, connection: id, host };
      const mailboxData = await outcome(read(), MAILBOX_MESSAGES, logContext);
      if ('refused' in mailboxData) return mailboxData;
      const { identity, listed } = mailboxData.granted;
      const account = await saveAccount(
        {
          organisationId: organisation,
          hostId: host,
          provider: provider.name,
          subject: identity.subject,
          email: identity.email ?? email,
        },
        listed,
        () => ({ connectionId: id, tokens: null, tokensExpireAt: null }),
        null,
      );
      access.invalidate(account.id);
      log.info({ ...logContext, account: account.id }, 'host attached');
      return { granted: account };
    },
  };
}

const UNAVAILABLE = {
  transient: 'The provider could not be reached; try again.',
  'rate-limited': 'The provider asks to come back later.',
  sealed:
    'The gateway cannot read the key of this connection: its operator is to put a missing key back, or to connect it again.',
} as const;

const TENANT_REFUSED =
  'The provider refused these credentials, or its administrator has not granted access yet.';
const TENANT_MESSAGES: Record<ProviderFailure, string> = {
  ...UNAVAILABLE,
  rejected: TENANT_REFUSED,
  'auth-revoked': TENANT_REFUSED,
  'cursor-expired': TENANT_REFUSED,
  'watch-not-supported': TENANT_REFUSED,
};

const MAILBOX_REFUSED =
  'The provider gives no access to this mailbox: it does not know the address, or its administrator has not granted it.';
const MAILBOX_MESSAGES: Record<ProviderFailure, string> = {
  ...UNAVAILABLE,
  rejected: MAILBOX_REFUSED,
  'auth-revoked': MAILBOX_REFUSED,
  'cursor-expired': MAILBOX_REFUSED,
  'watch-not-supported': MAILBOX_REFUSED,
};
