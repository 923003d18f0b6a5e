/**
 * HTTP client for URLs that users give: it connects only to public addresses that it has checked, within limits of size
 * and time.
 */
import { type IncomingMessage, request as overHttp, type RequestOptions } from 'node:http';
import { request as overHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { untilAborted } from '../async/abort.ts';
import { DeadlineError, withDeadline } from '../async/deadline.ts';
import { decodePercent } from '../percent.ts';
import { readResponseBody } from './body.ts';
import { type Address, hostOf, type Resolve, resolveAllowed, systemResolve } from './destination.ts';
import { NetError } from './failure.ts';
import { type Hop, nextHop } from './redirect.ts';

export interface GuardedRequest {
  /** Default: GET. */
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Milliseconds for the whole request: name resolution, redirects, body. */
  timeout: number;
  /** Limit of the decompressed body; `ignored`: the body is not read, only the status counts. */
  maxBytes: number | 'ignored';
  /** How many redirects to follow; when absent, a redirect is returned like any other response. */
  maxRedirects?: number;
  /** Whether the response may be compressed. */
  gzip?: boolean;
  signal?: AbortSignal;
}

export interface GuardedResponse {
  status: number;
  headers: Headers;
  body: Buffer;
  /** URL of the final response, after redirects. */
  url: string;
}

/** @throws NetError; or the signal's reason once it fires */
export type GuardedFetch = (url: string, request: GuardedRequest) => Promise<GuardedResponse>;

export interface GuardedClientDeps {
  /** ALLOW_PRIVATE_NETWORK. */
  allowPrivate: boolean;
  resolve?: Resolve;
  /** PEM certificates to trust instead of the system's. */
  ca?: string;
}

/** Headers that only the client itself may set. */
const CLIENT_HEADERS = [
  'host',
  'connection',
  'transfer-encoding',
  'content-length',
  'accept-encoding',
  'expect',
  'upgrade',
];

export function createGuardedClient({
  allowPrivate,
  resolve = systemResolve,
  ca,
}: GuardedClientDeps): GuardedFetch {
  async function connect(hop: Hop, signal: AbortSignal): Promise<IncomingMessage> {
    const addresses = await untilAborted(signal, resolveAllowed(hop.url, resolve, allowPrivate));
    return send(hop, addresses, signal, ca);
  }

  async function followRedirects(
    first: Hop,
    request: GuardedRequest,
    signal: AbortSignal,
  ): Promise<GuardedResponse> {
    let hop = first;
    for (let redirectsLeft = request.maxRedirects ?? 0; ; redirectsLeft--) {
      const message = await connect(hop, signal);
      try {
        const status = message.statusCode ?? 0;
        const next =
          request.maxRedirects === undefined ? null : nextHop(hop, status, message.headers.location);
        if (!next) {
          const body =
            request.maxBytes === 'ignored'
              ? Buffer.alloc(0)
              : await readResponseBody(message, request.maxBytes, request.gzip ?? false);
          return { status, headers: headersOf(message), body, url: hop.url.href };
        }
        if (redirectsLeft === 0) {
          throw new NetError('redirects', 'The answer redirects too often.', { lastUrl: next.url.href });
        }
        hop = next;
      } finally {
        message.destroy();
      }
    }
  }

  return async (url, request) => {
    try {
      return await withDeadline(request.timeout, request.signal, (signal) =>
        followRedirects(firstHop(url, request), request, signal),
      );
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason;
      if (error instanceof DeadlineError) {
        throw new NetError('timeout', `There was no complete answer within ${request.timeout} ms.`);
      }
      throw error instanceof NetError
        ? error
        : new NetError('network', describeFailure(error), { cause: error });
    }
  };
}

/** A user and password in the URL become an Authorization header for that origin. */
function firstHop(text: string, { method = 'GET', headers = {}, body, gzip = false }: GuardedRequest): Hop {
  if (!URL.canParse(text)) throw new NetError('blocked', 'The address is no URL.');
  const url = new URL(text);
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const own = Object.fromEntries(given.filter(([name]) => !CLIENT_HEADERS.includes(name)));
  if ((url.username || url.password) && own.authorization === undefined) {
    const pair = `${decodePercent(url.username)}:${decodePercent(url.password)}`;
    own.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  url.username = '';
  url.password = '';
  url.hash = '';
  return { url, method, body, headers: { ...own, 'accept-encoding': gzip ? 'gzip' : 'identity' } };
}

/** Connects to one of the checked addresses, over a new connection; TLS still verifies the host name. */
function send(
  hop: Hop,
  addresses: Address[],
  signal: AbortSignal,
  ca: string | undefined,
): Promise<IncomingMessage> {
  const { url, method, headers, body } = hop;
  const lookup: LookupFunction = (_name, options, callback) => {
    const [first] = addresses;
    // In a later tick, as a real look-up answers: a connection that fails at once, as where there is no route, would fail
    // before the request listens for errors, and an error without a listener ends the process.
    process.nextTick(() => {
      if (options.all) callback(null, addresses);
      else if (first) callback(null, first.address, first.family);
    });
  };
  const options: RequestOptions & { ca?: string } = {
    method,
    host: hostOf(url),
    port: url.port || (url.protocol === 'https:' ? 443 : 80),
    path: `${url.pathname}${url.search}`,
    headers: body === undefined ? headers : { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    lookup,
    agent: false,
    signal,
    ...(ca === undefined ? {} : { ca }),
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? overHttps : overHttp)(options, resolve);
    // The error may come after the response began: then the reader of the body receives it too.
    request.on('error', reject);
    // Closing is not always an error: a server may switch protocols without being asked.
    request.on('upgrade', (_message, socket) => socket.destroy());
    request.on('close', () => reject(new NetError('network', 'The connection ended without an answer.')));
    request.end(body);
  });
}

function headersOf(message: IncomingMessage): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    headers.append(message.rawHeaders[at] ?? '', message.rawHeaders[at + 1] ?? '');
  }
  return headers;
}

/** Node's error code, such as ECONNREFUSED, is short and contains no address. */
function describeFailure(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `The connection failed: ${code}.` : 'The connection failed.';
}
