/** A small typed GraphQL client: requests over fetch, subscriptions over one lazy graphql-transport-ws socket. */
import { createClient } from 'graphql-ws/client';

/** A generated document: its text, and the types of what it takes and gives. */
export interface Document<Data, Variables> {
  toString(): string;
  readonly __apiType?: ((variables: Variables) => Data) | undefined;
}

/** Why a request or a subscription failed. `code` is the server's `extensions.code`, or NETWORK when none came. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  /** Milliseconds the server asks to wait. */
  readonly retryAfter?: number;
  /** The part of the input that was refused, when the server names one. */
  readonly field?: string;
}

export type Reply<Data> =
  | { readonly ok: true; readonly data: Data }
  | { readonly ok: false; readonly fault: Fault };

/** Exactly one of `ended` follows; `ended(null)` when the server completed the stream. */
export interface Sink<Data> {
  next(data: Data): void;
  ended(fault: Fault | null): void;
}

export interface LiveClient {
  /** Never rejects. */
  request<Data, Variables extends Record<string, unknown>>(
    document: Document<Data, Variables>,
    variables: Variables,
  ): Promise<Reply<Data>>;
  /** Tries once; trying again is the caller's. After the returned stop nothing more is told. */
  subscribe<Data, Variables extends Record<string, unknown>>(
    document: Document<Data, Variables>,
    variables: Variables,
    sink: Sink<Data>,
  ): () => void;
  /** The server's clock minus this machine's, ms, within a second, as the last answer tells; 0 before the first. */
  skew(): number;
  /** Tells whether the socket is up, now and at each change. */
  onSocket(listener: (up: boolean) => void): () => void;
  close(): void;
}

export interface LiveClientOptions {
  /** http(s) address of the GraphQL endpoint; the socket's is the same with ws(s). */
  readonly url: string;
  readonly fetch?: typeof fetch;
  /** A WebSocket constructor where there is no global one. */
  readonly webSocketImpl?: unknown;
  /** Milliseconds between pings; a socket that leaves one unanswered for as long is given up. Default 10,000. */
  readonly keepAlive?: number;
}

/** @param options Only `url` is needed in a browser. */
export function createLiveClient(options: LiveClientOptions): LiveClient {
  const { url, webSocketImpl, keepAlive = 10_000 } = options;
  const get = options.fetch ?? ((...args: Parameters<typeof fetch>) => fetch(...args));
  const listeners = new Set<(up: boolean) => void>();
  let up = false;
  let skew = 0;
  const tell = (now: boolean) => {
    if (now === up) return;
    up = now;
    for (const listener of listeners) listener(up);
  };
  let unanswered: ReturnType<typeof setTimeout> | undefined;
  const socket = createClient({
    url: url.replace(/^http/, 'ws'),
    lazy: true,
    // A change of the window ends one subscription just before it starts the next.
    lazyCloseTimeout: 3_000,
    retryAttempts: 0,
    keepAlive,
    connectionAckWaitTimeout: 10_000,
    ...(webSocketImpl ? { webSocketImpl } : {}),
    on: {
      connected: () => tell(true),
      // A phone that slept holds a socket that is long dead: only the missing pong tells.
      ping: (received) => {
        if (!received) unanswered = setTimeout(() => socket.terminate(), keepAlive);
      },
      pong: (received) => {
        if (received) clearTimeout(unanswered);
      },
      closed: () => {
        clearTimeout(unanswered);
        tell(false);
      },
    },
  });
  return {
    async request(document, variables) {
      try {
        const sent = Date.now();
        const response = await get(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'application/graphql-response+json, application/json',
          },
          body: JSON.stringify({ query: document.toString(), variables }),
          signal: AbortSignal.timeout(REQUEST_TIMEOUT),
        });
        skew = skewOf(response.headers.get('date'), sent, Date.now()) ?? skew;
        return readReply(await response.json());
      } catch (cause) {
        return {
          ok: false,
          fault: { code: NETWORK, message: cause instanceof Error ? cause.message : 'No answer.' },
        };
      }
    },
    subscribe<Data, Variables extends Record<string, unknown>>(
      document: Document<Data, Variables>,
      variables: Variables,
      sink: Sink<Data>,
    ) {
      let open = true;
      const end = (fault: Fault | null) => {
        if (!open) return;
        open = false;
        sink.ended(fault);
      };
      const stop = socket.subscribe<unknown>(
        { query: document.toString(), variables },
        {
          next: (payload) => {
            if (!open) return;
            const reply = readReply<Data>(payload);
            if (reply.ok) sink.next(reply.data);
            else {
              end(reply.fault);
              stop();
            }
          },
          error: (cause) => end(faultOf(Array.isArray(cause) ? cause : [])),
          complete: () => end(null),
        },
      );
      return () => {
        open = false;
        stop();
      };
    },
    skew: () => skew,
    onSocket(listener) {
      listeners.add(listener);
      listener(up);
      return () => listeners.delete(listener);
    },
    close: () => void socket.dispose(),
  };
}

const NETWORK = 'NETWORK';
const REQUEST_TIMEOUT = 15_000;

/** The header tells whole seconds; its instant lies between asking and answer. */
function skewOf(date: string | null, sent: number, received: number): number | null {
  const told = Date.parse(date ?? '') + 500;
  return Number.isNaN(told) ? null : told - (sent + received) / 2;
}

/** Any error fails the whole answer: half an answer would show a calendar as it is not. */
function readReply<Data>(body: unknown): Reply<Data> {
  const { data, errors } = body as { data?: Data | null; errors?: unknown[] };
  if (errors?.length || data === null || data === undefined)
    return { ok: false, fault: faultOf(errors ?? []) };
  return { ok: true, data };
}

function faultOf(errors: readonly unknown[]): Fault {
  const first = errors[0] as
    | { message?: string; extensions?: { code?: string; retryAfter?: number; field?: string } }
    | undefined;
  const { retryAfter: seconds, field } = first?.extensions ?? {};
  return {
    code: first?.extensions?.code ?? NETWORK,
    message: first?.message ?? 'The connection ended.',
    ...(typeof seconds === 'number' ? { retryAfter: seconds * 1_000 } : {}),
    ...(typeof field === 'string' ? { field } : {}),
  };
}
