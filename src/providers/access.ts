/** Access to one account at its provider, and the failures of that. Other rooms import it from port.ts. */

export type ProviderFailure =
  /** The grant was withdrawn: the account works again only after the host's new consent. */
  | 'auth-revoked'
  /** The provider no longer accepts the cursor: the next pull must read everything. */
  | 'cursor-expired'
  /** The provider refused the request as one too many: retry after `retryAfter`. */
  | 'rate-limited'
  /** A network failure, a timeout or a 5xx: the same request may succeed later. */
  | 'transient'
  /**
   * The provider refused the request and will refuse it again: a missing right, a missing calendar, a fault of ours.
   */
  | 'rejected'
  /**
   * No key of ENCRYPTION_KEYS opens the account's secret, so the provider was not asked: the same request succeeds once the
   * key is back. Nothing is known of the grant.
   */
  | 'sealed'
  /** The provider offers no watch channels for this calendar. */
  | 'watch-not-supported';

/** The only error that leaves a provider. Its message is for logs and operators, never for the public. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly reason: ProviderFailure;
  /** How long to wait, in milliseconds, when the provider said so. */
  readonly retryAfter: number | null;
  /** HTTP status of the answer; null when there was none. */
  readonly status: number | null;
  /** What is wrong, worded for the person who connects the account; null when the reason says enough. */
  readonly publicMessage: string | null;
  /** A cursor to store in place of the one that the failed pull was given; null: the stored cursor stays. */
  readonly cursor: string | null;

  constructor(
    reason: ProviderFailure,
    message: string,
    details: {
      retryAfter?: number | null;
      status?: number | null;
      publicMessage?: string;
      cursor?: string;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
    this.reason = reason;
    this.retryAfter = details.retryAfter ?? null;
    this.status = details.status ?? null;
    this.publicMessage = details.publicMessage ?? null;
    this.cursor = details.cursor ?? null;
  }
}

/** Access to one account. The room that holds the account's tokens passes it in. */
export interface Access {
  /**
   * A bearer token that should work; the account's secret where the account has one.
   * @param rejected the token that the provider just refused with 401: a different one is returned
   * @throws ProviderError `auth-revoked`, `transient`
   */
  token(rejected?: string): Promise<string>;
  /**
   * Id or address of the user whose calendars are meant, for tokens that serve several users. Absent or null: the
   * token's own user.
   */
  mailbox?(): Promise<string | null>;
  /**
   * Runs one request to the provider, and counts it against the request budget. Every request goes through here.
   * @param signal of a caller who may give up: a failure after that says nothing about the provider
   * @throws ProviderError, without sending: `rate-limited` when the budget is spent, `transient` while the circuit
   * breaker is open
   */
  run<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** How many requests a provider allows. Windows in milliseconds; an absent limit means no limit. */
export interface RequestBudget {
  account?: { concurrent?: number; requests?: { count: number; window: number } };
  /** For all accounts together. */
  installation?: { requests?: { count: number; window: number } };
}
