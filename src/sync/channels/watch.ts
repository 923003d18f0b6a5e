/** An operator's wish to watch a calendar or not: kept, and brought about before the answer. */
import { badInput, notFound } from '../../errors.ts';
import { lockCalendar } from '../../store/calendars/calendars.ts';
import type { Store } from '../../store/client.ts';
import type { ChannelKeeper, ChannelOutcome } from './keeper.ts';

/** @throws SlotwireError NOT_FOUND; BAD_USER_INPUT for watching a calendar that is not selected. */
export type WatchCalendar = (
  organisation: string,
  calendar: string,
  wanted: boolean,
) => Promise<ChannelOutcome>;

export function createWatchCalendar({
  store,
  keeper,
}: {
  store: Store;
  keeper: ChannelKeeper;
}): WatchCalendar {
  return async (organisation, id, wanted) => {
    await store.$transaction(async (tx) => {
      const calendar = await lockCalendar(tx, organisation, id);
      if (!calendar) throw notFound('calendar', id);
      if (wanted && !calendar.selected) {
        throw badInput('calendar', 'it is not selected; only calendars that count as busy time are watched');
      }
      if (wanted !== calendar.watchWanted) {
        await tx.calendar.update({ where: { id }, data: { watchWanted: wanted } });
      }
    });
    return keeper.ensure(id);
  };
}
