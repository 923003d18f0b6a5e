/** A server that is the test: each request waits, listed, for its reply. */

import type { Reply } from '../../../src/web/live/operation.ts';
import type { RetryDeps } from '../../../src/web/live/retry.ts';

export interface Asked {
  /** Of the operation. */
  name: string;
  variables: Record<string, unknown>;
  reply(data: object): void;
  fail(code: string, retryAfter?: number): void;
}

export function createServer() {
  const asked: Asked[] = [];
  const deps: RetryDeps = {
    client: {
      request: (document, variables) =>
        new Promise((resolve) => {
          const answer = (reply: unknown) => resolve(reply as Reply<never>);
          asked.push({
            name: /^\s*\w+ (\w+)/.exec(document.toString())?.[1] ?? '',
            variables,
            reply: (data) => answer({ ok: true, data }),
            fail: (code, retryAfter) =>
              answer({ ok: false, fault: { code, message: '', ...(retryAfter ? { retryAfter } : {}) } }),
          });
        }),
    },
    random: () => 0,
    pause: async () => {},
  };
  return {
    deps,
    asked,
    /** The request that came last, once what was answered before has been heard. */
    async last(): Promise<Asked> {
      await settled();
      const found = asked.at(-1);
      if (!found) throw new Error('nothing was asked');
      return found;
    },
    async names(): Promise<string[]> {
      await settled();
      return asked.map(({ name }) => name);
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
