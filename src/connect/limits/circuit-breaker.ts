/** Leaves an account alone that fails again and again: one request tries now and then, until one succeeds. */
import { type Backoff, backoffDelay, jitterBetween } from '../../async/backoff.ts';
import type { Limiter } from '../../cache/port.ts';
import type { Log } from '../../log.ts';
import { ProviderError } from '../../providers/port.ts';
import { HOUR, MINUTE, SECOND } from '../../time/clock.ts';

/** Failures in a row that open it. */
const FAILURE_THRESHOLD = 5;
/** The first rest; each that follows is twice as long. */
const REST: Backoff = { first: 10 * SECOND, max: 5 * MINUTE, jitter: 0 };
/** What a provider may ask for. */
const MAX_RETRY_AFTER = HOUR;
/** Failures further apart are not in a row. */
const FAILURE_TTL = 10 * MINUTE;
/** Longer than any request. */
const TRIAL_TIMEOUT = MINUTE;

export interface CircuitBreaker {
  /**
   * Shared by all processes.
   * @param signal of a caller who may give up: what fails then doesn't count
   * @throws ProviderError `transient`, without a request, while the account rests
   */
  guard<T>(account: string, request: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createCircuitBreaker({ limiter, log }: { limiter: Limiter; log: Log }): CircuitBreaker {
  async function recordFailure(account: string, error: ProviderError): Promise<void> {
    const failures = await limiter.recordFailure(account, { most: FAILURE_THRESHOLD, ttl: FAILURE_TTL });
    if (failures < FAILURE_THRESHOLD) return;
    const least = backoffDelay(REST, failures - FAILURE_THRESHOLD);
    const rest = Math.min(REST.max, jitterBetween(least, 1.25 * least));
    const retryAfter = Math.min(MAX_RETRY_AFTER, error.retryAfter ?? 0);
    const ms = Math.ceil(Math.max(rest, retryAfter));
    await limiter.pause(account, ms, FAILURE_TTL);
    log.warn({ account, failures, ms, reason: error.reason, status: error.status }, 'account left alone');
  }

  return {
    async guard(account, request, signal) {
      const { failures, wait } = await limiter.enter(account, TRIAL_TIMEOUT);
      if (wait > 0) {
        const message = `left alone after ${failures} failures in a row`;
        throw new ProviderError('transient', message, { retryAfter: wait });
      }
      try {
        const answer = await request();
        if (failures > 0) await limiter.recordSuccess(account);
        return answer;
      } catch (error) {
        // The next one tries in place of whoever gave up.
        if (signal?.aborted) {
          if (failures >= FAILURE_THRESHOLD) await limiter.pause(account, 0, FAILURE_TTL);
        } else if (isOutage(error)) await recordFailure(account, error);
        else if (failures > 0) await limiter.recordSuccess(account);
        throw error;
      }
    },
  };
}

/** All other failures are answers of a provider that is well. */
const isOutage = (error: unknown): error is ProviderError =>
  error instanceof ProviderError && (error.reason === 'transient' || error.reason === 'rate-limited');
