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
import { listAgain } from '../../store/calendars/channel-lists.ts';
import { markDirty } from '../../store/calendars/states.ts';
import {
  changeChannel,
  closed,
  insertOpening,
  lockChannels,
  lost,
  markUnwatchable,
  noteOpened,
  putOffReplacing,
  type WatchChannel,
} from '../../store/calendars/watch-channels.ts';
import type { Store, Tx } from '../../store/client.ts';
import { type Clock, type Instant, MINUTE, SECOND } from '../../time/clock.ts';
import { type ChannelAudit, webhookOf } from './audit.ts';
import { operatorText, REFUSAL, renewalAt, retryAt } from './failures.ts';
import { type ChannelStep, planChannels } from './plan.ts';

/** A step that takes longer was given up by whoever began it. */
const CLAIM = MINUTE;
const LOOK_AGAIN = 100;
const CLOSE_WAITS = [200, 800];
/** More than any order of events needs, with time to wait for another process. */
const MOST_STEPS = 100;
const TRANSACTION = { maxWait: 10 * SECOND, timeout: 20 * SECOND };

/** What became of it; the messages are for the public. */
export type KeepOutcome =
  | { type: 'open' | 'closed' }
  | { type: 'not-supported' | 'refused'; message: string };

export interface ChannelKeeper {
  /** Does nothing when all is as wanted. Rejects only when the database does. */
  keep(calendarId: string): Promise<KeepOutcome>;
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
type Claimed =
  | { do: 'open'; channel: WatchChannel; secret: string; calendar: Calendar; watch: WatchPort }
  | { do: 'renew' | 'close'; channel: WatchChannel; calendar: Calendar; watch: WatchPort }
  | {
      do: 'again';
      after: number;
      /** The account whose channel was lost. */
      lost?: string;
    }
  | { do: 'end'; outcome: KeepOutcome };

export function createChannelKeeper(deps: ChannelKeeperDeps): ChannelKeeper {
  const { store, providers, jobs, accessFor, audit, clock, config, log } = deps;
  const queues = new Map<string, Promise<KeepOutcome>>();

  /** Short and without the provider: decides under the calendar's lock and writes down what is about to happen. */
  async function claim(tx: Tx, calendarId: string): Promise<Claimed> {
    const found = await lockChannels(tx, calendarId);
    if (!found) return { do: 'end', outcome: { type: 'closed' } };
    const { calendar, accountStatus, channels } = found;
    const watch = providers.get(calendar.provider)?.watch;
    const outcome = unwanted(calendar, accountStatus, watch);
    const now = clock.now();
    const step = planChannels(outcome === null, channels, now, watch?.renew !== undefined);
    const claimed = await begin(tx, step, calendar, watch, now);
    return claimed ?? { do: 'end', outcome: outcome ?? { type: 'open' } };
  }

  async function begin(
    tx: Tx,
    step: ChannelStep,
    calendar: Calendar,
    watch: WatchPort | undefined,
    now: Instant,
  ): Promise<Claimed | null> {
    if (step.do === 'nothing') return null;
    if (step.do === 'wait') return { do: 'again', after: LOOK_AGAIN };
    if (step.do === 'lose') {
      await lost(tx, step.channel.id);
      return { do: 'again', after: 0, lost: calendar.accountId };
    }
    if (step.do === 'forget' || !watch) {
      if ('channel' in step) await closed(tx, step.channel.id);
      return { do: 'again', after: 0 };
    }
    if (step.do === 'open') {
      // Stored before the provider is asked: its greeting may come before its answer.
      const secret = randomSecret();
      const channel = await insertOpening(tx, calendar, {
        secretHash: hashSecret(secret),
        now,
        dueAt: now + CLAIM,
      });
      return { do: 'open', channel, secret, calendar, watch };
    }
    await changeChannel(tx, step.channel.id, {
      dueAt: now + CLAIM,
      ...(step.do === 'close' ? { status: 'closing' as const, error: null } : {}),
    });
    return { do: step.do, channel: step.channel, calendar, watch };
  }

  /** @returns how the provider refused; null: it did not. */
  async function open({ channel, secret, calendar, watch }: Extract<Claimed, { do: 'open' }>) {
    try {
      const request = () => ({
        access: accessFor(calendar.accountId),
        calendar: { externalId: calendar.externalId },
        channelId: channel.id,
        secret,
        address: webhookOf(config, calendar.provider),
        now: clock.now(),
      });
      const opened = await watch.open(request()).catch(async (error: unknown) => {
        const inTheWay = error instanceof ProviderError && error.status === 409;
        if (!inTheWay || (await audit(calendar.accountId, channel.id)) === 0) throw error;
        return watch.open(request());
      });
      await store.$transaction(async (tx) => {
        const now = clock.now();
        await noteOpened(tx, channel.id, opened, { now, dueAt: renewalAt(now, opened.expiresAt) });
        // What changed since the last pull was told to nobody.
        await readSoon(tx, calendar.id, now);
      }, TRANSACTION);
      return null;
    } catch (error) {
      const failure = asFailure(error, calendar);
      return await store.$transaction((tx) => refused(tx, channel, calendar, failure), TRANSACTION);
    }
  }

  async function refused(
    tx: Tx,
    channel: WatchChannel,
    calendar: Calendar,
    failure: ProviderError,
  ): Promise<KeepOutcome> {
    const message = REFUSAL[failure.reason];
    if (failure.reason === 'watch-not-supported') {
      await markUnwatchable(tx, calendar.id, channel.id);
      return { type: 'not-supported', message };
    }
    const now = clock.now();
    const dueAt = retryAt(now, failure);
    await changeChannel(tx, channel.id, { status: 'failed', error: operatorText(failure), dueAt });
    await putOffReplacing(tx, calendar.id, dueAt);
    // A pull finds out whether the grant is gone, and says so.
    if (failure.reason === 'auth-revoked') await readSoon(tx, calendar.id, now);
    return { type: 'refused', message };
  }

  async function renew({ channel, calendar, watch }: Extract<Claimed, { channel: WatchChannel }>) {
    try {
      const access = accessFor(calendar.accountId);
      const renewed = await watch.renew?.({ access, channel: refOf(channel), now: clock.now() });
      const now = clock.now();
      const expiresAt = renewed?.expiresAt ?? null;
      await changeChannel(store, channel.id, { expiresAt, error: null, dueAt: renewalAt(now, expiresAt) });
    } catch (error) {
      const failure = asFailure(error, calendar);
      if (failure.reason === 'rejected') {
        // Gone at the provider: the next step opens another one.
        await closed(store, channel.id);
      } else {
        const change = { error: operatorText(failure), dueAt: retryAt(clock.now(), failure) };
        await changeChannel(store, channel.id, change);
      }
    }
  }

  async function close({ channel, calendar, watch }: Extract<Claimed, { channel: WatchChannel }>) {
    try {
      const access = accessFor(calendar.accountId);
      if (channel.remoteId !== null)
        await closeAtOnce(() => watch.close({ access, channel: refOf(channel) }));
      await closed(store, channel.id);
    } catch (error) {
      const failure = asFailure(error, calendar);
      if (failure.reason === 'transient' || failure.reason === 'rate-limited') {
        const change = { error: operatorText(failure), dueAt: retryAt(clock.now(), failure) };
        await changeChannel(store, channel.id, change);
      } else {
        // Without a grant nobody can close it; it ends by itself, and what it still says is not believed.
        await closed(store, channel.id);
      }
    }
  }

  async function readSoon(tx: Tx, calendar: string, now: Instant): Promise<void> {
    await markDirty(tx, [calendar], now);
    await jobs.enqueue(tx, [{ task: 'pull', payload: { calendar }, key: calendar }]);
  }

  function asFailure(error: unknown, { id, provider }: Calendar): ProviderError {
    if (!(error instanceof ProviderError)) {
      log.error({ err: error, calendar: id, provider }, 'watch channel broke');
      return new ProviderError('transient', 'a fault in the gateway; its log tells more');
    }
    log.warn({ calendar: id, provider, reason: error.reason, detail: error.message }, 'watch channel failed');
    return error;
  }

  async function run(calendarId: string): Promise<KeepOutcome> {
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      const claimed = await store.$transaction((tx) => claim(tx, calendarId), TRANSACTION);
      if (claimed.do === 'end') return claimed.outcome;
      if (claimed.do === 'again') {
        // The provider's list may tell what came of it. Not in the transaction: accounts are locked before calendars.
        if (claimed.lost) await listAgain(store, claimed.lost, clock.now());
        await pause(claimed.after);
      }
      if (claimed.do === 'renew') await renew(claimed);
      if (claimed.do === 'close') await close(claimed);
      const outcome = claimed.do === 'open' ? await open(claimed) : null;
      if (outcome) return outcome;
    }
    return { type: 'refused', message: REFUSAL.transient };
  }

  return {
    keep(calendarId) {
      // One after another within the process; between processes the rows decide.
      const before = queues.get(calendarId);
      const own = before
        ? before.then(
            () => run(calendarId),
            () => run(calendarId),
          )
        : run(calendarId);
      queues.set(calendarId, own);
      const done = () => {
        if (queues.get(calendarId) === own) queues.delete(calendarId);
      };
      own.then(done, done);
      return own;
    },
  };
}

/** Why no channel is wanted, as it is told to whoever wished for one; null: one is. */
function unwanted(
  calendar: Calendar,
  accountStatus: string,
  watch: CalendarProvider['watch'],
): KeepOutcome | null {
  if (!calendar.selected || !calendar.watchWanted || calendar.removed) return { type: 'closed' };
  if (!watch || !calendar.watchable) {
    return { type: 'not-supported', message: REFUSAL['watch-not-supported'] };
  }
  if (accountStatus !== 'CONNECTED') return { type: 'refused', message: REFUSAL['auth-revoked'] };
  return null;
}

/** Again at once, as far as it makes sense: whoever disconnects takes away the grant right after. */
async function closeAtOnce(close: () => Promise<void>): Promise<void> {
  for (const wait of CLOSE_WAITS) {
    try {
      return await close();
    } catch (error) {
      if (!(error instanceof ProviderError) || error.reason !== 'transient') throw error;
      await pause(wait);
    }
  }
  return close();
}

const refOf = ({ id, remoteId, resourceId }: WatchChannel): ChannelRef => ({
  channelId: id,
  remoteId: remoteId ?? '',
  resourceId,
});
