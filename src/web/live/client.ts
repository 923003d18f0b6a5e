/** A small typed GraphQL client: requests over fetch, subscriptions over a WebSocket or, where none gets through, over SSE. */
import { withDeadline } from '../../async/deadline.ts';
import { type Authorization, createCredential } from './credential.ts';
import { createFallback } from './fallback.ts';
import {
  type Document,
  type Fault,
  faultFromError,
  NETWORK,
  type Operation,
  parseReply,
  type Reply,
  type Sink,
  type Transport,
} from './operation.ts';
import { createSocketTransport, type WebSocketImpl } from './socket-transport.ts';
import { createStreamTransport } from './stream-transport.ts';

export interface LiveClient {
  /** Never rejects. */
  request<Data, Variables extends Record<string, unknown>>(
    document: Document<Data, Variables>,
    variables: Variables,
  ): Promise<Reply<Data>>;
  /** Opens the subscription once; retrying is up to the caller. After the returned stop the sink is not called any more. */
  subscribe<Data, Variables extends Record<string, unknown>>(
    document: Document<Data, Variables>,
    variables: Variables,
    sink: Sink<Data>,
  ): () => void;
  /** The server's clock minus this machine's in ms, within a second, by the last answer; 0 before the first one. */
  skew(): number;
  /** Closes the client for good: all subscriptions end with the fault CLOSED, and so does each new one. */
  close(): void;
}

export interface LiveClientOptions {
  /** http(s) address of the GraphQL endpoint; the socket's is the same with ws(s). */
  readonly url: string;
  /** The value of the Authorization header, as `Bearer …`, or a function that returns it, called for each connection and request. */
  readonly authorization?: Authorization;
  readonly fetch?: typeof fetch;
  /** A WebSocket constructor where there is no global one; null: never a WebSocket. Without any, all subscriptions use SSE. */
  readonly webSocketImpl?: WebSocketImpl | null;
  /** Milliseconds between pings; a socket that leaves one unanswered for as long is given up. Default 10,000. */
  readonly keepAlive?: number;
  /** Milliseconds a socket may take to be acknowledged before SSE is tried. Default 5,000. */
  readonly openWithin?: number;
  /** Milliseconds of silence after which a stream is given up; the gateway sends something every 12,000. Default 30,000. */
  readonly silence?: number;
}

const REQUEST_TIMEOUT = 15_000;
const OFFLINE: Fault = { code: NETWORK, message: 'The machine is offline.' };
const CLOSED: Fault = { code: 'CLOSED', message: 'The client is closed.' };

/** @param options Only `url` is needed in a browser. */
export function createLiveClient(options: LiveClientOptions): LiveClient {
  const { url, keepAlive = 10_000, openWithin = 5_000, silence = 30_000 } = options;
  const fetchImpl = options.fetch ?? ((...args: Parameters<typeof fetch>) => fetch(...args));
  const credential = createCredential(options.authorization);
  const fallback = createFallback(Date.now);
  const streams = createStreamTransport({ url, fetch: fetchImpl, credential, silence });
  const webSocketImpl = options.webSocketImpl === undefined ? globalThis.WebSocket : options.webSocketImpl;
  const socket = webSocketImpl
    ? createSocketTransport({
        url,
        webSocketImpl,
        credential,
        keepAlive,
        openWithin,
        acknowledged: fallback.socketAcknowledged,
        failed: fallback.socketFailed,
      })
    : null;
  let closed = false;
  // A socket whose network has gone would say so by a missing pong alone, up to 20 s later.
  const removeOfflineListener = onOffline(() => {
    socket?.drop(OFFLINE);
    streams.drop(OFFLINE);
  });
  let skew = 0;
  /** Documents that the gateway didn't know: it is of another version than the page. */
  const unknown = new Set<string>();

  /** By its identifier where there is one that the gateway may know. */
  function operationOf<Data, Variables extends Record<string, unknown>>(
    document: Document<Data, Variables>,
    variables: Variables,
  ): Operation {
    const documentId = document.__meta__?.documentId;
    return documentId === undefined || unknown.has(documentId)
      ? { query: document.toString(), variables }
      : { documentId, variables };
  }

  /** @returns true when the operation was refused because the gateway doesn't know its identifier: its text is worth a try */
  function markUnknown(operation: Operation, fault: Fault | null): boolean {
    if (!fault || !('documentId' in operation) || !isUnknownDocument(fault)) return false;
    unknown.add(operation.documentId);
    return true;
  }

  async function request<Data>(operation: Operation): Promise<Reply<Data>> {
    try {
      const authorization = await credential.get();
      const sent = Date.now();
      const { response, json } = await withDeadline(REQUEST_TIMEOUT, undefined, async (signal) => {
        const response = await fetchImpl(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'application/graphql-response+json, application/json',
            ...(authorization === null ? {} : { authorization: authorization }),
          },
          body: JSON.stringify(operation),
          signal,
        });
        return { response, json: await response.json() };
      });
      skew = skewOf(response.headers.get('date'), sent, Date.now()) ?? skew;
      const reply = parseReply<Data>(json);
      // FORBIDDEN speaks of this request alone, UNAUTHENTICATED of the credential.
      if (reply.ok || reply.fault.code !== 'UNAUTHENTICATED') return reply;
      return { ok: false, fault: credential.markRefused(authorization, reply.fault) };
    } catch (cause) {
      return { ok: false, fault: faultFromError(cause) };
    }
  }

  return {
    async request<Data, Variables extends Record<string, unknown>>(
      document: Document<Data, Variables>,
      variables: Variables,
    ): Promise<Reply<Data>> {
      const operation = operationOf(document, variables);
      const reply = await request<Data>(operation);
      if (reply.ok || !markUnknown(operation, reply.fault)) return reply;
      return request<Data>(operationOf(document, variables));
    },
    subscribe<Data, Variables extends Record<string, unknown>>(
      document: Document<Data, Variables>,
      variables: Variables,
      sink: Sink<Data>,
    ) {
      let stop = () => {};
      if (closed) {
        let open = true;
        queueMicrotask(() => open && sink.ended(CLOSED, 0));
        return () => {
          open = false;
        };
      }
      let isOpen = false;
      const opened = (over: Transport) => {
        if (!isOpen) sink.opened?.(over);
        isOpen = true;
      };
      const next = (data: Data) => sink.next(data);
      const start = () => {
        const operation = operationOf(document, variables);
        const ended = (fault: Fault | null, wait: number) => {
          if (markUnknown(operation, fault)) start();
          else sink.ended(fault, wait);
        };
        const stream = () => {
          stop = streams.subscribe<Data>(operation, {
            opened(over) {
              fallback.streamOpened();
              opened(over);
            },
            ...{ next, ended },
          });
        };
        if (!socket || fallback.prefersStream()) stream();
        else
          stop = socket.subscribe<Data>(operation, {
            ...{ opened, next },
            ended(fault, wait) {
              if (fault?.code === NETWORK && fallback.socketBlocked()) stream();
              else ended(fault, wait);
            },
          });
      };
      start();
      return () => stop();
    },
    skew: () => skew,
    close() {
      closed = true;
      removeOfflineListener();
      socket?.close(CLOSED);
      streams.close(CLOSED);
    },
  };
}

/** Calls `then` each time that the machine loses its network; never outside of pages. @returns stop */
function onOffline(then: () => void): () => void {
  if (typeof addEventListener !== 'function') return () => {};
  addEventListener('offline', then);
  return () => removeEventListener('offline', then);
}

/** Older gateways know no identifiers at all, and miss the text in words of their own. */
const isUnknownDocument = ({ field, message }: Fault) =>
  field === 'documentId' || field === 'query' || /documentId|^Syntax Error/.test(message);

/** The header Date has whole seconds; the instant that it names lies between request and answer. */
function skewOf(date: string | null, sent: number, received: number): number | null {
  const serverTime = Date.parse(date ?? '') + 500;
  return Number.isNaN(serverTime) ? null : serverTime - (sent + received) / 2;
}
