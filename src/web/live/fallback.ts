/**
 * Chooses between WebSocket and Server-Sent Events. Some proxies refuse the upgrade, or never answer it. A gateway that is
 * down looks the same, so a stream is tried right after a socket failed: if the stream works, a proxy blocks the socket.
 */
import { MINUTE } from '../../time/clock.ts';

/** Sockets that fail in a row before a stream is tried. */
const FAILURE_LIMIT = 2;
/** After this long on streams, the next subscription tries the socket again. Milliseconds. */
export const SOCKET_RETRY_AFTER = 5 * MINUTE;

export interface Fallback {
  /** Streams work and sockets recently did not: a new subscription opens a stream at once. */
  prefersStream(): boolean;
  /** The socket has failed repeatedly, or was never acknowledged: a stream is worth a try. */
  socketBlocked(): boolean;
  socketFailed(hung: boolean): void;
  socketAcknowledged(): void;
  streamOpened(): void;
}

/** @param now milliseconds of any clock; only differences count. */
export function createFallback(now: () => number): Fallback {
  let failures = 0;
  let until = Number.NEGATIVE_INFINITY;
  const prefersStream = () => now() < until;
  return {
    prefersStream,
    socketBlocked: () => failures >= FAILURE_LIMIT,
    socketFailed(hung) {
      failures += hung ? FAILURE_LIMIT : 1;
    },
    socketAcknowledged() {
      failures = 0;
      until = Number.NEGATIVE_INFINITY;
    },
    streamOpened() {
      if (!prefersStream()) until = now() + SOCKET_RETRY_AFTER;
    },
  };
}
