/** Requests to Google Calendar through its SDK: tokens, timeouts, and failures as ProviderError. */

import type { calendar_v3, MethodOptions } from 'googleapis/build/src/apis/calendar/index.js';
import { withDeadline } from '../../async/deadline.ts';
import { parseRetryAfter } from '../../async/retry-after.ts';
import { systemClock } from '../../time/clock.ts';
import { REQUEST_TIMEOUT, withAccessToken } from '../access-token.ts';
import { reasonOfStatus } from '../http-status.ts';
import { type Access, ProviderError, type ProviderFailure } from '../port.ts';

type SdkCall<T> = (api: calendar_v3.Calendar, options: MethodOptions) => Promise<{ data: T }>;

export interface GoogleClient {
  /** Runs one SDK call and returns its JSON object. @throws ProviderError */
  request<T>(access: Access, call: SdkCall<T>, signal?: AbortSignal): Promise<T>;
  /** Runs one SDK call whose response has no content. @throws ProviderError */
  requestNoContent(access: Access, call: SdkCall<unknown>): Promise<void>;
}

export function createClient(apiUrl: string): GoogleClient {
  let loading: Promise<calendar_v3.Calendar> | undefined;
  /** The SDK is in memory only once Google is asked. */
  function loadApi() {
    loading ??= import('./sdk.ts').then(({ createCalendarSdk }) => createCalendarSdk());
    return loading;
  }

  async function attempt<T>(
    access: Access,
    call: SdkCall<T>,
    token: string,
    signal?: AbortSignal,
  ): Promise<T> {
    const [api, mailbox] = await Promise.all([loadApi(), access.mailbox?.()]);
    try {
      const { data } = await withDeadline(REQUEST_TIMEOUT, signal, (signal) =>
        call(api, {
          // Set per request: as an option of the client, the SDK would drop the root's path.
          rootUrl: apiUrl,
          headers: {
            Authorization: `Bearer ${token}`,
            // A service account's requests count against the quota of the user they are made for.
            ...(mailbox ? { 'x-goog-quota-user': mailbox } : {}),
          },
          retry: false,
          redirect: 'manual',
          responseType: 'json',
          signal,
        }),
      );
      return data;
    } catch (error) {
      throw toProviderError(error);
    }
  }

  return {
    async request(access, call, signal) {
      const data = await withAccessToken(access, (token) => attempt(access, call, token, signal), signal);
      if (typeof data !== 'object' || data === null) {
        throw new ProviderError('transient', 'Google answered with no JSON object.');
      }
      return data;
    },
    async requestNoContent(access, call) {
      await withAccessToken(access, (token) => attempt(access, call, token));
    },
  };
}

/** The SDK's error; its class is not exported from the calendar's own path. */
interface SdkError {
  message?: string;
  response?: { status?: number; headers?: unknown; data?: unknown };
}

/** Google's error body; a proxy in between may send anything. */
interface ErrorBody {
  error?: {
    message?: string;
    errors?: { reason?: string; location?: string }[];
    /** The newer form, in capitals with underscores. */
    details?: { reason?: string }[];
  };
}

const RATE_LIMITS = new Set([
  'userratelimitexceeded',
  'ratelimitexceeded',
  'quotaexceeded',
  'dailylimitexceeded',
  'calendarusagelimitsexceeded',
  'concurrentlimitexceeded',
  'servinglimitexceeded',
]);

/** Google refuses the address of notifications: no token makes up for that. */
const ADDRESS_REFUSED = 'push.webhookurlunauthorized';

function toProviderError(thrown: unknown): ProviderError {
  const error: SdkError = typeof thrown === 'object' && thrown !== null ? thrown : {};
  const { response } = error;
  if (response?.status === undefined) {
    return new ProviderError('transient', `Google did not answer: ${error.message ?? 'unknown failure'}`, {
      cause: thrown,
    });
  }
  const body = bodyOf(response.data);
  const reason = body?.errors?.[0]?.reason ?? body?.details?.find((one) => one.reason)?.reason ?? '';
  const message = body?.message ?? error.message ?? '';
  return new ProviderError(
    classify(response.status, reason, body !== undefined),
    `Google answered ${[response.status, reason].filter(Boolean).join(' ')}: ${message}`,
    { status: response.status, retryAfter: parseRetryAfter(headersOf(response.headers), systemClock.now()) },
  );
}

/** @param own the answer has the form of Google's errors; a proxy's 404 says nothing about calendars and events */
function classify(status: number, reason: string, own: boolean): ProviderFailure {
  const name = reason.toLowerCase().replaceAll('_', '');
  if (status === 403 && RATE_LIMITS.has(name)) return 'rate-limited';
  if (status === 410 && (name === 'fullsyncrequired' || name === 'updatedmintoolongago'))
    return 'cursor-expired';
  if (name === 'pushnotsupportedforrequestedresource') return 'watch-not-supported';
  if (name === ADDRESS_REFUSED) return 'rejected';
  const byStatus = reasonOfStatus(status);
  return (status === 404 || status === 410) && !own ? 'transient' : byStatus;
}

function bodyOf(data: unknown): ErrorBody['error'] {
  const body: ErrorBody = typeof data === 'object' && data !== null ? data : {};
  return typeof body.error === 'object' && body.error !== null ? body.error : undefined;
}

/** The SDK returns either `Headers` or a plain object. */
const headersOf = (headers: unknown) =>
  new Headers(typeof headers === 'object' && headers !== null ? (headers as Record<string, string>) : {});
