/** Why a request to a user's URL failed. */

/**
 * `blocked`: the address is not allowed. `timeout`: the request took too long. `too-large`: the body exceeds the limit.
 * `redirects`: too many of them. `network`: the connection failed, or the response was no valid HTTP.
 */
export type NetReason = 'blocked' | 'timeout' | 'too-large' | 'redirects' | 'network';

/** The message contains no address and no secret: the person who gave the URL may see it. */
export class NetError extends Error {
  override readonly name = 'NetError';
  readonly reason: NetReason;
  /** Private, so that no log shows it. */
  readonly #lastUrl: string | null;

  constructor(reason: NetReason, message: string, options: ErrorOptions & { lastUrl?: string } = {}) {
    const { lastUrl = null, ...rest } = options;
    super(message, rest);
    this.reason = reason;
    this.#lastUrl = lastUrl;
  }

  /** Where too many redirects led; it may hold a secret. Null for other reasons. */
  get lastUrl(): string | null {
    return this.#lastUrl;
  }
}
