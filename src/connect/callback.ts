/** The second half of an OAuth connection: from the provider's redirect to an account whose calendars are read. */
import { SlotwireError } from '../errors.ts';
import type { RemoteCalendar } from '../providers/port.ts';
import { type CalendarProvider, type Identity, ProviderError, type ProviderName } from '../providers/port.ts';
import { hashSecret, matchesHash } from '../secrets.ts';
import type { Account } from '../store/access/accounts.ts';
import { type ConnectAttempt, keepConnected, takeAttempt } from '../store/access/connect-attempts.ts';
import { audited } from '../store/audit/audited.ts';
import { HOUR } from '../time/clock.ts';
import { connectedUrl, refusedUrl } from './confirmation.ts';
import type { ConnectDeps } from './deps.ts';
import { createOAuthClient } from './oauth-client.ts';
import { createSaveAccount } from './save-account.ts';
import { redirectUri } from './start.ts';
import type { AccountAccess } from './tokens/account-access.ts';
import type { TokenResponse } from './tokens/token-endpoint.ts';
import { openTokens, sealTokens } from './tokens/tokens.ts';

/** The `error` parameter of the page to which the browser returns. */
export type ConnectFault =
  | 'other_browser'
  | 'access_denied'
  | 'missing_scope'
  | 'already_connected'
  | 'connect_failed';

/** How long the page after a consent can be looked at and answered. */
const RESULT_LIFETIME = HOUR;

export interface OAuthCallback {
  /**
   * @param url the callback URL that the browser requested
   * @param browser secret that the browser holds as a cookie; null when there is none
   * @param address IP address of the browser; null: unknown
   * @returns where to redirect the browser: `returnTo` or the console, with `?error=…` when no account was connected; the
   * console, too, when the account has to be confirmed first
   * @throws SlotwireError NOT_FOUND when the state is unknown, used or expired
   */
  finish(provider: ProviderName, url: URL, browser: string | null, address: string | null): Promise<string>;
}

/** Ends the connection with a fault that the browser shows. */
class ConnectError extends Error {
  readonly fault: ConnectFault;
  constructor(fault: ConnectFault, reason: string) {
    super(reason);
    this.fault = fault;
  }
}

export function createOAuthCallback(deps: ConnectDeps & { access: AccountAccess }): OAuthCallback {
  const { store, providers, keyRing, clock, config, log, access } = deps;
  const saveAccount = createSaveAccount(deps);

  /** @returns where to redirect the browser */
  async function connect(
    attempt: ConnectAttempt,
    provider: CalendarProvider,
    parameters: URLSearchParams,
    address: string | null,
  ) {
    const refusal = parameters.get('error');
    if (refusal === 'access_denied') throw new ConnectError('access_denied', refusal);
    const code = parameters.get('code');
    const { oauth } = provider;
    if (refusal !== null || !code || !oauth || !attempt.verifier || !attempt.stateHash) {
      throw new ConnectError(
        'connect_failed',
        `no code: ${(refusal ?? '').replace(/[^\w.-]/g, '').slice(0, 60)}`,
      );
    }
    const client = createOAuthClient(oauth, { clock, allowPrivate: config.ALLOW_PRIVATE_NETWORK });
    const tokens = await client.exchange({
      code,
      verifier: keyRing.decrypt(attempt.verifier, 'connect_attempt.verifier', attempt.stateHash),
      redirectUri: redirectUri(config.PUBLIC_URL, provider.name),
    });
    const missing = missingScopes(oauth.requiredScopes, tokens.scopes);
    if (missing.length > 0) throw new ConnectError('missing_scope', missing.join(' '));
    const newAccess = access.forNewAccount(provider.name, { token: async () => tokens.access });
    const identity = await provider.identify(newAccess);
    const listed = await provider.listCalendars(newAccess);
    const { organisationId: organisation, hostId: actor } = attempt;
    // The person who agreed at the provider acts for the host.
    const change = { action: 'connectAccount', subject: null, creates: 'Account' as const };
    const account = await audited(store, { actor, actorName: null, address, organisation, ...change }, () =>
      save(attempt, identity, tokens, listed),
    );
    access.invalidate(account.id);
    const logContext = { account: account.id, host: account.hostId, provider: provider.name };
    log.info(logContext, 'account connected');
    const { returnTo } = attempt;
    if (account.awaitsConfirmation) {
      log.warn(logContext, "account counts for nothing until it is confirmed: its address is not its host's");
    }
    if (returnTo === null || account.awaitsConfirmation) {
      await keepConnected(store, attempt, account.id, clock.now() + RESULT_LIFETIME);
    }
    if (account.awaitsConfirmation) return `${config.PUBLIC_URL}/admin?account=${account.id}`;
    return returnTo === null
      ? `${config.PUBLIC_URL}/admin`
      : connectedUrl(attempt, account.id, config.PUBLIC_URL);
  }

  const save = (
    { organisationId, hostId, provider }: ConnectAttempt,
    identity: Identity,
    tokens: TokenResponse,
    listed: RemoteCalendar[],
  ) =>
    saveAccount(
      { organisationId, hostId, provider, subject: identity.subject, email: identity.email },
      listed,
      (account) => ({
        connectionId: null,
        tokens: sealTokens(keyRing, account.id, {
          access: tokens.access,
          refresh: tokens.refresh ?? storedRefreshToken(account),
        }),
        tokensExpireAt: tokens.expiresAt === null ? null : new Date(tokens.expiresAt),
      }),
      [identity.email ?? [], identity.otherAddresses ?? []].flat(),
    );

  /** Some providers return a refresh token only at the first consent: the stored one stays, unless it was refused. */
  function storedRefreshToken(account: Account): string {
    const none = () => new ConnectError('connect_failed', 'the provider gave no refresh token');
    if (account.status !== 'CONNECTED' || account.tokens === null) throw none();
    const { refresh } = openTokens({ keyRing, log }, account.id, account.tokens);
    if (refresh === null) throw none();
    return refresh;
  }

  return {
    async finish(name, url, browser, address) {
      const state = { hash: hashSecret(url.searchParams.get('state') ?? ''), provider: name };
      const attempt = await takeAttempt(store, state, clock.now());
      const provider = providers.get(name);
      if (!attempt || !provider) {
        throw new SlotwireError(
          'NOT_FOUND',
          'This sign-in is unknown, was finished already or took too long. Begin again with a new link.',
        );
      }
      try {
        requireSameBrowser(attempt, browser);
        return await connect(attempt, provider, url.searchParams, address);
      } catch (error) {
        const fault = faultOf(error);
        log.warn(
          { host: attempt.hostId, provider: name, fault, reason: reasonOf(error) },
          'account not connected',
        );
        return refusedUrl(attempt, fault, config.PUBLIC_URL);
      }
    },
  };
}

/**
 * A state that comes back in another browser than it was given to was passed on, by mistake or to connect somebody else's
 * calendar (RFC 9700 §4.7). Its code is not exchanged, so nothing of that account is read.
 */
function requireSameBrowser({ browserHash }: ConnectAttempt, browser: string | null) {
  if (browserHash === null || browser === null || !matchesHash(browser, browserHash)) {
    throw new ConnectError('other_browser', 'the browser is not the one that opened the link');
  }
}

/** Providers write a scope with or without its resource, and in any case. */
function missingScopes(required: readonly string[], granted: readonly string[] | null): string[] {
  if (granted === null) return [];
  const shortName = (scope: string) => scope.slice(scope.lastIndexOf('/') + 1).toLowerCase();
  const grantedNames = new Set(granted.map(shortName));
  return required.filter((scope) => !grantedNames.has(shortName(scope)));
}

function faultOf(error: unknown): ConnectFault {
  if (error instanceof ConnectError) return error.fault;
  return error instanceof SlotwireError && error.code === 'CONFLICT' ? 'already_connected' : 'connect_failed';
}

function reasonOf(error: unknown): string {
  if (error instanceof ProviderError) return `${error.reason}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
