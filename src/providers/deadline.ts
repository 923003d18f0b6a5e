/** How long one request to a provider may take. */
import { SECOND } from '../time/clock.ts';

const REQUEST_TIMEOUT = 30 * SECOND;

/** Aborts when the caller does, or when one request has taken too long. */
export function deadline(signal?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}
