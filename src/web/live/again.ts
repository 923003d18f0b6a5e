/** Asks once more where no answer came. Only for what may be asked twice: queries, and mutations that repeat harmlessly. */
import { type Backoff, backoffDelay } from '../../async/backoff.ts';
import type { Document, Reply } from './answer.ts';
import type { LiveClient } from './client.ts';

const TRIES = 3;

/** For what one visitor asks alone. */
export const RETRY_BACKOFF: Backoff = { first: 500, most: 30_000, jitter: 1 };

export interface AgainDeps {
  readonly client: Pick<LiveClient, 'request'>;
  /** In [0, 1). */
  readonly random: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** The last reply; any answer of the server's, a refusal too, ends the tries. */
export async function requestAgain<Data, Variables extends Record<string, unknown>>(
  { client, random, pause }: AgainDeps,
  document: Document<Data, Variables>,
  variables: Variables,
): Promise<Reply<Data>> {
  for (let attempt = 0; ; attempt++) {
    const reply = await client.request(document, variables);
    if (reply.ok || reply.fault.code !== 'NETWORK' || attempt + 1 === TRIES) return reply;
    await pause(backoffDelay(RETRY_BACKOFF, attempt, random));
  }
}
