/**
 * Whether to take the WebSocket or Server-Sent Events. Some proxies refuse the upgrade, or swallow it. A gateway that is
 * down looks the same, so the stream is tried right after a socket failed: if it works where the socket did not, somebody
 * stands between.
 */
import { MINUTE } from '../../time/clock.ts';

/** Sockets that failed in a row before the stream is tried. */
const ENOUGH = 2;
/** After this long on streams, the next subscription begins with the socket again. Milliseconds. */
export const SOCKET_AGAIN = 5 * MINUTE;

export interface Fallback {
  /** The socket need not be tried. */
  streaming(): boolean;
  /** The socket has just failed, and not for the first time, or has hung: try the stream. */
  blocked(): boolean;
  socketFailed(hung: boolean): void;
  socketAcknowledged(): void;
  streamOpened(): void;
}

/** @param now Milliseconds; only differences count. */
export function createFallback(now: () => number): Fallback {
  let failures = 0;
  let until = Number.NEGATIVE_INFINITY;
  const streaming = () => now() < until;
  return {
    streaming,
    blocked: () => failures >= ENOUGH,
    socketFailed(hung) {
      failures += hung ? ENOUGH : 1;
    },
    socketAcknowledged() {
      failures = 0;
      until = Number.NEGATIVE_INFINITY;
    },
    streamOpened() {
      if (!streaming()) until = now() + SOCKET_AGAIN;
    },
  };
}
