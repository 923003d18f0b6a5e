/** How a provider is reached on behalf of one account, and how that fails. Everybody else takes it from port.ts. */

export type ProviderFailure =
  /** The grant is gone: only the host's new consent heals it. */
  | 'auth-revoked'
  /** The cursor means nothing any more: read everything again. */
  | 'cursor-expired'
  /** Too much asked: come back after `retryAfter`. */
  | 'rate-limited'
  /** Network, timeout, 5xx: the same request may succeed later. */
  | 'transient'
  /** The provider said no and will say so again: a missing right, a missing calendar, a fault of ours. */
  | 'rejected'
  /** This calendar takes no watch channels, ever. */
  | 'watch-not-supported';

/** The only failure that leaves a provider. Its message is for logs and operators, never for the public. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly reason: ProviderFailure;
  /** How long to wait, in milliseconds, when the provider said so. */
  readonly retryAfter: number | null;
  /** HTTP status of the answer; null when there was none. */
  readonly status: number | null;
  /** What is wrong, in words of ours for whoever connects the account; null: the reason says it all. */
  readonly publicMessage: string | null;
  /** Of a round that failed, to be kept in place of the cursor that it was given; null: that one stays. */
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

/** Access to one account. Passed in by whoever holds its tokens. */
export interface Access {
  /**
   * A bearer token that should work, or the account's secret, where it has one. `rejected`, what was just answered with
   * 401, asks for another one.
   * @throws ProviderError `auth-revoked`, `transient`
   */
  token(rejected?: string): Promise<string>;
  /** Whose calendars, where the token doesn't tell: a user's id or address. Absent or null: the token's own. */
  mailbox?(): Promise<string | null>;
  /**
   * Every request to the provider runs in here, one at a time: it counts against the provider's budget.
   * @param signal of a caller who may give up: what fails then tells nothing about the provider
   * @throws ProviderError, without a request: `rate-limited` when the budget is spent, `transient` while the account rests
   */
  run<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** What a provider lets be asked of it. Windows in milliseconds. Absent: without end. */
export interface RequestBudget {
  account?: { concurrent?: number; requests?: { count: number; window: number } };
  /** All accounts together. */
  installation?: { requests?: { count: number; window: number } };
}
