/**
 * Subscriptions over Server-Sent Events, each a POST whose answer doesn't end (GraphQL over SSE, distinct connections).
 * By fetch: EventSource can't POST, and doesn't tell a refusal from a broken line.
 */
import { parseRetryAfter } from '../../async/retry-after.ts';
import {
  type Carrier,
  type Fault,
  faultOf,
  faultOfError,
  NETWORK,
  type Operation,
  readReply,
  type Sink,
} from './answer.ts';
import type { Credential } from './credential.ts';
import { readEventStream } from './event-stream.ts';

export interface StreamDeps {
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly credential: Credential;
  /** Milliseconds of silence after which a stream counts as dead. */
  readonly silence: number;
}

export function createStreams(deps: StreamDeps): Carrier {
  const running = new Set<(fault: Fault) => void>();
  return {
    subscribe<Data>(operation: Operation, sink: Sink<Data>) {
      const abort = new AbortController();
      /** The server's wish for the time after this stream. */
      let wish = 0;
      let said: string | null = null;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const leave = () => {
        clearTimeout(timer);
        const here = running.delete(end);
        if (here) abort.abort();
        return here;
      };
      const end = (fault: Fault | null) => {
        if (leave()) sink.ended(fault, Math.max(wish, fault?.retryAfter ?? 0));
      };
      const alive = () => {
        clearTimeout(timer);
        timer = setTimeout(() => end({ code: NETWORK, message: 'The stream fell silent.' }), deps.silence);
      };
      const read = readEventStream({
        retry(ms) {
          wish = ms;
        },
        event({ type, data }) {
          if (!running.has(end)) return;
          if (type === 'complete') return end(null);
          if (type !== 'next') return;
          const reply = readReply<Data>(JSON.parse(data));
          if (reply.ok) sink.next(reply.data);
          else end(deps.credential.refused(said, reply.fault));
        },
      });

      async function run(): Promise<void> {
        said = await deps.credential.ask();
        if (!running.has(end)) return;
        const response = await deps.fetch(deps.url, {
          method: 'POST',
          headers: {
            accept: 'text/event-stream',
            'content-type': 'application/json',
            ...(said === null ? {} : { authorization: said }),
          },
          body: JSON.stringify(operation),
          cache: 'no-store',
          signal: abort.signal,
        });
        if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream'))
          return end(deps.credential.refused(said, await readRefusal(response)));
        const reader = response.body.getReader();
        // A proxy may send the headers and keep the rest: only what comes after them shows that the way is open.
        for (let first = true; ; first = false) {
          const { done, value } = await reader.read();
          if (!running.has(end)) return;
          if (done) return end({ code: NETWORK, message: 'The stream was cut.' });
          alive();
          if (first) sink.opened?.('sse');
          read(value);
        }
      }

      running.add(end);
      alive();
      run().catch((cause) => end(faultOfError(cause)));
      return leave;
    },
    close(fault) {
      for (const end of [...running]) end(fault);
    },
  };
}

/** Only the gateway's own words count: a page of some proxy's says nothing about the credential. */
async function readRefusal(response: Response): Promise<Fault> {
  const body: unknown = await response.json().catch(() => null);
  const errors = (body as { errors?: unknown } | null)?.errors;
  const fault = faultOf(Array.isArray(errors) ? errors : [{ message: `Answered ${response.status}.` }]);
  const retryAfter = parseRetryAfter(response.headers, Date.now());
  return retryAfter === null ? fault : { retryAfter, ...fault };
}
