/**
 * Challenges by a provider's widget (Turnstile, hCaptcha): the page shows it, the visitor gets a token, and the provider is asked
 * whether the token is good.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { DeadlineError, withDeadline } from '../../async/deadline.ts';
import { createSemaphore } from '../../async/semaphore.ts';
import type { Log } from '../../log.ts';
import type { GuardedFetch } from '../../net/client.ts';
import { NetError } from '../../net/failure.ts';
import { SECOND } from '../../time/clock.ts';
import { type ChallengeMaker, SolutionUnchecked } from './gate.ts';
import type { ChallengeWidget } from './widget-provider.ts';

/** A visitor waits for it. Milliseconds. */
const VERIFY_DEADLINE = 5 * SECOND;
/** The provider's answer has about 300 bytes. */
const VERIFY_MAX = 16 * 1024;
/** Tokens checked at once by one process, so that a flood of false ones doesn't become a flood of requests. Others wait. */
const VERIFIED_AT_ONCE = 20;
/** Turnstile's tokens have 2,048 characters at most, hCaptcha's some more. */
const TOKEN = /^[\x21-\x7e]{1,8192}$/;

const Verdict = z.object({
  success: z.boolean(),
  'error-codes': z.array(z.string()).nullish(),
  /** What the page gave Turnstile's widget: the event type. */
  cdata: z.string().nullish(),
});

/**
 * Reasons of a refusal that say nothing of the token: the secret is wrong, or the provider is in trouble. A token of another site key
 * is none of them, as anybody can bring one.
 */
const NOT_THE_TOKEN = /^(?:missing|invalid)-input-secret$|^internal-error$/;

export interface WidgetTokensDeps {
  widget: ChallengeWidget;
  fetch: GuardedFetch;
  log: Log;
  /** Milliseconds that a token is checked for at most, waiting for its turn among them. */
  deadline?: number;
}

export function createWidgetTokens({
  widget,
  fetch,
  log,
  deadline = VERIFY_DEADLINE,
}: WidgetTokensDeps): ChallengeMaker {
  const { provider, siteKey, secret, verifyUrl, scriptUrl } = widget;
  const verifications = createSemaphore(VERIFIED_AT_ONCE);
  /** The last check had no verdict, which was logged. */
  let isUnchecked = false;

  async function ask(token: string): Promise<z.output<typeof Verdict>> {
    const answer = await withDeadline(deadline, undefined, (signal) =>
      verifications.run(async () => {
        signal.throwIfAborted();
        return fetch(verifyUrl, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
          body: new URLSearchParams({ secret, response: token, sitekey: siteKey }).toString(),
          ...{ timeout: deadline, maxBytes: VERIFY_MAX, signal },
        });
      }),
    );
    const verdict = Verdict.safeParse(parsedJson(answer.body.toString()));
    if (!verdict.success)
      throw new SolutionUnchecked(`its answer, of status ${answer.status}, is no verdict`);
    const fault = verdict.data['error-codes']?.find((code) => NOT_THE_TOKEN.test(code));
    if (!verdict.data.success && fault) throw new SolutionUnchecked(`it answers ${fault}`);
    return verdict.data;
  }

  /** Logs the first check without a verdict, and the first with one after it. */
  function note(failure: SolutionUnchecked | null): void {
    if (failure && !isUnchecked) {
      log.error(
        { provider, reason: failure.message },
        'solutions of challenges are not checked, and their holds refused: the provider gives no verdict',
      );
    }
    if (!failure && isUnchecked) log.info({ provider }, 'solutions of challenges are checked again');
    isUnchecked = failure !== null;
  }

  return {
    async create(eventType) {
      return JSON.stringify({ provider, siteKey, scriptUrl, eventType });
    },
    async solvedBy(token, eventType) {
      if (!TOKEN.test(token)) return null;
      try {
        const verdict = await ask(token);
        note(null);
        const isForAnother = Boolean(verdict.cdata) && verdict.cdata !== eventType;
        return verdict.success && !isForAnother ? createHash('sha256').update(token).digest('hex') : null;
      } catch (error) {
        const failure = uncheckedBy(error);
        if (!failure) throw error;
        note(failure);
        throw failure;
      }
    },
  };
}

function uncheckedBy(error: unknown): SolutionUnchecked | null {
  if (error instanceof SolutionUnchecked) return error;
  if (error instanceof NetError || error instanceof DeadlineError)
    return new SolutionUnchecked(error.message);
  return null;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
