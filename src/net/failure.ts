/** Why there is no answer from a URL that a user gave. */

/**
 * `blocked`: the address may not be asked. `timeout`: it took too long. `too-large`: the answer was longer than
 * wanted. `redirects`: it pointed elsewhere too often. `network`: no connection, or it broke, or no HTTP came.
 */
export type NetReason = 'blocked' | 'timeout' | 'too-large' | 'redirects' | 'network';

/** The message names no address and no secret: it is for whoever gave the URL. */
export class NetError extends Error {
  override readonly name = 'NetError';
  readonly reason: NetReason;

  constructor(reason: NetReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
