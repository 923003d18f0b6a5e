/** What every process of Slotwire has, whatever it does: storage, cache, jobs, providers, and the rooms that work on them. */
import { createAnnounce } from './booking/announce.ts';
import { createBookingChanges } from './booking/change.ts';
import { createExpireHolds } from './booking/release.ts';
import { createPlanWrites } from './booking/writes/plan.ts';
import { createWriter } from './booking/writes/write.ts';
import { createMemoryCache } from './cache/memory/cache.ts';
import { bellKey } from './cache/port.ts';
import { createReadThrough } from './cache/read-through.ts';
import { createRedisCache } from './cache/redis/cache.ts';
import type { Installation } from './cli/installation.ts';
import type { Config } from './config.ts';
import { createConnect } from './connect/connect.ts';
import { createResealFeeds } from './feeds/reseal.ts';
import { installJobs } from './jobs/install.ts';
import { createJobQueue } from './jobs/queue.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { createGuardedClient } from './net/client.ts';
import { createPublished, createTruth, fits } from './offers/cache-loader.ts';
import { createReader } from './providers/ical-reader/reader.ts';
import { createProviders } from './providers/registry.ts';
import { closeStore, createStore } from './store/client.ts';
import { migrate } from './store/migrate.ts';
import { announceGateway } from './store/presence.ts';
import { createPublisher } from './sync/publisher.ts';
import { createSync } from './sync/sync.ts';
import { type Clock, MINUTE, systemClock } from './time/clock.ts';
import { createSlideInvitations } from './webhooks/mail/slide.ts';
import { createDeliverer } from './webhooks/outbound/deliver.ts';
import { createReseal } from './webhooks/outbound/reseal.ts';
import { createSend } from './webhooks/outbound/send.ts';

/** How long a cached value lives unless it is replaced: an outdated one that a race left behind, no longer. */
const CACHE_TTL = 10 * MINUTE;
/** Values that the in-process cache holds. */
const MEMORY_ENTRIES = 100_000;

export interface GatewayOptions {
  config: Config;
  log: Log;
  installation: Pick<Installation, 'databaseUrl' | 'keyRing' | 'adminToken'>;
  /** Does it serve the API? */
  http: boolean;
  /** Does it pull calendars? */
  sync: boolean;
  clock?: Clock;
}

/** Ends one part of a gateway. */
export type End = () => Promise<unknown> | unknown;

export type Core = Awaited<ReturnType<typeof startCore>>;

/** `onClose` takes what ends each part; the last part started ends first. */
export async function startCore(options: GatewayOptions, onClose: (end: End) => void) {
  const { config, log, installation, clock = systemClock } = options;
  const { databaseUrl, keyRing } = installation;
  await migrate(databaseUrl, { log });
  await installJobs(databaseUrl);
  onClose(await announceGateway(databaseUrl, { shared: config.REDIS_URL !== undefined }));

  const metrics = createMetrics();
  const store = createStore(databaseUrl, { log });
  onClose(() => closeStore(store));
  const redis = config.REDIS_URL
    ? await createRedisCache({ url: config.REDIS_URL, log })
    : createMemoryCache({ clock, maxEntries: MEMORY_ENTRIES, log });
  onClose(redis.close);

  const load = createTruth(store, clock);
  const cache = createReadThrough({
    cache: redis.cache,
    topics: redis.topics,
    load,
    fits,
    ttl: CACHE_TTL,
    metrics,
    log,
  });
  const jobs = createJobQueue();
  const publisher = createPublisher({
    ...{ store, jobs, clock, log },
    load: createPublished(store, load),
    announce: cache.publish,
  });
  const allowPrivate = config.ALLOW_PRIVATE_NETWORK;
  const fetch = createGuardedClient({ allowPrivate });
  const providers = createProviders(config, {
    fetch,
    reader: createReader(),
    allowPrivate,
    clock,
  });
  const { limiter } = redis;
  const connect = createConnect({ store, providers, jobs, limiter, publisher, keyRing, clock, config, log });
  const deliverer = createDeliverer({
    store,
    jobs,
    send: createSend({ fetch, keyRing, clock, log }),
    clock,
    metrics,
    retention: config.DELIVERY_RETENTION,
    log,
  });
  const planWrites = createPlanWrites({ jobs });
  const announce = createAnnounce({ jobs, publicUrl: config.PUBLIC_URL });
  const changes = createBookingChanges({ planWrites, announce });
  const { accessFor } = connect;
  const mailWindow = { past: config.SYNC_PAST, ahead: config.SYNC_AHEAD };
  const writer = createWriter({ store, providers, jobs, accessFor, publisher, changes, clock, log });
  const sync = createSync({
    store,
    providers,
    jobs,
    publisher,
    accessFor,
    clock,
    config,
    metrics,
    log,
    ring(calendar) {
      redis.topics
        .ring([{ key: bellKey.channels(calendar), version: 0 }])
        .catch((error: unknown) => log.warn({ err: error, calendar }, 'a watch channel was not told of'));
    },
    duties: [
      createReseal({ store, keyRing, log }),
      createResealFeeds({ store, keyRing, log }),
      deliverer.look,
      writer.sweep,
      createExpireHolds({ store, retention: config.HISTORY_RETENTION }),
      createSlideInvitations({ store, publisher, window: mailWindow, log }),
    ],
  });
  onClose(sync.close);
  return {
    ...{ clock, metrics, store, redis, cache, jobs, publisher, providers, connect, sync },
    ...{ deliverer, writer, planWrites, announce, changes, mailWindow },
  };
}
