/** Requests to a CalDAV server: authentication, redirects, timeouts, and failures as ProviderError. */
import { parseRetryAfter } from '../../async/retry-after.ts';
import { SECOND, systemClock } from '../../time/clock.ts';
import { type HttpFetch, type HttpResponse, httpFailure } from '../http.ts';
import { reasonOfStatus } from '../http-status.ts';
import { type Access, ProviderError, type ProviderFailure } from '../port.ts';
import { type DigestChallenge, digestHeader, parseDigestChallenge } from './digest.ts';
import { mayReceivePassword } from './origins.ts';
import { type CalDavSecret, decodeSecret } from './secret.ts';

const REQUEST_TIMEOUT = 30 * SECOND;
/** Limit of the decompressed response body, in bytes. */
const MAX_RESPONSE_BYTES = 24 * 1024 * 1024;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 5;
/** Servers whose last Digest challenge is cached, so that a request needn't be refused first. */
const MAX_CHALLENGES = 1_000;

export interface DavRequest {
  method: 'PROPFIND' | 'REPORT' | 'GET';
  url: string;
  depth?: '0' | '1';
  body?: string;
}

export interface DavResponse {
  status: number;
  /** URL of the final response, after redirects. */
  url: string;
  text: string;
}

/** The requests of one operation on one account; they share the decoded secret. */
export interface DavSession {
  /** The server address that the host gave. */
  serverUrl(): Promise<URL>;
  username(): Promise<string>;
  /** @throws ProviderError for every status but 2xx */
  request(request: DavRequest): Promise<DavResponse>;
}

export interface DavClient {
  openSession(access: Access, signal?: AbortSignal): DavSession;
}

const NOT_HTTPS_MESSAGE = 'The address must begin with https, for a password goes there.';
export const OTHER_SITE_MESSAGE =
  "This address leads to another site, which doesn't get the password: give that site's own address.";

/** @param allowHttp whether passwords may go over plain http */
export function createClient(fetch: HttpFetch, allowHttp: boolean): DavClient {
  const challenges = new Map<string, DigestChallenge>();

  function rememberChallenge(key: string, challenge: DigestChallenge) {
    challenges.delete(key);
    challenges.set(key, challenge);
    for (const oldest of challenges.keys()) {
      if (challenges.size <= MAX_CHALLENGES) break;
      challenges.delete(oldest);
    }
  }

  function authorization(
    secret: CalDavSecret,
    method: string,
    url: URL,
    challenge?: DigestChallenge,
  ): string {
    const { username, password } = secret;
    if (challenge) {
      return digestHeader(challenge, { username, password, method, target: `${url.pathname}${url.search}` });
    }
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  /**
   * Sends one request with the authentication that the server asks for.
   * @returns the response, also a 401 and a redirect
   */
  async function requestAuthenticated(
    { access, signal }: { access: Access; signal?: AbortSignal | undefined },
    secret: CalDavSecret,
    url: URL,
    { method, depth, body }: DavRequest,
  ): Promise<HttpResponse> {
    const key = `${url.origin}\n${secret.username}`;
    const attempt = (challenge?: DigestChallenge) =>
      access.run(async () => {
        const response = await fetch(url.href, {
          method,
          headers: {
            authorization: authorization(secret, method, url, challenge),
            'user-agent': 'Slotwire',
            accept: method === 'GET' ? 'text/calendar, */*;q=0.1' : 'application/xml, text/xml',
            ...(depth === undefined ? {} : { depth }),
            ...(body === undefined ? {} : { 'content-type': 'application/xml; charset=utf-8' }),
          },
          ...(body === undefined ? {} : { body }),
          timeout: REQUEST_TIMEOUT,
          maxBytes: MAX_RESPONSE_BYTES,
          gzip: true,
          ...(signal ? { signal } : {}),
        }).catch((error: unknown) => Promise.reject(httpFailure(error)));
        const { status } = response;
        if (status < 300 || status === 401 || REDIRECTS.has(status)) return response;
        throw toProviderError(response);
      }, signal);
    const knownChallenge = challenges.get(key);
    const first = await attempt(knownChallenge);
    if (first.status !== 401) return first;
    const challenge = parseDigestChallenge(first.headers.get('www-authenticate'));
    if (challenge) {
      rememberChallenge(key, challenge);
      return attempt(challenge);
    }
    challenges.delete(key);
    // A known challenge was refused without a new one: the server may accept Basic instead.
    return knownChallenge ? attempt() : first;
  }

  return {
    openSession(access, signal) {
      const caller = { access, signal };
      let text: Promise<string> | undefined;
      const secretText = () => {
        text ??= access.token();
        return text;
      };

      async function requestFollowingRedirects(
        secret: CalDavSecret,
        request: DavRequest,
      ): Promise<DavResponse> {
        const serverUrl = new URL(secret.url);
        let url = new URL(request.url);
        for (let redirectsLeft = MAX_REDIRECTS; ; redirectsLeft -= 1) {
          if (url.protocol === 'http:' && !allowHttp) {
            throw new ProviderError('rejected', 'The address is not https.', {
              publicMessage: NOT_HTTPS_MESSAGE,
            });
          }
          if (!mayReceivePassword(serverUrl, url)) {
            throw new ProviderError('rejected', 'The address leads to another site.', {
              publicMessage: OTHER_SITE_MESSAGE,
            });
          }
          const response = await requestAuthenticated(caller, secret, url, request);
          const { status, headers } = response;
          if (!REDIRECTS.has(status)) return { status, url: url.href, text: decodeBody(response) };
          const location = headers.get('location') ?? '';
          if (redirectsLeft === 0 || !URL.canParse(location, url.href)) {
            throw new ProviderError('rejected', 'The redirects never end.', { status });
          }
          url = new URL(location, url);
        }
      }

      return {
        serverUrl: async () => new URL(decodeSecret(await secretText()).url),
        username: async () => decodeSecret(await secretText()).username,
        async request(request) {
          const secret = await secretText();
          const response = await requestFollowingRedirects(decodeSecret(secret), request);
          if (response.status !== 401) return response;
          // The host may have given a new secret since this session began.
          text = access.token(secret);
          const retried = await requestFollowingRedirects(decodeSecret(await text), request);
          if (retried.status !== 401) return retried;
          throw new ProviderError('auth-revoked', 'The server refused the user name and password.', {
            status: 401,
          });
        },
      };
    },
  };
}

function toProviderError({ status, headers }: HttpResponse): ProviderError {
  const retryAfter = parseRetryAfter(headers, systemClock.now());
  return new ProviderError(classify(status, retryAfter), `The server answered ${status}.`, {
    status,
    retryAfter,
  });
}

/** A report that is too large for the server will be so the next time. */
const TOO_LARGE_STATUS = 507;

function classify(status: number, retryAfter: number | null): ProviderFailure {
  if (status === 403 && retryAfter !== null) return 'rate-limited';
  return status === TOO_LARGE_STATUS ? 'rejected' : reasonOfStatus(status);
}

function decodeBody({ headers, body }: HttpResponse): string {
  const label = /charset="?([\w-]+)/i.exec(headers.get('content-type') ?? '')?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(label).decode(body);
  } catch {
    return new TextDecoder().decode(body);
  }
}
