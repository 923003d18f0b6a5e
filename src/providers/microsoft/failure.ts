/** Microsoft Graph's failures as ProviderError. */

import { parseRetryAfter } from '../../async/retry-after.ts';
import { systemClock } from '../../time/clock.ts';
import { reasonOfStatus } from '../http-status.ts';
import { ProviderError, type ProviderFailure } from '../port.ts';

/** Codes of a lost sync state; their case varies. */
const CURSOR_CODE = /^(syncstate(notfound|invalid)|resync\w*)$/i;
const THROTTLE_CODE = /^(applicationthrottled|toomanyrequests|activitylimitreached)$/i;
/** Codes of failures that pass, whatever the status beside them. */
const PASSING_CODE =
  /^(error(serverbusy|timeoutexpired|internalserver(transient)?error|mailboxstoreunavailable|mailboxmoveinprogress|connectionfailed)|mailboxstoreunavailable|serviceunavailable|generalexception|unknownerror)$/i;

/** No response, or none that could be read. */
export function noResponseError(error: unknown): ProviderError {
  // `fetch` names the reason only in the cause.
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = reason instanceof Error ? reason.message : 'unknown failure';
  return new ProviderError('transient', `Microsoft did not answer: ${text}`, { cause: error });
}

/** @param response not ok; this function reads its body */
export async function toProviderError(response: Response): Promise<ProviderError> {
  const { code, message } = await bodyOf(response);
  return new ProviderError(
    classify(response.status, code),
    `Microsoft answered ${[response.status, code].filter(Boolean).join(' ')}: ${message}`,
    { status: response.status, retryAfter: parseRetryAfter(response.headers, systemClock.now()) },
  );
}

/** A 404 without a code is not Graph's: a proxy's says nothing about calendars and events. */
function classify(status: number, code: string): ProviderFailure {
  if (status === 410 || (status < 500 && CURSOR_CODE.test(code))) return 'cursor-expired';
  if (THROTTLE_CODE.test(code)) return 'rate-limited';
  if (PASSING_CODE.test(code)) return 'transient';
  const byStatus = reasonOfStatus(status);
  return status === 404 && code === '' ? 'transient' : byStatus;
}

/** A proxy in between may send anything. */
async function bodyOf(response: Response): Promise<{ code: string; message: string }> {
  try {
    const body: { error?: { code?: unknown; message?: unknown } } = JSON.parse(await response.text());
    return { code: String(body.error?.code ?? ''), message: String(body.error?.message ?? '') };
  } catch {
    return { code: '', message: 'no readable body' };
  }
}
