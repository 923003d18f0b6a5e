/** Brings a calendar's watch channels to what is wanted: opens, renews, replaces and closes. Level-triggered, step by step. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../../config.ts';
import type { JobQueue } from '../../jobs/port.ts';
import type { Log } from '../../log.ts';
import {
  type Access,
  type CalendarProvider,
  type ChannelRef,
  ProviderError,
  type Providers,
  type WatchPort,
} from '../../providers/port.ts';
import { hashSecret, randomSecret } from '../../secrets.ts';
import type { Calendar } from '../../store/calendars/calendars.ts';
import { scheduleChannelList } from '../../store/calendars/channel-lists.ts';
import { markDirty } from '../../store/calendars/states.ts';
import {
  changeChannel,
  insertOpeningChannel,
  lockChannels,
  markClosed,
  markLost,
  markUnwatchable,
  postponeReplacement,
  recordOpened,
  type WatchChannel,
} from '../../store/calendars/watch-channels.ts';
import type { Store, Tx } from '../../store/client.ts';
import { type Clock, type Instant, MINUTE, SECOND } from '../../time/clock.ts';
import { type ChannelAudit, webhookUrl } from './audit.ts';
import { channelRetryAt, providerErrorText, REFUSAL_MESSAGE, renewalAt } from './failures.ts';
import { type ChannelStep, nextChannelStep } from './plan.ts';

/** A step that takes longer was given up by whoever began it. */
const CLAIM_TTL = MINUTE;
const POLL_INTERVAL = 100;
const CLOSE_RETRY_DELAYS = [200, 800];
/** More than any order of events needs, with time to wait for another process. */
const STEPS_MAX = 100;
const TRANSACTION = { maxWait: 10 * SECOND, timeout: 20 * SECOND };

/** What became of it; the messages are for the public. */
export type ChannelOutcome =
  | { type: 'open' | 'closed' }
  | { type: 'not-supported' | 'refused'; message: string };

export interface ChannelKeeper {
  /** Does nothing when all is as wanted. Rejects only when the database does. */
  ensure(calendarId: string): Promise<ChannelOutcome>;
}

export interface ChannelKeeperDeps {
  store: Store;
  providers: Providers;
  jobs: JobQueue;
  accessFor(account: string): Access;
  clock: Clock;
  /** Of the account whose channel was lost. */
  audit: ChannelAudit['audit'];
  config: Pick<Config, 'PUBLIC_URL'>;
  log: Log;
}

/** A step, claimed: nobody else takes it for a minute. */
type ClaimedStep =
  | { do: 'open'; channel: WatchChannel; secret: string; calendar: Calendar; watch: WatchPort }
  | { do: 'renew' | 'close'; channel: WatchChannel; calendar: Calendar; watch: WatchPort }
  | {
      do: 'again';
      after: number;
      /** The account whose channel was lost. */
      lostAccount?: string;
    }
  | { do: 'end'; outcome: ChannelOutcome };

export function createChannelKeeper(deps: ChannelKeeperDeps): ChannelKeeper {
  const { store, providers, jobs, accessFor, audit, clock, config, log } = deps;
  const running = new Map<string, Promise<ChannelOutcome>>();

  /** Short and without the provider: decides under the calendar's lock and writes down what is about to happen. */
  async function claimStep(tx: Tx, calendarId: string): Promise<ClaimedStep> {
    const found = await lockChannels(tx, calendarId);
    if (!found) return { do: 'end', outcome: { type: 'closed' } };
    const { calendar, accountStatus, channels } = found;
    const watch = providers.get(calendar.provider)?.watch;
    const outcome = unwantedOutcome(calendar, accountStatus, watch);
    const now = clock.now();
    const step = nextChannelStep(outcome === null, channels, now, watch?.renew !== undefined);
    const claimed = await beginStep(tx, step, calendar, watch, now);
    return claimed ?? { do: 'end', outcome: outcome ?? { type: 'open' } };
  }

  async function beginStep(
    tx: Tx,
    step: ChannelStep,
    calendar: Calendar,
    watch: WatchPort | undefined,
    now: Instant,
  ): Promise<ClaimedStep | null> {
    if (step.do === 'nothing') return null;
    if (step.do === 'wait') return { do: 'again', after: POLL_INTERVAL };
    if (step.do === 'lose') {
      await markLost(tx, step.channel.id);
      return { do: 'again', after: 0, lostAccount: calendar.accountId };
    }
    if (step.do === 'forget' || !watch) {
      if ('channel' in step) await markClosed(tx, step.channel.id);
      return { do: 'again', after: 0 };
    }
    if (step.do === 'open') {
      // Stored before the provider is asked: its greeting may come before its answer.
      const secret = randomSecret();
      const channel = await insertOpeningChannel(tx, calendar, {
        secretHash: hashSecret(secret),
        now,
        dueAt: now + CLAIM_TTL,
      });
      return { do: 'open', channel, secret, calendar, watch };
    }
    await changeChannel(tx, step.channel.id, {
      dueAt: now + CLAIM_TTL,
      ...(step.do === 'close' ? { status: 'closing' as const, error: null } : {}),
    });
    return { do: step.do, channel: step.channel, calendar, watch };
  }

  /** @returns how the provider refused; null: it did not. */
  async function open({ channel, secret, calendar, watch }: Extract<ClaimedStep, { do: 'open' }>) {
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
        // What changed since the last pull was told to nobody.
        await schedulePull(tx, calendar.id, now);
      }, TRANSACTION);
      return null;
    } catch (error) {
      const failure = asProviderError(error, calendar);
      return await store.$transaction((tx) => recordRefusal(tx, channel, calendar, failure), TRANSACTION);
    }
  }

  async function recordRefusal(
    tx: Tx,
    channel: WatchChannel,
    calendar: Calendar,
    failure: ProviderError,
  ): Promise<ChannelOutcome> {
    const message = REFUSAL_MESSAGE[failure.reason];
    if (failure.reason === 'watch-not-supported') {
      await markUnwatchable(tx, calendar.id, channel.id);
      return { type: 'not-supported', message };
    }
    const now = clock.now();
    const dueAt = channelRetryAt(now, failure);
    await changeChannel(tx, channel.id, { status: 'failed', error: providerErrorText(failure), dueAt });
    await postponeReplacement(tx, calendar.id, dueAt);
    // A pull finds out whether the grant is gone, and says so.
    if (failure.reason === 'auth-revoked') await schedulePull(tx, calendar.id, now);
    return { type: 'refused', message };
  }

  async function renew({ channel, calendar, watch }: Extract<ClaimedStep, { channel: WatchChannel }>) {
    try {
      const access = accessFor(calendar.accountId);
      const renewed = await watch.renew?.({ access, channel: channelRef(channel), now: clock.now() });
      const now = clock.now();
      const expiresAt = renewed?.expiresAt ?? null;
      await changeChannel(store, channel.id, { expiresAt, error: null, dueAt: renewalAt(now, expiresAt) });
    } catch (error) {
      const failure = asProviderError(error, calendar);
      if (failure.reason === 'rejected') {
        // Gone at the provider: the next step opens another one.
        await markClosed(store, channel.id);
      } else {
        const change = { error: providerErrorText(failure), dueAt: channelRetryAt(clock.now(), failure) };
        await changeChannel(store, channel.id, change);
      }
    }
  }

  async function close({ channel, calendar, watch }: Extract<ClaimedStep, { channel: WatchChannel }>) {
    try {
      const access = accessFor(calendar.accountId);
      if (channel.remoteId !== null)
        await closeWithRetries(() => watch.close({ access, channel: channelRef(channel) }));
      await markClosed(store, channel.id);
    } catch (error) {
      const failure = asProviderError(error, calendar);
      if (failure.reason === 'transient' || failure.reason === 'rate-limited') {
        const change = { error: providerErrorText(failure), dueAt: channelRetryAt(clock.now(), failure) };
        await changeChannel(store, channel.id, change);
      } else {
        // Without a grant nobody can close it; it ends by itself, and what it still says is not believed.
        await markClosed(store, channel.id);
      }
    }
  }

  async function schedulePull(tx: Tx, calendar: string, now: Instant): Promise<void> {
    await markDirty(tx, [calendar], now);
    await jobs.enqueue(tx, [{ task: 'pull', payload: { calendar }, key: calendar }]);
  }

  function asProviderError(error: unknown, { id, provider }: Calendar): ProviderError {
    if (!(error instanceof ProviderError)) {
      log.error({ err: error, calendar: id, provider }, 'watch channel broke');
      return new ProviderError('transient', 'a fault in the gateway; its log tells more');
    }
    log.warn({ calendar: id, provider, reason: error.reason, detail: error.message }, 'watch channel failed');
    return error;
  }

  async function runSteps(calendarId: string): Promise<ChannelOutcome> {
    for (let steps = 0; steps < STEPS_MAX; steps++) {
      const claimed = await store.$transaction((tx) => claimStep(tx, calendarId), TRANSACTION);
      if (claimed.do === 'end') return claimed.outcome;
      if (claimed.do === 'again') {
        // The provider's list may tell what came of it. Not in the transaction: accounts are locked before calendars.
        if (claimed.lostAccount) await scheduleChannelList(store, claimed.lostAccount, clock.now());
        await pause(claimed.after);
      }
      if (claimed.do === 'renew') await renew(claimed);
      if (claimed.do === 'close') await close(claimed);
      const outcome = claimed.do === 'open' ? await open(claimed) : null;
      if (outcome) return outcome;
    }
    return { type: 'refused', message: REFUSAL_MESSAGE.transient };
  }

  return {
    ensure(calendarId) {
      // One after another within the process; between processes the rows decide.
      const previous = running.get(calendarId);
      const own = previous
        ? previous.then(
            () => runSteps(calendarId),
            () => runSteps(calendarId),
          )
        : runSteps(calendarId);
      running.set(calendarId, own);
      const done = () => {
        if (running.get(calendarId) === own) running.delete(calendarId);
      };
      own.then(done, done);
      return own;
    },
  };
}

/** Why no channel is wanted, as it is told to whoever wished for one; null: one is. */
function unwantedOutcome(
  calendar: Calendar,
  accountStatus: string,
  watch: CalendarProvider['watch'],
): ChannelOutcome | null {
  if (!calendar.selected || !calendar.watchWanted || calendar.removed) return { type: 'closed' };
  if (!watch || !calendar.watchable) {
    return { type: 'not-supported', message: REFUSAL_MESSAGE['watch-not-supported'] };
  }
  if (accountStatus !== 'CONNECTED') return { type: 'refused', message: REFUSAL_MESSAGE['auth-revoked'] };
  return null;
}

/** Again at once, as far as it makes sense: whoever disconnects takes away the grant right after. */
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
