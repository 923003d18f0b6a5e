/** What is no longer there, as the port says it. */
import { ProviderError } from './port.ts';

/** For writes to an event that is gone: it was deleted at the provider. */
export const eventDeletedError = (cause?: unknown) =>
  new ProviderError('rejected', 'The event is gone.', { status: 410, cause });

/** Whether the provider says that there is no such thing, or no longer. */
export const isNotFoundError = (error: unknown): error is ProviderError =>
  error instanceof ProviderError &&
  error.reason === 'rejected' &&
  (error.status === 404 || error.status === 410);
