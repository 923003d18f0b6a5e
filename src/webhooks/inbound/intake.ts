/** Verifies notifications and stores them with the work that they make due, many requests in one transaction. */

import type { JobQueue } from '../../jobs/port.ts';
import type { Metrics } from '../../metrics.ts';
import type { InboundNotification, ProviderName } from '../../providers/port.ts';
import { hashSecret, matchesHash } from '../../secrets.ts';
import {
  insertDeliveries,
  type NewDelivery,
  seenSince,
  type Verdict,
} from '../../store/calendars/deliveries.ts';
import {
  channelsByIds,
  learnNames,
  lockNotified,
  type WatchChannel,
} from '../../store/calendars/watch-channels.ts';
import { limitStatements, type Store, type Tx } from '../../store/client.ts';
import { type Clock, type Instant, MINUTE, SECOND } from '../../time/clock.ts';
import { type Accepted, follow } from './apply.ts';
import { type Batches, createBatches } from './batches.ts';

/** Providers call a slow receiver broken: what is not stored by then is asked for again. */
export const LONGEST = 2 * SECOND;
/** Deliveries of the same notification come within this, or count as another one. */
const SAME = 10 * MINUTE;
/** Requests stored in one transaction. */
const AT_ONCE = 200;
/** What a secret is compared with when its channel is not known: that takes as long as for one that is. */
const NOBODYS = hashSecret('');

/** One request's notifications. */
export interface Arrival {
  notifications: readonly InboundNotification[];
  /** Those worth storing. */
  headers: Record<string, string>;
}

export interface Intake {
  /** Resolves once every notification that proves itself is stored. */
  take(provider: ProviderName, arrival: Arrival, signal: AbortSignal): Promise<void>;
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
  const lanes = new Map<ProviderName, Batches<Arrival>>();

  async function takeAll(provider: ProviderName, arrivals: Arrival[]): Promise<void> {
    const notifications = arrivals.flatMap(({ notifications, headers }) =>
      notifications.map((notification) => ({ notification, headers })),
    );
    const verified = await verify(provider, notifications);
    const deliveries =
      verified.length === 0
        ? []
        : await store.$transaction((tx) => keep(tx, verified), { maxWait: LONGEST, timeout: LONGEST });
    // Counted once they are stored: what fails is tried again.
    const unknown = notifications.length - verified.length;
    if (unknown > 0) metrics.notifications.inc({ provider, verdict: 'rejected' }, unknown);
    for (const { verdict } of deliveries)
      metrics.notifications.inc({ provider, verdict: verdict.toLowerCase() });
  }

  async function verify(provider: ProviderName, arrived: Omit<Verified, 'channel'>[]): Promise<Verified[]> {
    const ids = [...new Set(arrived.map(({ notification }) => notification.channelId))];
    const channels = new Map(
      (await channelsByIds(store, provider, ids)).map((channel) => [channel.id, channel]),
    );
    return arrived.flatMap(({ notification, headers }) => {
      const channel = channels.get(notification.channelId);
      const proven = matchesHash(notification.secret, channel?.secretHash ?? NOBODYS);
      const { remoteId } = notification;
      const same = remoteId === null || channel?.remoteId === null || channel?.remoteId === remoteId;
      return channel && proven && same ? [{ channel, notification, headers }] : [];
    });
  }

  async function keep(tx: Tx, verified: Verified[]): Promise<NewDelivery[]> {
    await limitStatements(tx, LONGEST);
    const now = clock.now();
    const channels = [...new Map(verified.map(({ channel }) => [channel.id, channel])).values()];
    await lockNotified(
      tx,
      channels.map(({ id }) => id),
      now,
    );
    const keys = verified.flatMap(({ notification }) => notification.dedupeKey ?? []);
    const seen = await seenSince(tx, channels, keys, now - SAME);
    const deliveries = verified.map(({ channel, notification, headers }) => {
      const { dedupeKey, signal, record = '' } = notification;
      return {
        channel,
        headers,
        body: record,
        dedupeKey,
        signal,
        verdict: judge(notification, channel, seen),
      };
    });
    await learn(tx, verified, now);
    await insertDeliveries(tx, deliveries, now);
    const accepted: Accepted[] = deliveries.filter(({ verdict }) => verdict === 'ACCEPTED');
    await follow(tx, jobs, accepted, now);
    return deliveries;
  }

  return {
    take(provider, arrival, signal) {
      const lane = lanes.get(provider) ?? createBatches((all) => takeAll(provider, all), AT_ONCE);
      lanes.set(provider, lane);
      return lane.add(arrival, signal);
    },
  };
}

/** Channels whose opening nobody heard of are named by what they send. */
async function learn(tx: Tx, verified: Verified[], now: Instant): Promise<void> {
  const named = new Set<string>();
  for (const { channel, notification } of verified) {
    const { remoteId, resourceId = null } = notification;
    if (channel.remoteId !== null || remoteId === null || named.has(channel.id)) continue;
    named.add(channel.id);
    await learnNames(tx, channel.id, { remoteId, resourceId }, now);
  }
}

/** `seen` grows by what is judged: a request may hold the same notification twice. */
function judge(
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
