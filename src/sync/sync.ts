/** The room's front: pulls and channels, the jobs that ask for them, and the sweep that finds what is due. */
import { setTimeout as pause } from 'node:timers/promises';
import { badInput, notFound } from '../errors.ts';
import type { TaskHandlers } from '../jobs/port.ts';
import { recordChange } from '../store/audit/audited.ts';
import { lockCalendar } from '../store/calendars/calendars.ts';
import { hasClosingChannel } from '../store/calendars/watch-channels.ts';
import type { Store } from '../store/client.ts';
import { createChannelAudit } from './channels/audit.ts';
import { type ChannelKeeper, type ChannelOutcome, createChannelKeeper } from './channels/keeper.ts';
import { createLostNotifications } from './channels/lost-notifications.ts';
import type { ChannelCallDeps } from './channels/provider-calls.ts';
import { createPuller, type PullerDeps } from './pull/pull.ts';
import { createRefresher, type RefreshCalendars } from './strict-refresh.ts';
import { createSweep, type Sweep, type SweepDeps } from './sweep.ts';
import { createSyncCalendar, type SyncCalendar } from './sync-calendar.ts';

const CLOSE_POLL_INTERVAL = 100;
const CLOSE_POLLS_MAX = 100;

export type SyncDeps = PullerDeps &
  Omit<ChannelCallDeps, 'audit'> &
  Omit<SweepDeps, 'sweepTasks' | 'lostNotifications'> & {
    /** Called after each run over a calendar's channels, whether or not it changed any. */
    onChannelsChanged(calendar: string): void;
  };

/**
 * Sets whether a calendar is to be watched, and brings that about before it answers.
 * @throws SlotwireError NOT_FOUND; BAD_USER_INPUT for watching a calendar that is not selected.
 */
export type WatchCalendar = (
  organisation: string,
  calendar: string,
  wanted: boolean,
) => Promise<ChannelOutcome>;

export interface Sync {
  /** What jobs of these kinds do. */
  handlers: Pick<TaskHandlers, 'pull' | 'watch' | 'audit' | 'publish'>;
  /** @param sweepTasks what other rooms have due */
  sweep(sweepTasks: NonNullable<SweepDeps['sweepTasks']>): Sweep;
  refresh: RefreshCalendars;
  syncCalendar: SyncCalendar;
  /** Ends the pulls that `refresh` and `syncCalendar` began. */
  close(): Promise<void>;
  watchCalendar: WatchCalendar;
  /** Closes the channels of a calendar that was deselected, while its account still has a grant. */
  closeChannels(calendar: string): Promise<void>;
}

export function createSync(deps: SyncDeps): Sync {
  const { store, publisher, clock, log } = deps;
  const lostNotifications = createLostNotifications(deps);
  const puller = createPuller({ ...deps, lostNotifications });
  const { audit } = createChannelAudit(deps);
  const refresher = createRefresher({ puller, log });
  const keeper = notifying(createChannelKeeper({ ...deps, audit }), deps);
  return {
    handlers: {
      async pull({ calendar }, signal) {
        await puller.pull(calendar, { signal });
      },
      async watch({ calendar }) {
        await keeper.ensure(calendar);
      },
      async audit({ account }) {
        await audit(account);
      },
      publish: ({ key }) => publisher.publishIfDue(key),
    },
    sweep: (sweepTasks) => createSweep({ ...deps, lostNotifications, sweepTasks }),
    ...refresher,
    syncCalendar: createSyncCalendar({ ...deps, refresh: refresher.refresh }),
    watchCalendar: createWatchCalendar({ store, keeper }),
    async closeChannels(calendar) {
      for (let polls = 0; polls < CLOSE_POLLS_MAX; polls++) {
        await keeper.ensure(calendar);
        // The deselection enqueued a job that does the same, and a worker may have begun it.
        if (!(await hasClosingChannel(store, calendar, clock.now()))) return;
        await pause(CLOSE_POLL_INTERVAL);
      }
    },
  };
}

const notifying = (
  { ensure }: ChannelKeeper,
  { onChannelsChanged }: Pick<SyncDeps, 'onChannelsChanged'>,
): ChannelKeeper => ({
  async ensure(calendar) {
    const outcome = await ensure(calendar);
    onChannelsChanged(calendar);
    return outcome;
  },
});

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
      // The provider is asked whether or not the wish is a new one.
      recordChange(tx);
      if (wanted !== calendar.watchWanted) {
        await tx.calendar.update({ where: { id }, data: { watchWanted: wanted } });
      }
    });
    return keeper.ensure(id);
  };
}
