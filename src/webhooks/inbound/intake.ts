/** Verifies notifications and stores them together with their jobs, many requests in one transaction. */

import type { JobQueue } from '../../jobs/port.ts';
import type { Metrics } from '../../metrics.ts';
import type { InboundNotification, ProviderName } from '../../providers/port.ts';
import { hashSecret, matchesHash } from '../../secrets.ts';
import type { Verdict } from '../../store/calendars/deliveries.ts';
import {
  type NewDelivery,
  type NotifiedChannel,
  readNotifiedChannels,
  storeDeliveries,
} from '../../store/calendars/notifications.ts';
import { recordRemoteIds } from '../../store/calendars/watch-channels.ts';
import type { Store } from '../../store/client.ts';
import { statementParts } from '../../store/statement-parts.ts';
import { NOTIFICATION_COUNT_MAX, NOTIFICATION_WINDOW } from '../../sync/pull/due-times.ts';
import { type Clock, type Instant, MINUTE, SECOND } from '../../time/clock.ts';
import { followUps, type NotificationCount, pullsOf } from './apply.ts';

/** Time limit to store a request: providers distrust slow receivers, and send again what was not acknowledged. */
export const STORE_TIMEOUT = 2 * SECOND;
/** Deliveries of the same notification within this time are duplicates. */
const DEDUPE_WINDOW = 10 * MINUTE;
/** Requests that are stored together. */
const BATCH_SIZE = 200;
/** How often notifications are stored whose channels change meanwhile: another process has just stored one of the same channel. */
const ATTEMPTS_MAX = 10;
/** The hash that a secret is compared with when its channel is unknown, so that both cases take the same time. */
const UNKNOWN_CHANNEL_HASH = hashSecret('');

/** The form of our own ids. Anything else is no channel's, and PostgreSQL can't even look for U+0000. */
const CHANNEL_ID = /^[\x21-\x7e]{1,200}$/;

/** The notifications of one request. */
export interface NotificationRequest {
  notifications: readonly InboundNotification[];
  /** The headers to store. */
  headers: Record<string, string>;
}

export interface Intake {
  /** Resolves once every verified notification is stored. */
  store(provider: ProviderName, request: NotificationRequest, signal: AbortSignal): Promise<void>;
}

export interface IntakeDeps {
  store: Store;
  jobs: JobQueue;
  clock: Clock;
  metrics: Metrics;
}

interface Received {
  notification: InboundNotification;
  headers: Record<string, string>;
}

interface Verified extends Received {
  channel: NotifiedChannel;
}

export function createIntake({ store, jobs, clock, metrics }: IntakeDeps): Intake {
  const batchers = new Map<ProviderName, Batcher<NotificationRequest>>();

  async function storeBatch(provider: ProviderName, requests: NotificationRequest[]): Promise<void> {
    let left: Received[] = requests.flatMap(({ notifications, headers }) =>
      notifications.map((notification) => ({ notification, headers })),
    );
    const named = new Set<string>();
    for (let attempt = 1; left.length > 0; attempt++) {
      if (attempt > ATTEMPTS_MAX)
        throw new Error('the channels of the notifications changed again and again');
      left = await storeOnce(provider, left, named);
    }
  }

  /** @param named channels whose remote ids were saved. @returns what is to be stored again, for its channel has changed meanwhile */
  async function storeOnce(
    provider: ProviderName,
    received: Received[],
    named: Set<string>,
  ): Promise<Received[]> {
    const now = clock.now();
    const { channels, seen } = await readChannels(provider, received, now);
    const verified = received.flatMap((each) => verify(each, channels));
    if (await saveRemoteNames(store, verified, named, now)) return received;
    const deliveries = verified.map(({ channel, notification, headers }): NewDelivery => {
      const { dedupeKey, signal, record: body = '' } = notification;
      return {
        ...{ channel, headers, body, dedupeKey, signal },
        verdict: verdictOf(notification, channel, seen),
      };
    });
    const stored = deliveries.length === 0 ? new Set<string>() : await storeAll(deliveries, now);
    // Counted after the commit: what failed will be retried.
    const unknown = received.length - verified.length;
    if (unknown > 0) metrics.notifications.inc({ provider, verdict: 'rejected' }, unknown);
    for (const { channel, verdict } of deliveries)
      if (stored.has(channel.id)) metrics.notifications.inc({ provider, verdict: verdict.toLowerCase() });
    return verified.filter(({ channel }) => !stored.has(channel.id));
  }

  function readChannels(provider: ProviderName, received: Received[], now: Instant) {
    const named = new Set(received.map(({ notification }) => notification.channelId));
    const ids = [...named].filter((id) => CHANNEL_ID.test(id));
    const keys = received.flatMap(({ notification: { channelId: channel, dedupeKey: key } }) =>
      key === null || !CHANNEL_ID.test(channel) ? [] : [{ channel, key }],
    );
    return readNotifiedChannels(store, provider, ids, keys, {
      seenSince: now - DEDUPE_WINDOW,
      countedSince: now - NOTIFICATION_WINDOW,
      countedMax: NOTIFICATION_COUNT_MAX,
    });
  }

  async function storeAll(deliveries: readonly NewDelivery[], now: Instant): Promise<Set<string>> {
    const accepted = deliveries.filter(({ verdict }) => verdict === 'ACCEPTED');
    const { removed, reauthorise, dirty, checks } = followUps(accepted);
    const pulls = pullsOf(countsOf(accepted, dirty), now);
    const parts = await statementParts((sql) => jobs.enqueue(sql, [...checks, ...pulls]));
    return storeDeliveries(
      store,
      deliveries,
      { removed, reauthorise, dirty, jobs: parts },
      { now, lockTimeout: STORE_TIMEOUT },
    );
  }

  return {
    store(provider, request, signal) {
      const batcher = batchers.get(provider) ?? createBatcher((all) => storeBatch(provider, all), BATCH_SIZE);
      batchers.set(provider, batcher);
      return batcher.add(request, signal);
    },
  };
}

/** By channel, whether or not there is one: an unknown channel takes as much time. */
function verify(received: Received, channels: ReadonlyMap<string, NotifiedChannel>): Verified[] {
  const { channelId, secret, remoteId } = received.notification;
  const channel = channels.get(channelId);
  const secretMatches = matchesHash(secret, channel?.secretHash ?? UNKNOWN_CHANNEL_HASH);
  const remoteIdMatches = remoteId === null || channel?.remoteId === null || channel?.remoteId === remoteId;
  return channel && secretMatches && remoteIdMatches ? [{ ...received, channel }] : [];
}

/** How often each of the calendars was notified, with what is to be stored now. */
function countsOf(accepted: readonly NewDelivery[], calendars: readonly string[]): NotificationCount[] {
  const counts = new Map<string, NotificationCount>();
  for (const { channel } of accepted) {
    const { calendarId: calendar, notified, lastStartedAt } = channel;
    const before = counts.get(calendar) ?? { calendar, notified, lastStartedAt };
    counts.set(calendar, { ...before, notified: before.notified + 1 });
  }
  return calendars.flatMap((calendar) => counts.get(calendar) ?? []);
}

/** A channel whose creation was never answered gets its remote ids from its first notification. @returns whether one was saved */
async function saveRemoteNames(
  store: Store,
  verified: Verified[],
  named: Set<string>,
  now: Instant,
): Promise<boolean> {
  const before = named.size;
  for (const { channel, notification } of verified) {
    const { remoteId, resourceId = null } = notification;
    if (channel.remoteId !== null || remoteId === null || named.has(channel.id)) continue;
    named.add(channel.id);
    await recordRemoteIds(store, channel.id, { remoteId, resourceId }, now);
  }
  return named.size > before;
}

/** Adds to `seen`: one request may contain the same notification twice. */
function verdictOf(
  { signal, dedupeKey }: InboundNotification,
  channel: NotifiedChannel,
  seen: Set<string>,
): Verdict {
  if (signal === 'opened') return 'IGNORED';
  if (dedupeKey === null) return 'ACCEPTED';
  const key = `${channel.id} ${dedupeKey}`;
  if (seen.has(key)) return 'DUPLICATE';
  seen.add(key);
  return 'ACCEPTED';
}

/** Group commit: items that arrive while a batch is running form the next batch. */
interface Batcher<T> {
  /** Settles with the batch that contains `item`. Once `signal` fires, the item may be left out. */
  add(item: T, signal: AbortSignal): Promise<void>;
}

interface Waiting<T> {
  item: T;
  signal: AbortSignal;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * @param work processes all of `items` or none. When a batch fails, its items are tried one by one, so that a bad one
 * doesn't fail the others.
 */
function createBatcher<T>(work: (items: T[]) => Promise<void>, maxBatch: number): Batcher<T> {
  let waiting: Waiting<T>[] = [];
  let running = false;

  async function run(batch: Waiting<T>[]): Promise<void> {
    const active = batch.filter(({ signal, reject }) => {
      if (signal.aborted) reject(signal.reason);
      return !signal.aborted;
    });
    if (active.length === 0) return;
    try {
      await work(active.map(({ item }) => item));
      for (const { resolve } of active) resolve();
    } catch (error) {
      if (active.length > 1) for (const each of active) await run([each]);
      else for (const { reject } of active) reject(error);
    }
  }

  async function drain(): Promise<void> {
    running = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxBatch);
      waiting = waiting.slice(maxBatch);
      await run(batch);
    }
    running = false;
  }

  return {
    add: (item, signal) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, signal, resolve, reject });
        if (!running) void drain();
      }),
  };
}
