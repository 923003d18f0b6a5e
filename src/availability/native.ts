/** Native time: the time of a host that holds, bookings and blocks take, before any provider knows of it. */
import type { BusyKind } from './period.ts';

/** Milliseconds throughout. */
export interface NativeTime {
  kind: 'hold' | 'booking' | 'block';
  /** Id of the hold, booking or block, the same at all its hosts. */
  owner: string;
  /** Id of the event type; null for blocks. */
  eventType: string | null;
  start: number;
  end: number;
  /** Buffers of the event type at the time of the hold or booking. */
  bufferBefore: number;
  bufferAfter: number;
  /** Kind of busy time; BUSY for holds and bookings. */
  busyKind: BusyKind;
  /** Instant from which a hold takes no time any more; null for bookings and blocks. */
  expiresAt: number | null;
}
