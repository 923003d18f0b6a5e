/** Leaves an account alone that fails again and again: one request tries now and then, until one succeeds. */
import { type Backoff, backoffDelay, jitterBetween } from '../../async/backoff.ts';
import type { Limiter } from '../../cache/port.ts';
import type { Log } from '../../log.ts';
import { ProviderError } from '../../providers/port.ts';
import { HOUR, MINUTE, SECOND } from '../../time/clock.ts';

/** Failures in a row that open it. */
const MOST_FAILURES = 5;
/** The first rest; each that follows is twice as long. */
const REST: Backoff = { first: 10 * SECOND, most: 5 * MINUTE, jitter: 0 };
/** What a provider may ask for. */
const LONGEST_ASKED = HOUR;
/** Failures further apart are not in a row. */
const KEEP = 10 * MINUTE;
/** Longer than any request. */
const TRIAL = MINUTE;

export interface Circuit {
  /**
   * Shared by all processes.
   * @param signal of a caller who may give up: what fails then doesn't count
   * @throws ProviderError `transient`, without a request, while the account rests
   */
  guard<T>(account: string, request: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createCircuit({ limiter, log }: { limiter: Limiter; log: Log }): Circuit {
  async function failed(account: string, error: ProviderError): Promise<void> {
    const failures = await limiter.fail(account, { most: MOST_FAILURES, keep: KEEP });
    if (failures < MOST_FAILURES) return;
    const least = backoffDelay(REST, failures - MOST_FAILURES);
    const rest = Math.min(REST.most, jitterBetween(least, 1.25 * least));
    const asked = Math.min(LONGEST_ASKED, error.retryAfter ?? 0);
    const ms = Math.ceil(Math.max(rest, asked));
    await limiter.rest(account, ms, KEEP);
    log.warn({ account, failures, ms, reason: error.reason, status: error.status }, 'account left alone');
  }

  return {
    async guard(account, request, signal) {
      const { failures, wait } = await limiter.enter(account, TRIAL);
      if (wait > 0) {
        const message = `left alone after ${failures} failures in a row`;
        throw new ProviderError('transient', message, { retryAfter: wait });
      }
      try {
        const answer = await request();
        if (failures > 0) await limiter.recover(account);
        return answer;
      } catch (error) {
        // The next one tries in place of whoever gave up.
        if (signal?.aborted) {
          if (failures >= MOST_FAILURES) await limiter.rest(account, 0, KEEP);
        } else if (isTrouble(error)) await failed(account, error);
        else if (failures > 0) await limiter.recover(account);
        throw error;
      }
    },
  };
}

/** All other failures are answers of a provider that is well. */
const isTrouble = (error: unknown): error is ProviderError =>
  error instanceof ProviderError && (error.reason === 'transient' || error.reason === 'rate-limited');
