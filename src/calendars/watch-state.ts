/** State of a calendar's watch channel at an instant. */
import { HOUR, type Instant } from '../time/clock.ts';

export type WatchState = 'ACTIVE' | 'EXPIRING' | 'FAILED';

/** A channel that was not renewed is EXPIRING when less than this is left until its end, in milliseconds. */
const EXPIRING = 12 * HOUR;

export interface ChannelTimes {
  status: string;
  openedAt: Date | null;
  /** Null when the channel does not expire. */
  expiresAt: Date | null;
}

export function watchStateOf({ status, openedAt, expiresAt }: ChannelTimes, now: Instant): WatchState {
  const end = expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
  if (status !== 'open' || end <= now) return 'FAILED';
  // A short-lived channel is expiring in its last third, when it should have been renewed.
  const third = (end - (openedAt?.getTime() ?? now)) / 3;
  return end - now < Math.min(EXPIRING, third) ? 'EXPIRING' : 'ACTIVE';
}
