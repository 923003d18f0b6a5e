/** How calendars are doing, for those who look: sync state and the watch channel that speaks for each. */
import type { Store } from './client.ts';
import type { CalendarState, WatchChannel } from './generated/client.ts';

export type { CalendarState, WatchChannel };

export const statesOf = (store: Store, calendars: readonly string[]) =>
  store.calendarState.findMany({ where: { calendarId: { in: [...calendars] } } });

/** One channel a calendar: the open one that lasts longest, else the one that failed last. */
export async function channelsOf(store: Store, calendars: readonly string[]): Promise<WatchChannel[]> {
  const rows = await store.watchChannel.findMany({
    where: { calendarId: { in: [...calendars] }, status: { in: ['open', 'failed'] } },
    orderBy: [{ createdAt: 'asc' }],
  });
  const best = new Map<string, WatchChannel>();
  for (const row of rows) {
    const known = best.get(row.calendarId);
    if (known?.status !== 'open' || row.status === 'open') best.set(row.calendarId, row);
  }
  return [...best.values()];
}
