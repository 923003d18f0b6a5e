/**
 * HTTP requests to addresses that hosts give. The guarded client is passed in; its failures become ProviderError here.
 */
import { ProviderError } from './port.ts';

export interface HttpRequest {
  /** Default: GET. */
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Milliseconds for the whole request. */
  timeout: number;
  /** Limit of the decompressed body, in bytes. */
  maxBytes: number;
  /** How many redirects to follow; when absent, a redirect is returned like any other response. */
  maxRedirects?: number;
  gzip?: boolean;
  signal?: AbortSignal;
}

export interface HttpResponse {
  status: number;
  headers: Headers;
  body: Buffer;
  /** URL of the final response, after redirects. */
  url: string;
}

/**
 * Refuses addresses that are not allowed. Rejects with an error whose `reason` is an HttpFault, or with the signal's
 * reason.
 */
export type HttpFetch = (url: string, request: HttpRequest) => Promise<HttpResponse>;

/** `blocked`: the address is not allowed. */
export type HttpFault = 'blocked' | 'timeout' | 'too-large' | 'redirects' | 'network';

/** Null for any other error. */
export function httpFaultOf(error: unknown): HttpFault | null {
  const { name, reason } = error instanceof Error ? (error as { name: string; reason?: unknown }) : {};
  return name === 'NetError' && FAULTS.has(reason as HttpFault) ? (reason as HttpFault) : null;
}

/** Where too many redirects led; it may hold a secret. Null for any other error. */
export function lastUrlOf(error: unknown): string | null {
  const { lastUrl } = error instanceof Error ? (error as { lastUrl?: unknown }) : {};
  return typeof lastUrl === 'string' ? lastUrl : null;
}

const FAULTS = new Set<HttpFault>(['blocked', 'timeout', 'too-large', 'redirects', 'network']);

const PUBLIC_MESSAGES: Partial<Record<HttpFault, string>> = {
  blocked:
    'This address may not be asked: it, or one that it leads to, is not on the public internet, or not for HTTP.',
  redirects: 'This address leads on too often.',
  'too-large': 'What this address answers is too long.',
};

/** The ProviderError of a request that got no response. */
export function httpFailure(error: unknown): ProviderError {
  const fault = httpFaultOf(error);
  const publicMessage = fault ? PUBLIC_MESSAGES[fault] : undefined;
  const detail = error instanceof Error ? error.message : 'unknown failure';
  return new ProviderError(publicMessage === undefined ? 'transient' : 'rejected', `No answer: ${detail}`, {
    ...(publicMessage === undefined ? {} : { publicMessage }),
    cause: error,
  });
}
