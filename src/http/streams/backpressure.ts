/** How much may wait to be read by whoever is at the other end of a stream, and how it is known that somebody still is. */
import type { Writable } from 'node:stream';

/** Unread bytes of a stream beyond which live events wait: what comes meanwhile is told as one event. */
export const PATIENT = 64 * 1024;
/** Unread bytes beyond which whatever else is to be sent ends the stream. */
export const UNREAD_MOST = 4 * 1024 * 1024;

export interface Outlet {
  /** May live events be written? Once they may again, `drained` is called. */
  ready(): boolean;
  /** Is so much unread that nothing more may be written? */
  full(): boolean;
  /** Has the other end taken anything since the last call, of what waits for it? */
  moves(): boolean;
}

export interface OutletDeps {
  /** What the stream is written to. */
  wire: Pick<Writable, 'writableLength' | 'on'>;
  /** Bytes that were given to the network so far. */
  taken(): number;
  drained(): void;
}

export function createOutlet({ wire, taken, drained }: OutletDeps): Outlet {
  let held = false;
  let before = 0;
  wire.on('drain', () => {
    if (!held) return;
    held = false;
    drained();
  });
  return {
    ready() {
      // Node tells of a drained wire only past its own mark, which is lower than ours.
      held ||= wire.writableLength > PATIENT;
      return !held;
    },
    full: () => wire.writableLength > UNREAD_MOST,
    moves() {
      const now = taken();
      const moved = now > before;
      before = now;
      return moved && wire.writableLength > 0;
    },
  };
}

/** Bytes that a socket has handed to the network: what it was given, without what waits. */
export const takenBy = (socket: Writable & { bytesWritten?: number }) =>
  (socket.bytesWritten ?? 0) - socket.writableLength;
