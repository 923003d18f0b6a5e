/** Opens, renews and closes one watch channel at its provider, and records in its row what came of that. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../../config.ts';
import type { JobQueue } from '../../jobs/port.ts';
import type { Log } from '../../log.ts';
import {
  type Access,
  type ChannelRef,
  ProviderError,
  type ProviderFailure,
  type Providers,
  type WatchPort,
} from '../../providers/port.ts';
import type { Calendar } from '../../store/calendars/calendars.ts';
import { markDirty } from '../../store/calendars/states.ts';
import {
  changeChannel,
  markClosed,
  markUnwatchable,
  postponeReplacement,
  recordOpened,
  type WatchChannel,
} from '../../store/calendars/watch-channels.ts';
import type { Store, Tx } from '../../store/client.ts';
import type { Clock, Instant } from '../../time/clock.ts';
import { type ChannelAudit, webhookUrl } from './audit.ts';
import { channelRetryAt, providerErrorText, REFUSAL_MESSAGE, renewalAt } from './failures.ts';

const CLOSE_RETRY_DELAYS = [200, 800];

/** A channel that this process has claimed, and what its provider is asked by. */
export interface ChannelTarget {
  channel: WatchChannel;
  calendar: Calendar;
  watch: WatchPort;
}

/** The provider did not open the channel; the message is for the public. */
export interface ChannelRefusal {
  type: 'not-supported' | 'refused';
  message: string;
}

/** No call rejects for what a provider does: a failure is in the channel's row. */
export interface ChannelCalls {
  /** @returns how the provider refused; null when it did not. */
  open(target: ChannelTarget, secret: string): Promise<ChannelRefusal | null>;
  renew(target: ChannelTarget): Promise<void>;
  close(target: ChannelTarget): Promise<void>;
}

export interface ChannelCallDeps {
  store: Store;
  providers: Providers;
  jobs: JobQueue;
  accessFor(account: string): Access;
  clock: Clock;
  /** Closes orphaned channels of the account where one is in the way of a new one. */
  audit: ChannelAudit['audit'];
  config: Pick<Config, 'PUBLIC_URL'>;
  log: Log;
}

export function createChannelCalls(deps: ChannelCallDeps): ChannelCalls {
  const { store, jobs, accessFor, audit, clock, config, log } = deps;

  async function schedulePull(tx: Tx, calendar: string, now: Instant): Promise<void> {
    await markDirty(tx, [calendar], now);
    await jobs.enqueue(tx, [{ task: 'pull', payload: { calendar }, key: calendar }]);
  }

  async function recordRefusal(
    tx: Tx,
    { channel, calendar }: ChannelTarget,
    failure: ProviderError,
  ): Promise<ChannelRefusal> {
    const message = REFUSAL_MESSAGE[failure.reason];
    if (failure.reason === 'watch-not-supported') {
      await markUnwatchable(tx, calendar.id, channel.id);
      return { type: 'not-supported', message };
    }
    const now = clock.now();
    const dueAt = channelRetryAt(now, failure);
    await changeChannel(tx, channel.id, { status: 'failed', error: providerErrorText(failure), dueAt });
    await postponeReplacement(tx, calendar.id, dueAt);
    // A pull finds out whether the grant is gone, and records it.
    if (failure.reason === 'auth-revoked') await schedulePull(tx, calendar.id, now);
    return { type: 'refused', message };
  }

  async function recordFailure({ channel }: ChannelTarget, failure: ProviderError): Promise<void> {
    const dueAt = channelRetryAt(clock.now(), failure);
    await changeChannel(store, channel.id, { error: providerErrorText(failure), dueAt });
  }

  function asProviderError(error: unknown, { calendar: { id, provider } }: ChannelTarget): ProviderError {
    if (!(error instanceof ProviderError)) {
      log.error({ err: error, calendar: id, provider }, 'watch channel failed: a fault in the gateway');
      return new ProviderError('transient', 'a fault in the gateway; its log tells more');
    }
    log.warn(
      { calendar: id, provider, reason: error.reason, detail: error.message },
      'watch channel failed: the provider refused',
    );
    return error;
  }

  return {
    async open(target, secret) {
      const { channel, calendar, watch } = target;
      try {
        const request = () => ({
          access: accessFor(calendar.accountId),
          calendar: { externalId: calendar.externalId },
          channelId: channel.id,
          secret,
          address: webhookUrl(config, calendar.provider),
          now: clock.now(),
        });
        const opened = await watch.open(request()).catch(async (error: unknown) => {
          const conflicts = error instanceof ProviderError && error.status === 409;
          if (!conflicts || (await audit(calendar.accountId, channel.id)) === 0) throw error;
          return watch.open(request());
        });
        await store.$transaction(async (tx) => {
          const now = clock.now();
          await recordOpened(tx, channel.id, opened, { now, dueAt: renewalAt(now, opened.expiresAt) });
          // No notification came of changes between the last pull and now.
          await schedulePull(tx, calendar.id, now);
        });
        return null;
      } catch (error) {
        const failure = asProviderError(error, target);
        return await store.$transaction((tx) => recordRefusal(tx, target, failure));
      }
    },

    async renew(target) {
      const { channel, calendar, watch } = target;
      try {
        const access = accessFor(calendar.accountId);
        const renewed = await watch.renew?.({ access, channel: channelRef(channel), now: clock.now() });
        const now = clock.now();
        const expiresAt = renewed?.expiresAt ?? null;
        await changeChannel(store, channel.id, { expiresAt, error: null, dueAt: renewalAt(now, expiresAt) });
      } catch (error) {
        const failure = asProviderError(error, target);
        // The provider no longer has it: the next step opens another one.
        if (failure.reason === 'rejected') await markClosed(store, channel.id);
        else await recordFailure(target, failure);
      }
    },

    async close(target) {
      const { channel, calendar, watch } = target;
      try {
        const access = accessFor(calendar.accountId);
        if (channel.remoteId !== null)
          await closeWithRetries(() => watch.close({ access, channel: channelRef(channel) }));
        await markClosed(store, channel.id);
      } catch (error) {
        const failure = asProviderError(error, target);
        if (PASSING.has(failure.reason)) {
          await recordFailure(target, failure);
        } else {
          // Without a grant no request can close the channel. It ends by itself, and its notifications are ignored.
          await markClosed(store, channel.id);
        }
      }
    },
  };
}

/** Failures that pass without the provider's channel ending: closing is tried again. */
const PASSING: ReadonlySet<ProviderFailure> = new Set(['transient', 'rate-limited', 'sealed']);

/** Retries soon, for a disconnection takes the grant away right after. */
async function closeWithRetries(close: () => Promise<void>): Promise<void> {
  for (const wait of CLOSE_RETRY_DELAYS) {
    try {
      return await close();
    } catch (error) {
      if (!(error instanceof ProviderError) || error.reason !== 'transient') throw error;
      await pause(wait);
    }
  }
  return close();
}

const channelRef = ({ id, remoteId, resourceId }: WatchChannel): ChannelRef => ({
  channelId: id,
  remoteId: remoteId ?? '',
  resourceId,
});
