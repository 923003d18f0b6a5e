/**
 * Subscriptions over Server-Sent Events, each a POST whose answer doesn't end (GraphQL over SSE, distinct connections).
 * They use fetch, because EventSource can't POST and doesn't distinguish a refusal from a broken connection.
 */
import { parseRetryAfter } from '../../async/retry-after.ts';
import type { Credential } from './credential.ts';
import { createEventStreamParser } from './event-stream-parser.ts';
import {
  type Fault,
  faultFromError,
  faultFromErrors,
  NETWORK,
  type Operation,
  parseReply,
  type Sink,
  type SubscriptionTransport,
} from './operation.ts';

export interface StreamTransportDeps {
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly credential: Credential;
  /** Milliseconds of silence after which a stream counts as dead. */
  readonly silence: number;
}

export function createStreamTransport(deps: StreamTransportDeps): SubscriptionTransport {
  const running = new Set<(fault: Fault) => void>();
  return {
    subscribe<Data>(operation: Operation, sink: Sink<Data>) {
      const abort = new AbortController();
      /** Milliseconds that the server asked clients to wait after this stream. */
      let retryDelay = 0;
      let authorization: string | null = null;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const remove = () => {
        clearTimeout(timer);
        const wasRunning = running.delete(end);
        if (wasRunning) abort.abort();
        return wasRunning;
      };
      const end = (fault: Fault | null) => {
        if (remove()) sink.ended(fault, Math.max(retryDelay, fault?.retryAfter ?? 0));
      };
      const restartSilenceTimer = () => {
        clearTimeout(timer);
        timer = setTimeout(() => end({ code: NETWORK, message: 'The stream fell silent.' }), deps.silence);
      };
      const parse = createEventStreamParser({
        retry(ms) {
          retryDelay = ms;
        },
        event({ type, data }) {
          if (!running.has(end)) return;
          if (type === 'complete') return end(null);
          if (type !== 'next') return;
          const reply = parseReply<Data>(JSON.parse(data));
          if (reply.ok) sink.next(reply.data);
          else end(deps.credential.markRefused(authorization, reply.fault));
        },
      });

      async function run(): Promise<void> {
        authorization = await deps.credential.get();
        if (!running.has(end)) return;
        const response = await deps.fetch(deps.url, {
          method: 'POST',
          headers: {
            accept: 'text/event-stream',
            'content-type': 'application/json',
            ...(authorization === null ? {} : { authorization: authorization }),
          },
          body: JSON.stringify(operation),
          cache: 'no-store',
          signal: abort.signal,
        });
        if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream'))
          return end(deps.credential.markRefused(authorization, await readRefusal(response)));
        const reader = response.body.getReader();
        // A proxy may send the headers and buffer the rest: only the first bytes after them show that the stream is open.
        for (let first = true; ; first = false) {
          const { done, value } = await reader.read();
          if (!running.has(end)) return;
          if (done) return end({ code: NETWORK, message: 'The stream was cut.' });
          restartSilenceTimer();
          if (first) sink.opened?.('sse');
          parse(value);
        }
      }

      running.add(end);
      restartSilenceTimer();
      run().catch((cause) => end(faultFromError(cause)));
      return remove;
    },
    drop: endAll,
    close: endAll,
  };

  function endAll(fault: Fault): void {
    for (const end of [...running]) end(fault);
  }
}

/** Only the gateway's own errors count: the error page of a proxy says nothing about the credential. */
async function readRefusal(response: Response): Promise<Fault> {
  const body: unknown = await response.json().catch(() => null);
  const errors = (body as { errors?: unknown } | null)?.errors;
  const fault = faultFromErrors(
    Array.isArray(errors) ? errors : [{ message: `Answered ${response.status}.` }],
  );
  const retryAfter = parseRetryAfter(response.headers, Date.now());
  return retryAfter === null ? fault : { retryAfter, ...fault };
}
