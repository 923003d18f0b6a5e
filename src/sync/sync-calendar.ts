/** What an operator asks for: one calendar is read now, and the answer waits for the end of that pull, however it ends. */
import { recordChange } from '../store/audit/audited.ts';
import { drawPullNumber } from '../store/calendars/leases.ts';
import { loadPullTarget, type PullTarget } from '../store/calendars/states.ts';
import type { Store } from '../store/client.ts';
import { type Clock, MINUTE, SECOND } from '../time/clock.ts';
import type { RefreshCalendars } from './strict-refresh.ts';

/** How long the answer waits. The pull itself may take longer and goes on. */
const SYNC_LIMIT = MINUTE;

/**
 * Reads one calendar, by a pull that begins after this call.
 * @returns null when that pull was applied, or failed for the reason that is stored as the calendar's error; else why it isn't
 * known to be applied, in words for operators
 */
export type SyncCalendar = (calendar: string) => Promise<string | null>;

export interface SyncCalendarDeps {
  store: Store;
  clock: Clock;
  refresh: RefreshCalendars;
  /** Milliseconds; absent: a minute. */
  limit?: number;
}

export function createSyncCalendar({
  store,
  clock,
  refresh,
  limit = SYNC_LIMIT,
}: SyncCalendarDeps): SyncCalendar {
  return async (calendar) => {
    const after = await store.$transaction((tx) => {
      // The pull may be another caller's, too, and its transactions are not this one's alone.
      recordChange(tx);
      return drawPullNumber(tx);
    });
    await refresh([calendar], { after, within: limit });
    return shortfall(await loadPullTarget(store, calendar, clock.now()), after, limit);
  };
}

function shortfall(target: PullTarget | null, after: number, limit: number): string | null {
  if (!target?.selected) return 'the calendar was deselected meanwhile';
  if (target.accountStatus !== 'CONNECTED')
    return 'the account has no grant: its host has to connect it again';
  if ((target.provenPull ?? 0) > after) return null;
  const began = (target.startedPull ?? 0) > after;
  if (began && target.leaseId === null && target.failures > 0) return null;
  if (target.leaseId !== null) {
    return `the provider has not answered in full within ${limit / SECOND} s; the read goes on`;
  }
  return began
    ? 'the read ended without a result that proves the calendar; it is tried again soon'
    : `no read could begin within ${limit / SECOND} s`;
}
