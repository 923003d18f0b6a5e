/** Errors about events that no longer exist, in the form that the port promises. */
import { ProviderError } from './port.ts';

/** The event was deleted at the provider, so it can't be updated. */
export const eventDeletedError = (cause?: unknown) =>
  new ProviderError('rejected', 'The event is gone.', { status: 410, cause });

/** Whether the provider answered that the event doesn't exist, or no longer does. */
export const isNotFoundError = (error: unknown): error is ProviderError =>
  error instanceof ProviderError &&
  error.reason !== 'transient' &&
  (error.status === 404 || error.status === 410);
