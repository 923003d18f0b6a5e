/** Native time: the time of a host that holds, bookings and blocks take, before any provider knows of it. */
import type { BusyKind } from './period.ts';

/** Milliseconds throughout. */
export interface NativeTime {
  kind: 'hold' | 'booking' | 'block';
  /** The id of the hold, booking or block: what belongs together, over all its hosts. */
  owner: string;
  /** Null for blocks. */
  eventType: string | null;
  start: number;
  end: number;
  /** What its event type asked for when it was taken. */
  bufferBefore: number;
  bufferAfter: number;
  /** What it is for others: BUSY but for blocks. */
  busyKind: BusyKind;
  /** Of a hold: it takes no time from then on. */
  expiresAt: number | null;
}
