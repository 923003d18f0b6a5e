/** Verifies notifications and stores them together with their jobs, many requests in one transaction. */

import type { JobQueue } from '../../jobs/port.ts';
import type { Metrics } from '../../metrics.ts';
import type { InboundNotification, ProviderName } from '../../providers/port.ts';
import { hashSecret, matchesHash } from '../../secrets.ts';
import {
  insertDeliveries,
  type NewDelivery,
  seenDedupeKeys,
  type Verdict,
} from '../../store/calendars/deliveries.ts';
import {
  channelsByIds,
  lockNotifiedChannels,
  recordRemoteIds,
  type WatchChannel,
} from '../../store/calendars/watch-channels.ts';
import { type Store, setStatementTimeout, type Tx } from '../../store/client.ts';
import { type Clock, type Instant, MINUTE, SECOND } from '../../time/clock.ts';
import { type AcceptedNotification, applyNotifications } from './apply.ts';

/** Time limit to store a request: providers distrust slow receivers, and send again what was not acknowledged. */
export const STORE_TIMEOUT = 2 * SECOND;
/** Deliveries of the same notification within this time are duplicates. */
const DEDUPE_WINDOW = 10 * MINUTE;
/** Requests per transaction. */
const BATCH_SIZE = 200;
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

interface Verified {
  channel: WatchChannel;
  notification: InboundNotification;
  headers: Record<string, string>;
}

export function createIntake({ store, jobs, clock, metrics }: IntakeDeps): Intake {
  const batchers = new Map<ProviderName, Batcher<NotificationRequest>>();

  async function storeBatch(provider: ProviderName, requests: NotificationRequest[]): Promise<void> {
    const notifications = requests.flatMap(({ notifications, headers }) =>
      notifications.map((notification) => ({ notification, headers })),
    );
    const verified = await verify(provider, notifications);
    const deliveries =
      verified.length === 0
        ? []
        : await store.$transaction((tx) => storeVerified(tx, verified), {
            maxWait: STORE_TIMEOUT,
            timeout: STORE_TIMEOUT,
          });
    // Counted after the commit: a failed transaction will be retried.
    const unknown = notifications.length - verified.length;
    if (unknown > 0) metrics.notifications.inc({ provider, verdict: 'rejected' }, unknown);
    for (const { verdict } of deliveries)
      metrics.notifications.inc({ provider, verdict: verdict.toLowerCase() });
  }

  async function verify(provider: ProviderName, received: Omit<Verified, 'channel'>[]): Promise<Verified[]> {
    const named = new Set(received.map(({ notification }) => notification.channelId));
    const ids = [...named].filter((id) => CHANNEL_ID.test(id));
    const channels = new Map(
      (await channelsByIds(store, provider, ids)).map((channel) => [channel.id, channel]),
    );
    return received.flatMap(({ notification, headers }) => {
      const channel = channels.get(notification.channelId);
      const secretMatches = matchesHash(notification.secret, channel?.secretHash ?? UNKNOWN_CHANNEL_HASH);
      const { remoteId } = notification;
      const remoteIdMatches =
        remoteId === null || channel?.remoteId === null || channel?.remoteId === remoteId;
      return channel && secretMatches && remoteIdMatches ? [{ channel, notification, headers }] : [];
    });
  }

  async function storeVerified(tx: Tx, verified: Verified[]): Promise<NewDelivery[]> {
    await setStatementTimeout(tx, STORE_TIMEOUT);
    const now = clock.now();
    const channels = [...new Map(verified.map(({ channel }) => [channel.id, channel])).values()];
    await lockNotifiedChannels(
      tx,
      channels.map(({ id }) => id),
      now,
    );
    const known = verified.flatMap(({ channel: { id }, notification: { dedupeKey } }) =>
      dedupeKey === null ? [] : [{ channel: id, key: dedupeKey }],
    );
    const seen = await seenDedupeKeys(tx, known, now - DEDUPE_WINDOW);
    const deliveries = verified.map(({ channel, notification, headers }) => {
      const { dedupeKey, signal, record = '' } = notification;
      return {
        channel,
        headers,
        body: record,
        dedupeKey,
        signal,
        verdict: verdictOf(notification, channel, seen),
      };
    });
    await saveRemoteNames(tx, verified, now);
    await insertDeliveries(tx, deliveries, now);
    const accepted: AcceptedNotification[] = deliveries.filter(({ verdict }) => verdict === 'ACCEPTED');
    await applyNotifications(tx, jobs, accepted, now);
    return deliveries;
  }

  return {
    store(provider, request, signal) {
      const batcher = batchers.get(provider) ?? createBatcher((all) => storeBatch(provider, all), BATCH_SIZE);
      batchers.set(provider, batcher);
      return batcher.add(request, signal);
    },
  };
}

/** A channel whose creation was never answered gets its remote ids from its first notification. */
async function saveRemoteNames(tx: Tx, verified: Verified[], now: Instant): Promise<void> {
  const named = new Set<string>();
  for (const { channel, notification } of verified) {
    const { remoteId, resourceId = null } = notification;
    if (channel.remoteId !== null || remoteId === null || named.has(channel.id)) continue;
    named.add(channel.id);
    await recordRemoteIds(tx, channel.id, { remoteId, resourceId }, now);
  }
}

/** Adds to `seen`: one request may contain the same notification twice. */
function verdictOf(
  { signal, dedupeKey }: InboundNotification,
  channel: WatchChannel,
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
