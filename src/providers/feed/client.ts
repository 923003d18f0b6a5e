/**
 * Fetches a feed, conditionally when its validators are known. The address is a secret: no error message contains it.
 */
import { parseRetryAfter } from '../../async/retry-after.ts';
import { SECOND, systemClock } from '../../time/clock.ts';
import { type HttpFetch, type HttpResponse, httpFailure, lastUrlOf } from '../http.ts';
import { reasonOfStatus } from '../http-status.ts';
import { type Access, ProviderError, type ProviderFailure } from '../port.ts';
import { AGENT_MESSAGE, detourOf } from './refusal.ts';

/** Milliseconds for the whole request, redirects included. */
const REQUEST_TIMEOUT = 30 * SECOND;
/** Limit in bytes, compressed and decompressed. */
const MAX_FEED_BYTES = 50 * 1024 * 1024;
const MAX_REDIRECTS = 5;

/** HTTP validators of the last response, as the server wrote them (RFC 9110 §8.8). */
export interface Validators {
  etag: string | null;
  modified: string | null;
}

export interface FeedResponse extends Validators {
  body: Buffer;
  /** Where redirects led, for messages. */
  detour: string;
}

export interface FeedRequest {
  access: Access;
  url: string;
  /** FEED_USER_AGENT. */
  userAgent: string;
  /** Validators of the last response, for a conditional request; null: unconditional. */
  known: Validators | null;
  signal?: AbortSignal | undefined;
}

/**
 * @returns null when the server answers 304
 * @throws ProviderError, `rejected` with `status` when the server refuses
 */
export function fetchFeed(
  fetch: HttpFetch,
  { access, url, userAgent, known, signal }: FeedRequest,
): Promise<FeedResponse | null> {
  return access.run(async () => {
    const response = await fetch(url, {
      headers: {
        accept: 'text/calendar, text/plain;q=0.5, */*;q=0.1',
        'user-agent': userAgent,
        ...(known?.etag ? { 'if-none-match': known.etag } : {}),
        ...(known?.modified ? { 'if-modified-since': known.modified } : {}),
      },
      timeout: REQUEST_TIMEOUT,
      maxBytes: MAX_FEED_BYTES,
      maxRedirects: MAX_REDIRECTS,
      gzip: true,
      ...(signal ? { signal } : {}),
    }).catch((error: unknown) => Promise.reject(requestFailure(error, url)));
    const { status, headers, body } = response;
    if (status === 304 && (known?.etag || known?.modified)) return null;
    if (status !== 200 && status !== 203) throw statusError(response, url);
    return {
      body,
      detour: detourOf({ asked: url, answered: response.url, headers }).text,
      etag: validHeaderValue(headers.get('etag')),
      modified: validHeaderValue(headers.get('last-modified')),
    };
  }, signal);
}

/** A validator that can't be sent back unchanged is dropped. */
const validHeaderValue = (value: string | null) =>
  value !== null && /^[\x20-\x7e\x80-\xff]{1,1000}$/.test(value) ? value : null;

const PUBLIC_MESSAGES: Record<number, string> = {
  401: 'This address asks for a user name and password, or refuses the ones in it.',
  403: 'This address refuses to be read.',
  404: 'There is nothing at this address.',
  410: 'There is nothing at this address any more.',
};

/** Some servers send a program that they don't like from one error page to the next. */
function requestFailure(error: unknown, asked: string): ProviderError {
  const failure = httpFailure(error);
  const answered = lastUrlOf(error);
  if (answered === null) return failure;
  const { text, refusesAgent } = detourOf({ asked, answered, headers: null });
  const publicMessage = refusesAgent ? AGENT_MESSAGE : failure.publicMessage;
  return new ProviderError(failure.reason, `${failure.message.replace(/\.$/, '')}${text}.`, {
    ...(publicMessage === null ? {} : { publicMessage }),
    cause: error,
  });
}

function statusError({ status, headers, url: answered }: HttpResponse, asked: string): ProviderError {
  const retryAfter = parseRetryAfter(headers, systemClock.now());
  const { text, refusesAgent } = detourOf({ asked, answered, headers });
  const publicMessage = refusesAgent ? AGENT_MESSAGE : PUBLIC_MESSAGES[status];
  return new ProviderError(classify(status, retryAfter), `The server answered ${status}${text}.`, {
    status,
    retryAfter,
    ...(publicMessage === undefined ? {} : { publicMessage }),
  });
}

function classify(status: number, retryAfter: number | null): ProviderFailure {
  if (status === 403 && retryAfter !== null) return 'rate-limited';
  // The address is the secret: nothing replaces one that is refused. A 206, a 204 or an unexpected 304 is no answer to an
  // unconditional GET.
  return status === 401 ? 'rejected' : reasonOfStatus(status);
}
