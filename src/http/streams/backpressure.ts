/** How much may wait to be read by the client of a stream, and how the gateway knows that the client still reads. */
import type { Writable } from 'node:stream';

/** Unread bytes of a stream beyond which live events wait: changes of the meantime are sent as one event. */
export const HIGH_WATER_MARK = 64 * 1024;
/** Unread bytes beyond which whatever else is to be sent ends the stream. */
export const UNREAD_MAX = 4 * 1024 * 1024;

export interface Backpressure {
  /** May live events be written? Once they may again, `drained` is called. */
  ready(): boolean;
  /** Is so much unread that nothing more may be written? */
  isFull(): boolean;
  /** Has the other end taken anything since the last call, of what waits for it? */
  madeProgress(): boolean;
}

export interface BackpressureDeps {
  /** What the stream is written to. */
  wire: Pick<Writable, 'writableLength' | 'on'>;
  /** Bytes that were given to the network so far. */
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
      // Node tells of a drained wire only past its own mark, which is lower than ours.
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

/** Bytes that a socket has handed to the network: what it was given, without what waits. */
export const bytesFlushedBy = (socket: Writable & { bytesWritten?: number }) =>
  (socket.bytesWritten ?? 0) - socket.writableLength;
