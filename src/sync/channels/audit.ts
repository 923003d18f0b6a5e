/** Compares watch channels with the provider's own list: orphans that a crash left are closed, channels that the list no longer names are due. */

import { jitterBetween } from '../../async/backoff.ts';
import type { Config } from '../../config.ts';
import type { Log } from '../../log.ts';
import type { Access, Providers } from '../../providers/port.ts';
import { accountById } from '../../store/access/accounts.ts';
import {
  markUnlistedDue,
  orphanedChannels,
  scheduleChannelList,
} from '../../store/calendars/channel-lists.ts';
import type { Store } from '../../store/client.ts';
import { type Clock, HOUR } from '../../time/clock.ts';

/** How often each account's list is read, milliseconds. */
export const CHANNEL_LIST_INTERVAL = HOUR;

export interface ChannelAudit {
  /**
   * Does nothing where the provider has no such list.
   * @param opening id of the row of a channel that the caller is about to open
   * @returns how many orphans were closed. @throws ProviderError
   */
  audit(account: string, opening?: string): Promise<number>;
}

export interface ChannelAuditDeps {
  store: Store;
  providers: Providers;
  accessFor(account: string): Access;
  clock: Clock;
  config: Pick<Config, 'PUBLIC_URL'>;
  log: Log;
}

export function createChannelAudit(deps: ChannelAuditDeps): ChannelAudit {
  const { store, providers, accessFor, clock, config, log } = deps;
  return {
    async audit(accountId, opening) {
      const account = await accountById(store, accountId);
      const provider = [...providers.values()].find(({ name }) => name === account?.provider);
      const watch = provider?.watch;
      if (!provider || !watch?.list || account?.status !== 'CONNECTED') return 0;
      const access = accessFor(accountId);
      const listedAt = clock.now();
      const webhook = webhookUrl(config, provider.name);
      const address = watch.addressOf?.(webhook) ?? webhook;
      const listed = (await watch.list({ access })).filter((channel) => channel.address === address);
      const orphans = await orphanedChannels(store, provider.name, listed, opening ?? null);
      for (const { remoteId } of orphans) {
        log.warn({ account: accountId, provider: provider.name, remoteId }, 'orphaned watch channel closed');
        await watch.close({ access, channel: { channelId: '', remoteId, resourceId: null } });
      }
      const now = clock.now();
      await markUnlistedDue(store, account, { listed, listedAt, now });
      await scheduleChannelList(
        store,
        accountId,
        now + jitterBetween(CHANNEL_LIST_INTERVAL, 1.1 * CHANNEL_LIST_INTERVAL),
      );
      return orphans.length;
    },
  };
}

/** The URL to which a provider sends notifications. */
export const webhookUrl = ({ PUBLIC_URL }: Pick<Config, 'PUBLIC_URL'>, provider: string) =>
  `${PUBLIC_URL}/webhooks/${provider}`;
