/** Retries a request that got no answer. Only for idempotent requests: queries, and mutations that repeat harmlessly. */
import { type Backoff, backoffDelay } from '../../async/backoff.ts';
import type { LiveClient } from './client.ts';
import type { Document, Reply } from './operation.ts';

const MAX_ATTEMPTS = 3;

/** For requests that one visitor makes alone; a crowd spreads its retries wider. */
export const RETRY_BACKOFF: Backoff = { first: 500, max: 30_000, jitter: 1 };

export interface RetryDeps {
  readonly client: Pick<LiveClient, 'request'>;
  /** In [0, 1). */
  readonly random: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** The dependencies in a browser. */
export const browserRetryDeps = (client: LiveClient): RetryDeps => ({
  client,
  random: Math.random,
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});

/** @returns the last reply. Any answer of the server, a refusal too, ends the retries. */
export async function requestWithRetry<Data, Variables extends Record<string, unknown>>(
  { client, random, pause }: RetryDeps,
  document: Document<Data, Variables>,
  variables: Variables,
): Promise<Reply<Data>> {
  for (let attempt = 0; ; attempt++) {
    const reply = await client.request(document, variables);
    if (reply.ok || reply.fault.code !== 'NETWORK' || attempt + 1 === MAX_ATTEMPTS) return reply;
    await pause(backoffDelay(RETRY_BACKOFF, attempt, random));
  }
}
