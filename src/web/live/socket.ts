/** Subscriptions over one lazy graphql-transport-ws socket. It is never opened again by itself: that is the caller's. */
import { createClient } from 'graphql-ws/client';
import {
  type Carrier,
  type Fault,
  faultOf,
  faultOfError,
  type Operation,
  readReply,
  type Sink,
} from './answer.ts';
import { faultOfClose } from './close-codes.ts';
import type { Credential } from './credential.ts';

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
  /** A socket ended before that, or, `hung`, took too long. */
  failed(hung: boolean): void;
}

interface Entry {
  opened(): void;
  end(fault: Fault | null): void;
}

/** A change of the window ends one subscription just before it starts the next. Milliseconds. */
const LINGER = 3_000;
/** A WebSocket's readyState. */
const OPEN = 1;

export function createSocket(deps: SocketDeps): Carrier {
  const { credential, keepAlive } = deps;
  const entries = new Set<Entry>();
  let state: 'none' | 'opening' | 'up' = 'none';
  let said: string | null = null;
  let hung: ReturnType<typeof setTimeout> | undefined;
  let unanswered: ReturnType<typeof setTimeout> | undefined;
  let latest: WebSocketLike | undefined;
  /** While the credential of the next socket is asked for. */
  let asking: Promise<void> | null = null;

  function fall(fault: Fault, silent = false): void {
    clearTimeout(hung);
    clearTimeout(unanswered);
    const before = state;
    state = 'none';
    if (before === 'none') return;
    if (before === 'opening' && fault.code === 'NETWORK') deps.failed(silent);
    for (const entry of [...entries]) entry.end(fault);
  }

  const client = createClient({
    url: deps.url.replace(/^http/, 'ws'),
    lazyCloseTimeout: LINGER,
    retryAttempts: 0,
    keepAlive,
    // Kept in hand: one that hangs can only be closed by itself.
    webSocketImpl: new Proxy(deps.webSocketImpl, {
      construct(Impl, [url, protocols]) {
        latest = new Impl(url, protocols);
        return latest;
      },
    }),
    connectionParams: () => (said === null ? undefined : { authorization: said }),
    on: {
      connecting() {
        state = 'opening';
        hung = setTimeout(() => {
          fall({ code: 'NETWORK', message: 'The WebSocket was not acknowledged.' }, true);
          // Of an open one the end may take long to come; of one that opens, terminate would lose the end.
          if (latest?.readyState === OPEN) client.terminate();
          else latest?.close();
        }, deps.openWithin);
      },
      connected() {
        clearTimeout(hung);
        state = 'up';
        deps.acknowledged();
        for (const entry of [...entries]) entry.opened();
      },
      // A phone that slept holds a socket that is long dead: only the missing pong tells.
      ping(received) {
        if (!received) unanswered = setTimeout(() => client.terminate(), keepAlive);
      },
      pong(received) {
        if (received) clearTimeout(unanswered);
      },
      error: (cause) => fall(faultOfClose(cause)),
      closed: (event) => fall(credential.refused(said, faultOfClose(event))),
    },
  });

  return {
    subscribe<Data>(operation: Operation, sink: Sink<Data>) {
      let stop = () => {};
      let opened = false;
      const leave = () => {
        const here = entries.delete(entry);
        if (here) stop();
        return here;
      };
      const entry: Entry = {
        opened() {
          if (!opened) sink.opened?.('websocket');
          opened = true;
        },
        end(fault) {
          if (leave()) sink.ended(fault, fault?.retryAfter ?? 0);
        },
      };
      const begin = () => {
        if (!entries.has(entry)) return;
        stop = client.subscribe<unknown>(
          { ...operation },
          {
            next(payload) {
              if (!entries.has(entry)) return;
              const reply = readReply<Data>(payload);
              if (reply.ok) sink.next(reply.data);
              else refuse(entry, reply.fault);
            },
            error: (cause) => refuse(entry, Array.isArray(cause) ? faultOf(cause) : faultOfClose(cause)),
            complete: () => entry.end(null),
          },
        );
        if (state === 'up') entry.opened();
      };
      entries.add(entry);
      if (state !== 'none') begin();
      else ask().then(begin, (cause) => entry.end(faultOfError(cause)));
      return leave;
    },
    close(fault) {
      if (state === 'opening') latest?.close();
      fall(fault);
      for (const entry of [...entries]) entry.end(fault);
      // Rejects when the socket that it waits for never comes up.
      void Promise.resolve(client.dispose()).catch(() => {});
    },
  };

  /** Before there is a socket: graphql-ws takes the end of one that failed by its own hand for the end of the next. */
  function ask(): Promise<void> {
    asking ??= credential
      .ask()
      .then((answer) => {
        said = answer;
      })
      .finally(() => {
        asking = null;
      });
    return asking;
  }

  /** The server looks at the credential with each operation: a new one needs a new socket. */
  function refuse(entry: Entry, fault: Fault): void {
    const told = fault.code === 'UNAUTHENTICATED' ? credential.refused(said, fault) : fault;
    entry.end(told);
    if (told !== fault) client.terminate();
  }
}
