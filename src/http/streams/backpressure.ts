/** How much of a stream may be unread, and whether its client still reads. */
import type { Writable } from 'node:stream';

/** Unread bytes of a stream beyond which live events wait. They become one event once the client has read. */
export const HIGH_WATER_MARK = 64 * 1024;
/** Unread bytes beyond which a further answer ends the stream. */
export const UNREAD_MAX = 4 * 1024 * 1024;

export interface Backpressure {
  /** Whether live events may be written. When they may not, `onDrain` is called once they may again. */
  ready(): boolean;
  /** Whether so much is unread that nothing more may be written. */
  isFull(): boolean;
  /** Whether the client has taken any of the waiting bytes since the last call. */
  madeProgress(): boolean;
}

export interface BackpressureDeps {
  /** The stream that is written to. */
  wire: Pick<Writable, 'writableLength' | 'on'>;
  /** Bytes that were handed to the network so far. */
  bytesFlushed(): number;
  onDrain(): void;
}

export function createBackpressure({ wire, bytesFlushed, onDrain }: BackpressureDeps): Backpressure {
  let isWaiting = false;
  let lastFlushed = 0;
  wire.on('drain', () => {
    if (!isWaiting) return;
    isWaiting = false;
    onDrain();
  });
  return {
    ready() {
      // Node emits `drain` only above its own mark, which is lower than this one.
      isWaiting ||= wire.writableLength > HIGH_WATER_MARK;
      return !isWaiting;
    },
    isFull: () => wire.writableLength > UNREAD_MAX,
    madeProgress() {
      const now = bytesFlushed();
      const moved = now > lastFlushed;
      lastFlushed = now;
      return moved && wire.writableLength > 0;
    },
  };
}

/** Bytes that a socket has handed to the network: all that was written, without what waits. */
export const bytesFlushedBy = (socket: Writable & { bytesWritten?: number }) =>
  (socket.bytesWritten ?? 0) - socket.writableLength;
