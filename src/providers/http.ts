/** Requests to addresses that hosts gave. The client that guards them is passed in; what it fails with is told here. */
import { ProviderError } from './port.ts';

export interface WebRequest {
  /** GET when absent. */
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Milliseconds for all of it. */
  timeout: number;
  /** The longest body that is read, unpacked, in bytes. */
  most: number;
  /** How many to follow; when absent, a redirect is an answer like any other. */
  redirects?: number;
  gzip?: boolean;
  signal?: AbortSignal;
}

export interface WebAnswer {
  status: number;
  headers: Headers;
  body: Buffer;
  /** What answered in the end. */
  url: string;
}

/** Asks only what may be asked. Rejects with an error whose `reason` is a WebFault; or the signal's reason once it fires. */
export type WebFetch = (url: string, request: WebRequest) => Promise<WebAnswer>;

/** `blocked`: the address may not be asked. */
export type WebFault = 'blocked' | 'timeout' | 'too-large' | 'redirects' | 'network';

/** Null: something else went wrong. */
export function webFaultOf(error: unknown): WebFault | null {
  const { name, reason } = error instanceof Error ? (error as { name: string; reason?: unknown }) : {};
  return name === 'NetError' && FAULTS.has(reason as WebFault) ? (reason as WebFault) : null;
}

const FAULTS = new Set<WebFault>(['blocked', 'timeout', 'too-large', 'redirects', 'network']);

const WORDS: Partial<Record<WebFault, string>> = {
  blocked:
    'This address may not be asked: it, or one that it leads to, is not on the public internet, or not for HTTP.',
  redirects: 'This address leads on too often.',
  'too-large': 'What this address answers is too long.',
};

/** What a request came to that got no answer. */
export function webFailure(error: unknown): ProviderError {
  const fault = webFaultOf(error);
  const words = fault ? WORDS[fault] : undefined;
  const said = error instanceof Error ? error.message : 'unknown failure';
  return new ProviderError(words === undefined ? 'transient' : 'rejected', `No answer: ${said}`, {
    ...(words === undefined ? {} : { words }),
    cause: error,
  });
}
