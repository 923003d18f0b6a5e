/** Asks URLs that users give: only public addresses, the very ones that were checked, and never more or longer than was wanted. */
import { type IncomingMessage, request as overHttp, type RequestOptions } from 'node:http';
import { request as overHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { untilAborted } from '../async/abort.ts';
import { DeadlineError, withDeadline } from '../async/deadline.ts';
import { readResponseBody } from './body.ts';
import { type Address, hostOf, type Resolve, resolveAllowed, systemResolve } from './destination.ts';
import { NetError } from './failure.ts';
import { type Hop, nextHop } from './redirect.ts';

export interface GuardedRequest {
  /** GET when absent. */
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Milliseconds for all of it: names, redirects, body. */
  timeout: number;
  /** The longest body that is read, unpacked; `ignored`: none is, the status alone is wanted. */
  maxBytes: number | 'ignored';
  /** How many to follow; when absent, a redirect is an answer like any other. */
  maxRedirects?: number;
  /** May the answer be packed? */
  gzip?: boolean;
  signal?: AbortSignal;
}

export interface GuardedResponse {
  status: number;
  headers: Headers;
  body: Buffer;
  /** What answered in the end. */
  url: string;
}

/** @throws NetError; or the signal's reason once it fires. */
export type GuardedFetch = (url: string, request: GuardedRequest) => Promise<GuardedResponse>;

export interface GuardedClientDeps {
  /** ALLOW_PRIVATE_NETWORK. */
  allowPrivate: boolean;
  resolve?: Resolve;
  /** PEM certificates to trust in place of the system's. */
  ca?: string;
}

/** Names that are the client's own business. */
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
        if (redirectsLeft === 0) throw new NetError('redirects', 'The answers point elsewhere too often.');
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
        throw new NetError('timeout', `There was no whole answer within ${request.timeout} ms.`);
      }
      throw error instanceof NetError
        ? error
        : new NetError('network', describeFailure(error), { cause: error });
    }
  };
}

/** A user and password in the URL become a header, which goes to that origin alone. */
function firstHop(text: string, { method = 'GET', headers = {}, body, gzip = false }: GuardedRequest): Hop {
  if (!URL.canParse(text)) throw new NetError('blocked', 'The address is no URL.');
  const url = new URL(text);
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const own = Object.fromEntries(given.filter(([name]) => !CLIENT_HEADERS.includes(name)));
  if ((url.username || url.password) && own.authorization === undefined) {
    const pair = `${decodeUri(url.username)}:${decodeUri(url.password)}`;
    own.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  url.username = '';
  url.password = '';
  url.hash = '';
  return { url, method, body, headers: { ...own, 'accept-encoding': gzip ? 'gzip' : 'identity' } };
}

/** Connects to one of these addresses and to no other, on a connection that nobody used before; the name is still what TLS checks. */
function send(
  hop: Hop,
  addresses: Address[],
  signal: AbortSignal,
  ca: string | undefined,
): Promise<IncomingMessage> {
  const { url, method, headers, body } = hop;
  const lookup: LookupFunction = (_name, options, callback) => {
    const [first] = addresses;
    if (options.all) callback(null, addresses);
    else if (first) callback(null, first.address, first.family);
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
    // Also after the answer began: the body's reader hears of it by itself.
    request.on('error', reject);
    // Not every end is an error: an answer that changes the protocol, which nobody asked for, is none.
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

function decodeUri(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Node's code, such as ECONNREFUSED, says it shortest, and names no address. */
function describeFailure(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `The connection failed: ${code}.` : 'The connection failed.';
}
