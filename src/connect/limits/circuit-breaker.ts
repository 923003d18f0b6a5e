/** Circuit breaker: pauses an account whose requests keep failing, then lets one request through as a trial. */
import { type Backoff, backoffDelay, jitterBetween } from '../../async/backoff.ts';
import type { Limiter } from '../../cache/port.ts';
import type { Log } from '../../log.ts';
import { ProviderError } from '../../providers/port.ts';
import { HOUR, MINUTE, SECOND } from '../../time/clock.ts';

/** Consecutive failures that open the circuit. */
const FAILURE_THRESHOLD = 5;
/** The first pause; each following one is twice as long. */
const PAUSE: Backoff = { first: 10 * SECOND, max: 5 * MINUTE, jitter: 0 };
/** The longest Retry-After that is followed. */
const MAX_RETRY_AFTER = HOUR;
/** Failures further apart are not consecutive. */
const FAILURE_TTL = 10 * MINUTE;
/** Longer than any request may take. */
const TRIAL_TIMEOUT = MINUTE;

export interface CircuitBreaker {
  /**
   * Runs a request. All processes share the account's state.
   * @param signal of a caller who may give up: a failure after that doesn't count
   * @throws ProviderError `transient`, without sending, while the circuit is open
   */
  guard<T>(account: string, request: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createCircuitBreaker({ limiter, log }: { limiter: Limiter; log: Log }): CircuitBreaker {
  async function recordFailure(account: string, error: ProviderError): Promise<void> {
    const failures = await limiter.recordFailure(account, { most: FAILURE_THRESHOLD, ttl: FAILURE_TTL });
    if (failures < FAILURE_THRESHOLD) return;
    const minPause = backoffDelay(PAUSE, failures - FAILURE_THRESHOLD);
    const pause = Math.min(PAUSE.max, jitterBetween(minPause, 1.25 * minPause));
    const retryAfter = Math.min(MAX_RETRY_AFTER, error.retryAfter ?? 0);
    const ms = Math.ceil(Math.max(pause, retryAfter));
    await limiter.pause(account, ms, FAILURE_TTL);
    log.warn(
      { account, failures, ms, reason: error.reason, status: error.status },
      'account paused, its requests keep failing',
    );
  }

  return {
    async guard(account, request, signal) {
      const { failures, wait } = await limiter.enter(account, TRIAL_TIMEOUT);
      if (wait > 0) {
        const message = `paused after ${failures} consecutive failures`;
        throw new ProviderError('transient', message, { retryAfter: wait });
      }
      try {
        const result = await request();
        if (failures > 0) await limiter.recordSuccess(account);
        return result;
      } catch (error) {
        // The caller gave up on the trial request, so the next request becomes the trial.
        if (signal?.aborted) {
          if (failures >= FAILURE_THRESHOLD) await limiter.pause(account, 0, FAILURE_TTL);
        } else if (isOutage(error)) await recordFailure(account, error);
        else if (failures > 0) await limiter.recordSuccess(account);
        throw error;
      }
    },
  };
}

/** Other failures come from a provider that works. A refused token is replaced first: several requests may be refused at once. */
const isOutage = (error: unknown): error is ProviderError =>
  error instanceof ProviderError &&
  error.status !== 401 &&
  (error.reason === 'transient' || error.reason === 'rate-limited');
