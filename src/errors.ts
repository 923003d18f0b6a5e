/** Errors that a client or an operator can act on. Any other error is a bug, and the API masks it. */

/** The stable `extensions.code` of a GraphQL error. */
export type ErrorCode =
  | 'BAD_USER_INPUT'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'RATE_LIMITED'
  | 'TOO_COSTLY';

/** An error whose message is meant for the client: it names the field and the reason, never a provider's text. */
export class SlotwireError extends Error {
  override readonly name = 'SlotwireError';
  readonly code: ErrorCode;
  /** Machine-readable details: `field` of a bad input, `retryAfter` in seconds of a rate limit. */
  readonly details: { field?: string; retryAfter?: number };

  constructor(code: ErrorCode, message: string, details: SlotwireError['details'] = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** `field` names the input's field, `reason` what is wrong with it. */
export const badInput = (field: string, reason: string) =>
  new SlotwireError('BAD_USER_INPUT', `${field}: ${reason}`, { field });

/** Also used for an id of another organisation, so that the client can't learn whether it exists there. */
export const notFound = (what: string, id: string) =>
  new SlotwireError('NOT_FOUND', `There is no ${what} ${id}.`);

/** @param wait milliseconds; `retryAfter` rounds them up to whole seconds */
export const rateLimited = (wait: number) =>
  new SlotwireError('RATE_LIMITED', 'Too many requests: wait a little, or use a key.', {
    retryAfter: Math.max(1, Math.ceil(wait / 1_000)),
  });

/** An operation that asks for more than its caller may have at once; asked again as it is, it is refused again. */
export const tooCostly = (message: string) => new SlotwireError('TOO_COSTLY', message);

export const conflict = (message: string) => new SlotwireError('CONFLICT', message);

/** Ends a command with exit code 1. Its message, which says what is wrong and what to do, is all that is printed. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
