/**
 * The ProviderError of a failed token request. Its message contains error codes only: responses and causes may contain
 * tokens.
 */

import { ClientError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client';
import { parseRetryAfter } from '../../async/retry-after.ts';
import { ProviderError, type ProviderFailure } from '../../providers/port.ts';
import type { Instant } from '../../time/clock.ts';

/** RFC 6749 §5.2, OpenID Connect Core §3.1.2.6, and additions of Google and Microsoft. */
const REASON_BY_CODE: Record<string, ProviderFailure> = {
  invalid_grant: 'auth-revoked',
  interaction_required: 'auth-revoked',
  consent_required: 'auth-revoked',
  login_required: 'auth-revoked',
  admin_policy_enforced: 'auth-revoked',
  rate_limit_exceeded: 'rate-limited',
  slow_down: 'rate-limited',
  temporarily_unavailable: 'transient',
  server_error: 'transient',
};

/** Undefined: the refusal means the same as everywhere. */
export type RefusalReason = (refusal: ResponseBodyError) => ProviderFailure | undefined;

export function tokenFailure(error: unknown, now: Instant, refusalReason?: RefusalReason): ProviderError {
  if (error instanceof ResponseBodyError) {
    const { error: code, status, error_description: description = '' } = error;
    // Microsoft's error number helps operators; the rest of the description may contain anything.
    const number = /\bAADSTS\d+/.exec(description)?.[0];
    const message = `token endpoint: ${printableCode(code)}${number ? ` (${number})` : ''}`;
    if (status === 429) return rateLimited(error.response, message, now);
    // A server in trouble doesn't know whether the grant stands, whatever code it sends.
    const reason =
      status >= 500 ? 'transient' : (refusalReason?.(error) ?? REASON_BY_CODE[code] ?? 'rejected');
    return new ProviderError(reason, message, { status });
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    return new ProviderError('rejected', 'token endpoint: the client was not accepted', {
      status: error.status,
    });
  }
  if (error instanceof ClientError) return clientFailure(error, now);
  const code = codeOf(error);
  if (code.startsWith('ERR_INVALID_')) return new ProviderError('rejected', `token endpoint: ${code}`);
  return new ProviderError('transient', `token endpoint: no answer (${codeOf(causeOf(error)) || 'network'})`);
}

function clientFailure(error: ClientError, now: Instant): ProviderError {
  const { cause: response } = error;
  if (response instanceof Response) {
    const { status } = response;
    const message = `token endpoint: status ${status}`;
    if (status === 429) return rateLimited(response, message, now);
    // Not an OAuth answer: a proxy's, or a sign-in page of a network.
    return new ProviderError('transient', message, { status });
  }
  if (error.code === 'OAUTH_HTTP_REQUEST_FORBIDDEN') {
    const message = 'token endpoint: http is for loopback addresses, unless ALLOW_PRIVATE_NETWORK is set';
    return new ProviderError('rejected', message);
  }
  const reason = error.code ?? (codeOf(causeOf(error.cause)) || 'network');
  return new ProviderError('transient', `token endpoint: no proper answer (${reason})`);
}

function rateLimited(response: Response, message: string, now: Instant): ProviderError {
  const retryAfter = parseRetryAfter(response.headers, now);
  return new ProviderError('rate-limited', message, { status: 429, retryAfter });
}

const printableCode = (code: string) => code.replace(/[^\w.-]/g, '').slice(0, 60);

const causeOf = (error: unknown) => (error instanceof Error ? error.cause : undefined);

const codeOf = (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error ? printableCode(String(error.code)) : '';
