/** All that keeps calendars fresh, put together: pulls, channels, the jobs that ask for them and the sweep that finds what is due. */
import { setTimeout as pause } from 'node:timers/promises';
import { hasClosingChannel } from '../store/calendars/watch-channels.ts';
import { createChannelAudit } from './channels/audit.ts';
import { type ChannelKeeper, type ChannelKeeperDeps, createChannelKeeper } from './channels/keeper.ts';
import { createLostNotifications } from './channels/lost-notifications.ts';
import { createWatchCalendar, type WatchCalendar } from './channels/watch.ts';
import { createSyncHandlers, type SyncHandlers } from './handlers.ts';
import { createPuller, type PullerDeps } from './pull/pull.ts';
import { createRefresher, type RefreshCalendars } from './strict-refresh.ts';
import { createSweep, type Sweep, type SweepDeps } from './sweep.ts';

const CLOSE_POLL_INTERVAL = 100;
const CLOSE_POLLS_MAX = 100;

export type SyncDeps = PullerDeps &
  Omit<ChannelKeeperDeps, 'audit'> &
  Omit<SweepDeps, 'sweepTasks' | 'lostNotifications'> & {
    /** Whoever follows calendars' health is told that this one's channels were looked after. */
    onChannelsChanged(calendar: string): void;
  };

export interface Sync {
  handlers: SyncHandlers;
  /** @param sweepTasks what other rooms have due */
  sweep(sweepTasks: NonNullable<SweepDeps['sweepTasks']>): Sweep;
  refresh: RefreshCalendars;
  /** Ends what `refresh` began and nobody waits for any more. */
  close(): Promise<void>;
  watchCalendar: WatchCalendar;
  /** Of a calendar that counts no more, while its grant still stands. */
  closeChannels(calendar: string): Promise<void>;
}

export function createSync(deps: SyncDeps): Sync {
  const lostNotifications = createLostNotifications(deps);
  const puller = createPuller({ ...deps, lostNotifications });
  const { audit } = createChannelAudit(deps);
  const keeper = notifying(createChannelKeeper({ ...deps, audit }), deps);
  return {
    handlers: createSyncHandlers({ puller, keeper, audit, publisher: deps.publisher }),
    sweep: (sweepTasks) => createSweep({ ...deps, lostNotifications, sweepTasks }),
    ...createRefresher({ puller, clock: deps.clock, log: deps.log }),
    watchCalendar: createWatchCalendar({ store: deps.store, keeper }),
    async closeChannels(calendar) {
      for (let polls = 0; polls < CLOSE_POLLS_MAX; polls++) {
        await keeper.ensure(calendar);
        // The deselection asked a worker for the same, and it may be quicker.
        if (!(await hasClosingChannel(deps.store, calendar, deps.clock.now()))) return;
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
