/** Microsoft Graph's failures in the words of the port. */

import { parseRetryAfter } from '../../async/retry-after.ts';
import { systemClock } from '../../time/clock.ts';
import { ProviderError, type ProviderFailure } from '../port.ts';

/** Names of a lost sync state, in whatever case. */
const CURSOR_CODE = /^(syncstate(notfound|invalid)|resync\w*)$/i;
const THROTTLE_CODE = /^(applicationthrottled|toomanyrequests|activitylimitreached)$/i;

/** No answer, or none that could be read. */
export function unanswered(error: unknown): ProviderError {
  // `fetch` says what went wrong in the cause alone.
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = reason instanceof Error ? reason.message : 'unknown failure';
  return new ProviderError('transient', `Microsoft did not answer: ${text}`, { cause: error });
}

/** @param answer not ok; its body is read here. */
export async function failureOf(answer: Response): Promise<ProviderError> {
  const { code, message } = await bodyOf(answer);
  const claims = answer.headers.get('www-authenticate')?.includes('insufficient_claims') ?? false;
  return new ProviderError(
    claims ? 'auth-revoked' : classify(answer.status, code),
    `Microsoft answered ${[answer.status, code].filter(Boolean).join(' ')}: ${message}`,
    { status: answer.status, retryAfter: parseRetryAfter(answer.headers, systemClock.now()) },
  );
}

function classify(status: number, code: string): ProviderFailure {
  if (status === 410 || (status < 500 && CURSOR_CODE.test(code))) return 'cursor-expired';
  if (status === 429 || THROTTLE_CODE.test(code)) return 'rate-limited';
  if (status === 408 || (status >= 500 && status !== 501)) return 'transient';
  return 'rejected';
}

/** A proxy in between may answer with anything. */
async function bodyOf(answer: Response): Promise<{ code: string; message: string }> {
  try {
    const body: { error?: { code?: unknown; message?: unknown } } = JSON.parse(await answer.text());
    return { code: String(body.error?.code ?? ''), message: String(body.error?.message ?? '') };
  } catch {
    return { code: '', message: 'no readable body' };
  }
}
