/** Requests to addresses that hosts gave. The client that guards them is passed in; what it fails with is told here. */
import { ProviderError } from './port.ts';

export interface HttpRequest {
  /** GET when absent. */
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Milliseconds for all of it. */
  timeout: number;
  /** The longest body that is read, unpacked, in bytes. */
  maxBytes: number;
  /** How many to follow; when absent, a redirect is an answer like any other. */
  maxRedirects?: number;
  gzip?: boolean;
  signal?: AbortSignal;
}

export interface HttpResponse {
  status: number;
  headers: Headers;
  body: Buffer;
  /** What answered in the end. */
  url: string;
}

/** Asks only what may be asked. Rejects with an error whose `reason` is a WebFault; or the signal's reason once it fires. */
export type HttpFetch = (url: string, request: HttpRequest) => Promise<HttpResponse>;

/** `blocked`: the address may not be asked. */
export type HttpFault = 'blocked' | 'timeout' | 'too-large' | 'redirects' | 'network';

/** Null: something else went wrong. */
export function httpFaultOf(error: unknown): HttpFault | null {
  const { name, reason } = error instanceof Error ? (error as { name: string; reason?: unknown }) : {};
  return name === 'NetError' && FAULTS.has(reason as HttpFault) ? (reason as HttpFault) : null;
}

const FAULTS = new Set<HttpFault>(['blocked', 'timeout', 'too-large', 'redirects', 'network']);

const PUBLIC_MESSAGES: Partial<Record<HttpFault, string>> = {
  blocked:
    'This address may not be asked: it, or one that it leads to, is not on the public internet, or not for HTTP.',
  redirects: 'This address leads on too often.',
  'too-large': 'What this address answers is too long.',
};

/** What a request came to that got no answer. */
export function httpFailure(error: unknown): ProviderError {
  const fault = httpFaultOf(error);
  const publicMessage = fault ? PUBLIC_MESSAGES[fault] : undefined;
  const detail = error instanceof Error ? error.message : 'unknown failure';
  return new ProviderError(publicMessage === undefined ? 'transient' : 'rejected', `No answer: ${detail}`, {
    ...(publicMessage === undefined ? {} : { publicMessage }),
    cause: error,
  });
}
