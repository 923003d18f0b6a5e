/** Accounts connected by a secret: it is verified at the provider, then stored sealed. */
import { badInput, notFound } from '../errors.ts';
import { type Access, ProviderError, type ProviderFailure, type ProviderName } from '../providers/port.ts';
import type { Account } from '../store/access/accounts.ts';
import { hostsByIds } from '../store/rules/hosts.ts';
import type { ConnectDeps } from './deps.ts';
import type { ConnectOutcome } from './organisation-accounts.ts';
import { createSaveAccount } from './save-account.ts';
import type { AccountAccess } from './tokens/account-access.ts';
import { sealSecret } from './tokens/secret-credentials.ts';

export interface ConnectSecretInput {
  host: string;
  provider: ProviderName;
  /** Values by field of the API's input. */
  given: Readonly<Record<string, string>>;
}

export interface SecretAccounts {
  /**
   * Connecting the same account of the same host again replaces its secret.
   * @throws SlotwireError NOT_FOUND (host), BAD_USER_INPUT, CONFLICT (another host's account)
   */
  connectSecret(organisation: string, input: ConnectSecretInput): Promise<ConnectOutcome<Account>>;
}

export function createSecretAccounts(deps: ConnectDeps & { access: AccountAccess }): SecretAccounts {
  const { store, providers, keyRing, log, access } = deps;
  const saveAccount = createSaveAccount(deps);

  /** Access with a secret that has no account yet. */
  function accessWithSecret(provider: ProviderName, secret: string): Access {
    return access.forNewAccount(provider, {
      async token(rejected) {
        if (rejected === secret) throw new ProviderError('auth-revoked', 'not accepted', { status: 401 });
        return secret;
      },
    });
  }

  return {
    async connectSecret(organisationId, { host: hostId, provider: name, given }) {
      const [host] = await hostsByIds(store, organisationId, [hostId]);
      if (!host) throw notFound('host', hostId);
      const provider = providers.get(name);
      if (!provider?.secret) throw badInput('provider', `${name} takes no secret here`);
      const secret = provider.secret.parse(given);
      const newAccess = accessWithSecret(name, secret);
      try {
        const identity = await provider.identify(newAccess);
        const listed = await provider.listCalendars(newAccess);
        if (listed.length === 0) return { refused: NO_CALENDAR };
        const account = await saveAccount(
          { organisationId, hostId, provider: name, ...identity },
          listed,
          ({ id }) => ({
            connectionId: null,
            tokens: sealSecret(keyRing, id, secret),
            tokensExpireAt: null,
          }),
          null,
        );
        access.invalidate(account.id);
        log.info({ account: account.id, host: hostId, provider: name }, 'account connected');
        return { granted: account };
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        const { reason, message, publicMessage } = error;
        log.warn({ host: hostId, provider: name, reason: `${reason}: ${message}` }, 'account not connected');
        return { refused: publicMessage ?? REFUSAL_MESSAGES[reason] };
      }
    },
  };
}

const NO_CALENDAR = 'There is no calendar for events in this account.';
const NOT_READABLE = 'There is no calendar that can be read at this address.';
const REFUSAL_MESSAGES: Record<ProviderFailure, string> = {
  'auth-revoked': 'The server did not accept the user name and password.',
  transient: 'The server could not be reached, or did not answer as expected; try again.',
  'rate-limited': 'The server asks to come back later.',
  rejected: NOT_READABLE,
  sealed: NOT_READABLE,
  'cursor-expired': NOT_READABLE,
  'watch-not-supported': NOT_READABLE,
};
