/** Requests to a CalDAV server: password, redirects, deadline, and one vocabulary of failures. */
import { parseRetryAfter } from '../../async/retry-after.ts';
import { SECOND, systemClock } from '../../time/clock.ts';
import { type WebAnswer, type WebFetch, webFailure } from '../http.ts';
import { type Access, ProviderError, type ProviderFailure } from '../port.ts';
import { type DigestChallenge, digestChallenge, digestHeader } from './digest.ts';
import { mayHavePassword } from './origins.ts';
import { type CalDavSecret, openSecret } from './secret.ts';

const REQUEST_TIMEOUT = 30 * SECOND;
/** Of an answer, unpacked. */
const LONGEST_ANSWER = 24 * 1024 * 1024;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 5;
/** Servers whose last challenge is kept, so that a request needn't be refused first. */
const CHALLENGES = 1_000;

export interface DavRequest {
  method: 'PROPFIND' | 'REPORT' | 'GET';
  url: string;
  depth?: '0' | '1';
  body?: string;
}

export interface DavAnswer {
  status: number;
  /** What answered in the end. */
  url: string;
  text: string;
}

/** One operation of one account: its secret is read once. */
export interface DavSession {
  /** The account's own address of the server. */
  named(): Promise<URL>;
  username(): Promise<string>;
  /** @throws ProviderError for every answer but 2xx */
  ask(request: DavRequest): Promise<DavAnswer>;
}

export interface DavClient {
  open(access: Access, signal?: AbortSignal): DavSession;
}

const NOT_SAFE = 'The address must begin with https, for a password goes there.';
export const LEADS_AWAY =
  "This address leads to another site, which doesn't get the password: give that site's own address.";

/** @param plain may passwords go over http? */
export function createDavClient(fetch: WebFetch, plain: boolean): DavClient {
  const challenges = new Map<string, DigestChallenge>();

  function remember(key: string, challenge: DigestChallenge) {
    challenges.delete(key);
    challenges.set(key, challenge);
    for (const oldest of challenges.keys()) {
      if (challenges.size <= CHALLENGES) break;
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

  /** As the server wants to be asked. @returns a refusal, too, and a redirect. */
  async function proven(
    { access, signal }: { access: Access; signal?: AbortSignal | undefined },
    secret: CalDavSecret,
    url: URL,
    { method, depth, body }: DavRequest,
  ): Promise<WebAnswer> {
    const key = `${url.origin}\n${secret.username}`;
    const attempt = (challenge?: DigestChallenge) =>
      access.run(async () => {
        const answer = await fetch(url.href, {
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
          most: LONGEST_ANSWER,
          gzip: true,
          ...(signal ? { signal } : {}),
        }).catch((error: unknown) => Promise.reject(webFailure(error)));
        const { status } = answer;
        if (status < 300 || status === 401 || REDIRECTS.has(status)) return answer;
        throw failureOf(answer);
      }, signal);
    const known = challenges.get(key);
    const first = await attempt(known);
    if (first.status !== 401) return first;
    const challenge = digestChallenge(first.headers.get('www-authenticate'));
    if (challenge) {
      remember(key, challenge);
      return attempt(challenge);
    }
    challenges.delete(key);
    // By now it may want Basic instead.
    return known ? attempt() : first;
  }

  return {
    open(access, signal) {
      const asker = { access, signal };
      let text: Promise<string> | undefined;
      const kept = () => {
        text ??= access.token();
        return text;
      };

      async function follow(secret: CalDavSecret, request: DavRequest): Promise<DavAnswer> {
        const named = new URL(secret.url);
        let url = new URL(request.url);
        for (let left = MOST_REDIRECTS; ; left -= 1) {
          if (url.protocol === 'http:' && !plain) {
            throw new ProviderError('rejected', 'It is not https.', { words: NOT_SAFE });
          }
          if (!mayHavePassword(named, url)) {
            throw new ProviderError('rejected', 'It leads to another site.', { words: LEADS_AWAY });
          }
          const answer = await proven(asker, secret, url, request);
          const { status, headers } = answer;
          if (!REDIRECTS.has(status)) return { status, url: url.href, text: textOf(answer) };
          const location = headers.get('location') ?? '';
          if (left === 0 || !URL.canParse(location, url.href)) {
            throw new ProviderError('rejected', 'It points elsewhere, and never ends.', { status });
          }
          url = new URL(location, url);
        }
      }

      return {
        named: async () => new URL(openSecret(await kept()).url),
        username: async () => openSecret(await kept()).username,
        async ask(request) {
          const secret = await kept();
          const answer = await follow(openSecret(secret), request);
          if (answer.status !== 401) return answer;
          // Another one, when the host gave one meanwhile; else this is the end.
          text = access.token(secret);
          const again = await follow(openSecret(await text), request);
          if (again.status !== 401) return again;
          throw new ProviderError('auth-revoked', 'The server refused the user name and password.', {
            status: 401,
          });
        },
      };
    },
  };
}

function failureOf({ status, headers }: WebAnswer): ProviderError {
  const retryAfter = parseRetryAfter(headers, systemClock.now());
  return new ProviderError(classify(status, retryAfter), `The server answered ${status}.`, {
    status,
    retryAfter,
  });
}

/** Statuses that say how the server is made, not how it is. */
const FOR_EVER = new Set([501, 505, 507]);

function classify(status: number, retryAfter: number | null): ProviderFailure {
  if (status === 429 || (status === 403 && retryAfter !== null)) return 'rate-limited';
  if (status === 408 || status === 423 || (status >= 500 && !FOR_EVER.has(status))) return 'transient';
  return 'rejected';
}

function textOf({ headers, body }: WebAnswer): string {
  const label = /charset="?([\w-]+)/i.exec(headers.get('content-type') ?? '')?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(label).decode(body);
  } catch {
    return new TextDecoder().decode(body);
  }
}
