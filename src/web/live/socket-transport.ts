/** Subscriptions over one lazy graphql-transport-ws socket. Reconnecting is up to the caller: the socket never does by itself. */
import { createClient, type SubscribePayload } from 'graphql-ws/client';
import { faultFromClose } from './close-codes.ts';
import type { Credential } from './credential.ts';
import {
  type Fault,
  faultFromError,
  faultFromErrors,
  type Operation,
  parseReply,
  type Sink,
  type SubscriptionTransport,
} from './operation.ts';

/** The browser's WebSocket, or one like it, as of the package `ws`. */
export type WebSocketImpl = new (url: string, protocols: string) => WebSocketLike;
interface WebSocketLike {
  readonly readyState: number;
  close(): void;
}

export interface SocketDeps {
  readonly url: string;
  readonly webSocketImpl: WebSocketImpl;
  readonly credential: Credential;
  /** Milliseconds between pings, and how long one may be unanswered. */
  readonly keepAlive: number;
  /** Milliseconds a socket may take to be acknowledged. */
  readonly openWithin: number;
  /** The server acknowledged a socket. */
  acknowledged(): void;
  /** A socket ended before it was acknowledged or, with `hung`, was not acknowledged in time. */
  failed(acknowledgeTimer: boolean): void;
}

interface SocketSubscription {
  opened(): void;
  end(fault: Fault | null): void;
}

/** How long an unused socket stays open: a change of the window ends one subscription just before it starts the next. Milliseconds. */
const LAZY_CLOSE_TIMEOUT = 3_000;
/** A WebSocket's readyState. */
const OPEN = 1;

export function createSocketTransport(deps: SocketDeps): SubscriptionTransport {
  const { credential, keepAlive } = deps;
  const entries = new Set<SocketSubscription>();
  let state: 'none' | 'opening' | 'up' = 'none';
  let authorization: string | null = null;
  let acknowledgeTimer: ReturnType<typeof setTimeout> | undefined;
  let pongTimer: ReturnType<typeof setTimeout> | undefined;
  let latestSocket: WebSocketLike | undefined;
  /** Set while the credential of the next socket is loading. */
  let pendingCredential: Promise<void> | null = null;

  function endConnection(fault: Fault, silent = false): void {
    clearTimeout(acknowledgeTimer);
    clearTimeout(pongTimer);
    const previous = state;
    state = 'none';
    if (previous === 'none') return;
    if (previous === 'opening' && fault.code === 'NETWORK') deps.failed(silent);
    for (const entry of [...entries]) entry.end(fault);
  }

  const client = createClient({
    url: deps.url.replace(/^http/, 'ws'),
    lazyCloseTimeout: LAZY_CLOSE_TIMEOUT,
    retryAttempts: 0,
    keepAlive,
    // The latest socket is remembered, because a socket that hangs can be closed by itself only, not through the client.
    webSocketImpl: new Proxy(deps.webSocketImpl, {
      construct(Impl, [url, protocols]) {
        latestSocket = new Impl(url, protocols);
        return latestSocket;
      },
    }),
    connectionParams: () => (authorization === null ? undefined : { authorization: authorization }),
    on: {
      connecting() {
        state = 'opening';
        acknowledgeTimer = setTimeout(() => {
          endConnection({ code: 'NETWORK', message: 'The WebSocket was not acknowledged.' }, true);
          // An open socket's close event may take long to come; terminating one that is opening would lose the event.
          if (latestSocket?.readyState === OPEN) client.terminate();
          else latestSocket?.close();
        }, deps.openWithin);
      },
      connected() {
        clearTimeout(acknowledgeTimer);
        state = 'up';
        deps.acknowledged();
        for (const entry of [...entries]) entry.opened();
      },
      // A phone that slept holds a socket that is long dead; only the missing pong shows it.
      ping(received) {
        if (!received) pongTimer = setTimeout(() => client.terminate(), keepAlive);
      },
      pong(received) {
        if (received) clearTimeout(pongTimer);
      },
      error: (cause) => endConnection(faultFromClose(cause)),
      closed: (event) => endConnection(credential.markRefused(authorization, faultFromClose(event))),
    },
  });

  return {
    subscribe<Data>(operation: Operation, sink: Sink<Data>) {
      let stop = () => {};
      let opened = false;
      const remove = () => {
        const wasActive = entries.delete(entry);
        if (wasActive) stop();
        return wasActive;
      };
      const entry: SocketSubscription = {
        opened() {
          if (!opened) sink.opened?.('websocket');
          opened = true;
        },
        end(fault) {
          if (remove()) sink.ended(fault, fault?.retryAfter ?? 0);
        },
      };
      const start = () => {
        if (!entries.has(entry)) return;
        stop = client.subscribe<unknown>(payloadOf(operation), {
          next(payload) {
            if (!entries.has(entry)) return;
            const reply = parseReply<Data>(payload);
            if (reply.ok) sink.next(reply.data);
            else endRefused(entry, reply.fault);
          },
          error: (cause) =>
            endRefused(entry, Array.isArray(cause) ? faultFromErrors(cause) : faultFromClose(cause)),
          complete: () => entry.end(null),
        });
        if (state === 'up') entry.opened();
      };
      entries.add(entry);
      if (state !== 'none') start();
      else loadCredential().then(start, (cause) => entry.end(faultFromError(cause)));
      return remove;
    },
    drop(fault) {
      const previous = state;
      // No fault of the socket, so that it doesn't count against sockets.
      state = 'none';
      clearTimeout(acknowledgeTimer);
      clearTimeout(pongTimer);
      for (const entry of [...entries]) entry.end(fault);
      if (previous === 'opening') latestSocket?.close();
      else client.terminate();
    },
    close(fault) {
      if (state === 'opening') latestSocket?.close();
      endConnection(fault);
      for (const entry of [...entries]) entry.end(fault);
      // Rejects when the socket that it waits for never comes up.
      void Promise.resolve(client.dispose()).catch(() => {});
    },
  };

  /** Runs before a socket is opened: graphql-ws would take a failure in `connectionParams` for the end of the next socket. */
  function loadCredential(): Promise<void> {
    pendingCredential ??= credential
      .get()
      .then((answer) => {
        authorization = answer;
      })
      .finally(() => {
        pendingCredential = null;
      });
    return pendingCredential;
  }

  /** The server checks the credential with each operation, so a new credential needs a new socket. */
  function endRefused(entry: SocketSubscription, fault: Fault): void {
    const result = fault.code === 'UNAUTHENTICATED' ? credential.markRefused(authorization, fault) : fault;
    entry.end(result);
    if (result !== fault) client.terminate();
  }
}

/** The protocol has no place for an identifier but `extensions`, and can't do without a query. */
const payloadOf = (operation: Operation): SubscribePayload =>
  'documentId' in operation
    ? {
        query: '',
        extensions: { documentId: operation.documentId },
        variables: operation.variables,
      }
    : { ...operation };
