/** The parts that every process of Slotwire has: storage, cache, jobs, providers, and the rooms that use them. */
import { createBooking } from './booking/booking.ts';
import { createCache } from './cache/cache.ts';
import { encodeBusy } from './cache/codecs/busy.ts';
import { topicKey } from './cache/keys.ts';
import type { Installation } from './cli/installation.ts';
import { startZoneData } from './cli/zone-data.ts';
import type { Config } from './config.ts';
import { createConnect } from './connect/connect.ts';
import { createFeeds } from './feeds/feeds.ts';
import { createJobQueue, installJobQueue } from './jobs/queue.ts';
import type { Log } from './log.ts';
import { createMail } from './mail/mail.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createGuardedClient } from './net/client.ts';
import { createCacheLoader, isCurrentFormat, withTombstones } from './offers/cache-loader.ts';
import { createOffers } from './offers/offers.ts';
import { createIcalReader } from './providers/ical-reader/reader.ts';
import { createProviders } from './providers/registry.ts';
import { createReseal } from './store/access/sealed-columns.ts';
import { checkKeys } from './store/access/sealed-keys.ts';
import { openBookingSigner } from './store/access/signing-keys.ts';
import { createPruneAudit } from './store/audit/retention.ts';
import { closeStore, createStore, readDatabaseTime, type Store } from './store/client.ts';
import { migrate } from './store/migrate.ts';
import { definePoolGauges } from './store/pool-metrics.ts';
import { announcePresence } from './store/presence.ts';
import { createPublisher } from './sync/publisher.ts';
import { createSync } from './sync/sync.ts';
import { type Clock, SECOND, steadyClock, systemClock } from './time/clock.ts';
import { startDatabaseClock } from './time/database-clock.ts';
import { createWebhooks } from './webhooks/webhooks.ts';

export interface GatewayOptions {
  config: Config;
  log: Log;
  installation: Pick<Installation, 'databaseUrl' | 'keyRing' | 'adminToken'>;
  /** The process serves the API. */
  http: boolean;
  /** The process pulls calendars. */
  sync: boolean;
  /** Absent: the database's, which all processes share. */
  clock?: Clock;
  /** The process's metrics, for a caller that counts by itself; by default new ones. */
  metrics?: Metrics;
}

/** Closes one part of a gateway. */
export type End = () => Promise<unknown> | unknown;

export type Core = Awaited<ReturnType<typeof startCore>>;

/** @param onClose registers the function that closes a part; the last part started closes first. */
export async function startCore(options: GatewayOptions, onClose: (end: End) => void) {
  const { config, log, installation, metrics = createMetrics() } = options;
  const { databaseUrl, keyRing, adminToken } = installation;
  startZoneData(config.ZONEINFO, { log, metrics, clock: options.clock ?? systemClock });
  await migrate(databaseUrl, { log });
  await installJobQueue(databaseUrl);
  onClose(await announcePresence(databaseUrl, { shared: config.REDIS_URL !== undefined, log }));

  const store = createStore(databaseUrl, {
    log,
    onLost: () => metrics.databaseConnectionsLost.inc(),
    onPool: (pool) => definePoolGauges(metrics, pool),
  });
  onClose(() => closeStore(store));
  const clock = options.clock ?? (await startClock(store, metrics, log, onClose));
  await checkKeys(store, { keyRing, allowLost: config.ALLOW_LOST_KEYS, log });
  const bookingSigner = await openBookingSigner(store, keyRing);
  const base = { config, log, clock, metrics, store, keyRing, jobs: createJobQueue() };
  const load = createCacheLoader(store, clock);
  const shared = await createCache({
    ...{ ...base, clock: options.clock ?? steadyClock },
    redisUrl: config.REDIS_URL,
    load,
    isCurrentFormat,
  });
  onClose(shared.close);
  const publisher = createPublisher({
    ...base,
    load: withTombstones(store, load),
    publishEntries: shared.cache.publish,
  });

  const allowPrivate = config.ALLOW_PRIVATE_NETWORK;
  const fetch = createGuardedClient({ allowPrivate });
  const providers = createProviders(config, {
    fetch,
    reader: createIcalReader(),
    allowPrivate,
    feedUserAgent: config.FEED_USER_AGENT,
    clock,
  });
  const outside = { ...base, ...shared, publisher, fetch, providers };
  const connect = createConnect({ ...outside, closeChannels: (calendar) => sync.closeChannels(calendar) });
  const { accessFor, disconnect } = connect;
  const sync = createSync({
    ...{ ...outside, accessFor, encodeBusy },
    onChannelsChanged: (calendar) => {
      shared.topics
        .publish([{ key: topicKey.channels(calendar), version: 0 }])
        .catch((error: unknown) =>
          log.warn({ err: error, calendar }, 'invalidation of a watch channel could not be published'),
        );
    },
  });
  onClose(sync.close);

  const offers = createOffers({
    ...outside,
    refreshCalendars: sync.refresh,
    moveTimes: (tx, host, now) => webhooks.moveInvitations(tx, host, now),
  });
  const { readSlotOffer, refresh, countOpenStarts } = offers;
  const booking = createBooking({
    ...{ ...outside, bookingSigner, accessFor, disconnect },
    ...{ readSlotOffer, refresh, countOpenStarts },
  });
  const webhooks = createWebhooks(outside);
  const feeds = createFeeds(outside);
  const mail = await createMail({ ...outside, manageUrl: booking.manageUrl });
  const reseal = createReseal(base);
  const pruneAudit = createPruneAudit(store, config.AUDIT_RETENTION);
  return {
    ...outside,
    databaseUrl,
    adminToken,
    connect,
    sync,
    offers,
    booking,
    webhooks,
    feeds,
    mail,
    reseal,
    pruneAudit,
  };
}

/** The clock that this process shares with all others, and tells how far its machine's is from it. */
async function startClock(
  store: Store,
  metrics: Metrics,
  log: Log,
  onClose: (end: End) => void,
): Promise<Clock> {
  const clock = await startDatabaseClock({
    askDatabase: () => readDatabaseTime(store),
    onMeasured(skew, isTrusted) {
      metrics.clockSkew.set(skew / SECOND);
      metrics.clockTrusted.set(isTrusted ? 1 : 0);
    },
    log,
  });
  onClose(clock.close);
  return clock;
}
