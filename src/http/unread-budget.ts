/**
 * What waits unread over all connections: bounded in bytes, and each connection bounded in the time its reader takes. Beyond the
 * budget the connections of the address that leaves most unread are closed, the largest first.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Metrics } from '../metrics.ts';
import { type Clock, type Instant, SECOND } from '../time/clock.ts';
import { bytesFlushedBy } from './streams/backpressure.ts';

/** Bytes that may wait over all connections. */
export const UNREAD_BUDGET = 64 * 1024 * 1024;
/** A reader that takes less than `PROGRESS` bytes of what waits in this time is closed. Milliseconds. */
const READ_TIMEOUT = 30 * SECOND;
const PROGRESS = 16 * 1024;
/** How often readers are looked at. Milliseconds. */
const CHECK_INTERVAL = 5 * SECOND;

export interface UnreadBudget {
  /**
   * Counts what is written to the socket and not read, until it closes.
   * @param address whose connection it is
   */
  watch(socket: Socket, address: string, onClose: () => void): void;
  /** Counts what is written to an answer whose turn on the connection has not come. */
  watchQueued(socket: Socket, response: ServerResponse): void;
  /** The connection is a proxy's, and carries this address's answers now. */
  rename(socket: Socket, address: string): void;
}

interface Reader {
  address: string;
  /** Bytes that waited when they were counted last. */
  unread: number;
  /** Bytes that it had taken at `since`. */
  flushed: number;
  since: Instant;
}

export interface UnreadBudgetDeps {
  clock: Clock;
  metrics: Metrics;
  /** Bytes. */
  budget?: number;
}

export function createUnreadBudget({
  clock,
  metrics,
  budget = UNREAD_BUDGET,
}: UnreadBudgetDeps): UnreadBudget {
  const names = new WeakMap<Socket, string>();
  /** Answers whose turn may not have come. */
  const queued = new WeakMap<Socket, Set<ServerResponse>>();
  /** Connections on which something waits. */
  const readers = new Map<Socket, Reader>();
  let total = 0;

  function count(socket: Socket) {
    const unread = socket.destroyed ? 0 : socket.writableLength + queuedOn(socket);
    const reader = readers.get(socket);
    total += unread - (reader?.unread ?? 0);
    if (unread === 0) readers.delete(socket);
    else if (reader) reader.unread = unread;
    else {
      const address = names.get(socket) ?? '';
      readers.set(socket, { address, unread, flushed: bytesFlushedBy(socket), since: clock.now() });
    }
  }

  function queuedOn(socket: Socket): number {
    let bytes = 0;
    for (const response of queued.get(socket) ?? []) if (!response.socket) bytes += response.writableLength;
    return bytes;
  }

  /** Counts the socket's unread bytes whenever something is written to `target`. */
  function countWrites(target: Socket | ServerResponse, socket: Socket) {
    const write = target.write;
    Object.defineProperty(target, 'write', {
      configurable: true,
      value(...args: unknown[]): unknown {
        const isFlushed: unknown = Reflect.apply(write, target, args);
        count(socket);
        if (total > budget) enforce();
        return isFlushed;
      },
    });
  }

  function close(socket: Socket, reason: 'unread budget' | 'not read') {
    metrics.connectionsClosed.inc({ reason });
    socket.destroy();
    count(socket);
  }

  function enforce() {
    // Counted anew, as readers have taken some meanwhile.
    for (const socket of [...readers.keys()]) count(socket);
    while (total > budget) {
      const largest = largestOf(readers);
      if (!largest) return;
      close(largest, 'unread budget');
    }
  }

  function closeSlowReaders() {
    for (const [socket, reader] of [...readers]) {
      count(socket);
      const flushed = bytesFlushedBy(socket);
      if (flushed - reader.flushed >= PROGRESS) {
        reader.flushed = flushed;
        reader.since = clock.now();
      } else if (readers.has(socket) && clock.now() - reader.since >= READ_TIMEOUT) close(socket, 'not read');
    }
  }
  setInterval(closeSlowReaders, CHECK_INTERVAL).unref();

  return {
    watch(socket, address, onClose) {
      names.set(socket, address);
      // All that is sent passes here: answers, event streams, and the frames of WebSockets.
      countWrites(socket, socket);
      socket.on('drain', () => count(socket));
      socket.once('close', () => {
        count(socket);
        onClose();
      });
    },
    watchQueued(socket, response) {
      if (response.socket) return;
      const waiting = queued.get(socket) ?? new Set();
      queued.set(socket, waiting.add(response));
      countWrites(response, socket);
      response.once('close', () => waiting.delete(response));
    },
    rename(socket, address) {
      names.set(socket, address);
      const reader = readers.get(socket);
      if (reader) reader.address = address;
    },
  };
}

/** The connection with the most unread of the address with the most unread. */
function largestOf(readers: ReadonlyMap<Socket, Reader>): Socket | null {
  const sums = new Map<string, number>();
  for (const { address, unread } of readers.values()) sums.set(address, (sums.get(address) ?? 0) + unread);
  let largest: { socket: Socket; sum: number; unread: number } | null = null;
  for (const [socket, { address, unread }] of readers) {
    const sum = sums.get(address) ?? 0;
    const isLarger = !largest || sum > largest.sum || (sum === largest.sum && unread > largest.unread);
    if (isLarger) largest = { socket, sum, unread };
  }
  return largest?.socket ?? null;
}
