/** What each kind of job does. */
import type { TaskHandlers } from '../jobs/port.ts';
import type { ChannelAudit } from './channels/audit.ts';
import type { ChannelKeeper } from './channels/keeper.ts';
import type { Publisher } from './publisher.ts';
import type { Puller } from './pull/pull.ts';

export interface SyncHandlerDeps {
  puller: Puller;
  keeper: ChannelKeeper;
  audit: ChannelAudit['audit'];
  publisher: Publisher;
}

/** What this room does of it. */
export type SyncHandlers = Pick<TaskHandlers, 'pull' | 'watch' | 'audit' | 'publish'>;

export const createSyncHandlers = ({ puller, keeper, audit, publisher }: SyncHandlerDeps): SyncHandlers => ({
  async pull({ calendar }, signal) {
    await puller.pull(calendar, { signal });
  },
  async watch({ calendar }) {
    await keeper.ensure(calendar);
  },
  async audit({ account }) {
    await audit(account);
  },
  publish: ({ key }) => publisher.publish([key]),
});
