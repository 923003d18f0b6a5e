/** All that keeps calendars fresh, put together: pulls, channels, the jobs that ask for them and the sweep that finds what is due. */
import { setTimeout as pause } from 'node:timers/promises';
import { beingClosed } from '../store/calendars/watch-channels.ts';
import { createChannelAudit } from './channels/audit.ts';
import { type ChannelKeeper, type ChannelKeeperDeps, createChannelKeeper } from './channels/keeper.ts';
import { createLostNotifications } from './channels/lost-notifications.ts';
import { createWatch, type Watch } from './channels/watch.ts';
import { createHandlers, type SyncHandlers } from './handlers.ts';
import { createPuller, type PullerDeps } from './pull/pull.ts';
import { createRefresh, type Refresh } from './strict-refresh.ts';
import { createSweep, type Sweep, type SweepDeps } from './sweep.ts';

const LOOK_AGAIN = 100;
const MOST_LOOKS = 100;

export type SyncDeps = PullerDeps &
  Omit<ChannelKeeperDeps, 'audit'> &
  Omit<SweepDeps, 'duties' | 'lost'> & {
    /** Whoever follows calendars' health is told that this one's channels were looked after. */
    ring(calendar: string): void;
  };

export interface Sync {
  handlers: SyncHandlers;
  /** @param duties what other rooms have due */
  sweep(duties: NonNullable<SweepDeps['duties']>): Sweep;
  refresh: Refresh;
  /** Ends what `refresh` began and nobody waits for any more. */
  close(): Promise<void>;
  watch: Watch;
  /** Of a calendar that counts no more, while its grant still stands. */
  closeChannels(calendar: string): Promise<void>;
}

export function createSync(deps: SyncDeps): Sync {
  const lost = createLostNotifications(deps);
  const puller = createPuller({ ...deps, lost });
  const { audit } = createChannelAudit(deps);
  const keeper = ringing(createChannelKeeper({ ...deps, audit }), deps);
  return {
    handlers: createHandlers({ puller, keeper, audit, publisher: deps.publisher }),
    sweep: (duties) => createSweep({ ...deps, lost, duties }),
    ...createRefresh({ puller, clock: deps.clock, log: deps.log }),
    watch: createWatch({ store: deps.store, keeper }),
    async closeChannels(calendar) {
      for (let looks = 0; looks < MOST_LOOKS; looks++) {
        await keeper.keep(calendar);
        // The deselection asked a worker for the same, and it may be quicker.
        if (!(await beingClosed(deps.store, calendar, deps.clock.now()))) return;
        await pause(LOOK_AGAIN);
      }
    },
  };
}

const ringing = ({ keep }: ChannelKeeper, { ring }: Pick<SyncDeps, 'ring'>): ChannelKeeper => ({
  async keep(calendar) {
    const outcome = await keep(calendar);
    ring(calendar);
    return outcome;
  },
});
