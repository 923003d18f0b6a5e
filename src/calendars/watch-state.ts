/** How a calendar's watch channel stands at an instant. */
import { HOUR, type Instant } from '../time/clock.ts';

export type WatchState = 'ACTIVE' | 'EXPIRING' | 'FAILED';

/** Less than this before its end, a channel that was not renewed is EXPIRING. */
const EXPIRING = 12 * HOUR;

export interface ChannelTimes {
  status: string;
  openedAt: Date | null;
  /** Null: it does not end. */
  expiresAt: Date | null;
}

export function watchStateOf({ status, openedAt, expiresAt }: ChannelTimes, now: Instant): WatchState {
  const end = expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
  if (status !== 'open' || end <= now) return 'FAILED';
  // A short-lived channel is expiring in its last third, when it should have been renewed.
  const third = (end - (openedAt?.getTime() ?? now)) / 3;
  return end - now < Math.min(EXPIRING, third) ? 'EXPIRING' : 'ACTIVE';
}
