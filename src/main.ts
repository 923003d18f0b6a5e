/** The composition root: the only file that names implementations. Starts a gateway and stops it in order. */
import { join } from 'node:path';
import { createAnnounce } from './booking/announce.ts';
import { createBlocks } from './booking/blocks.ts';
import { createBooking } from './booking/booking.ts';
import { createBookingChanges } from './booking/change.ts';
import { createDeleteHost } from './booking/delete-host.ts';
import { createExpireHolds } from './booking/release.ts';
import { createBookingTokens } from './booking/tokens.ts';
import { createWriter } from './booking/write.ts';
import { createPlanWrites } from './booking/writes.ts';
import { createMemoryLimiter } from './cache/limiter-memory.ts';
import { createMemoryCache } from './cache/memory.ts';
import { createReadThrough } from './cache/read-through.ts';
import { createRedisCache } from './cache/redis.ts';
import type { Installation } from './cli/installation.ts';
import { startFault } from './cli/start-fault.ts';
import { type Clock, MINUTE, systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { createConnect } from './connect/connect.ts';
import { createCombined } from './feeds/combined.ts';
import { createFeeds } from './feeds/feeds.ts';
import { createResealFeeds } from './feeds/reseal.ts';
import { createAuthenticate } from './graphql/authenticate.ts';
import { createLimitStrict } from './graphql/limits.ts';
import type { Services } from './graphql/powers.ts';
import { createAddressOf } from './http/address.ts';
import { createAddressLimits } from './http/limits.ts';
import { serveHttp } from './http/server.ts';
import { installJobs } from './jobs/install.ts';
import { createJobQueue } from './jobs/queue.ts';
import { startWorker } from './jobs/worker.ts';
import { createLive } from './live/live.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { createGuardedClient } from './net/client.ts';
import { createOffers } from './offers/availability.ts';
import { createBusy } from './offers/busy.ts';
import { createExplain } from './offers/explain.ts';
import { createReadOfferAt } from './offers/offer-at.ts';
import { createRulebook } from './offers/rulebook.ts';
import { createSources } from './offers/sources.ts';
import { createPublished, createTruth, fits } from './offers/truth.ts';
import { createWhatIf } from './offers/what-if.ts';
import { createReader } from './providers/reader.ts';
import { createProviders } from './providers/registry.ts';
import { closeStore, createStore } from './store/client.ts';
import { migrate, packageRoot } from './store/migrate.ts';
import { defaultOrganisation } from './store/organisations.ts';
import { announceGateway } from './store/presence.ts';
import { missingFor } from './store/readiness.ts';
import { createPublisher } from './sync/publish.ts';
import { createSync } from './sync/sync.ts';
import { createDeliverer } from './webhooks/deliver.ts';
import { createEndpoints } from './webhooks/endpoints.ts';
import { createInboundMail } from './webhooks/mail.ts';
import { createSlideInvitations } from './webhooks/mail-slide.ts';
import { createReceiver } from './webhooks/receive.ts';
import { createReplay } from './webhooks/replay.ts';
import { createReseal } from './webhooks/reseal.ts';
import { createSend } from './webhooks/send.ts';

/** How long a cached value lives unless it is replaced: an outdated one that a race left behind, no longer. */
const CACHE_TTL = 10 * MINUTE;
/** Values that the in-process cache holds. */
const MEMORY_ENTRIES = 100_000;
/** Calendars pulled at once by one process. */
const PULLS_AT_ONCE = 8;
/** Webhook messages sent at once by one process, one to an endpoint: apart from pulls, for receivers may dawdle. */
const DELIVERIES_AT_ONCE = 8;

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

export interface Gateway {
  /** What it listens on; empty without HTTP. */
  url: string;
  close(): Promise<void>;
}

/** @throws StartError when it can't start for a reason that an operator can mend. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const opened: (() => Promise<unknown> | unknown)[] = [];
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    const url = await start(options, (end) => opened.push(end));
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** `onClose` takes what ends each part; the last part started ends first. */
async function start(options: GatewayOptions, onClose: (end: () => Promise<unknown> | unknown) => void) {
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
  const providers = createProviders(config, {
    fetch: createGuardedClient({ allowPrivate }),
    reader: createReader(),
    allowPrivate,
    clock,
  });
  const { limiter } = redis;
  const connect = createConnect({ store, providers, jobs, limiter, publisher, keyRing, clock, config, log });
  const deliverer = createDeliverer({
    store,
    jobs,
    send: createSend({
      fetch: createGuardedClient({ allowPrivate: config.ALLOW_PRIVATE_NETWORK }),
      ...{ keyRing, clock, log },
    }),
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
    duties: [
      createReseal({ store, keyRing, log }),
      createResealFeeds({ store, keyRing, log }),
      deliverer.look,
      writer.sweep,
      createExpireHolds({ store, retention: config.HISTORY_RETENTION }),
      createSlideInvitations({ store, publisher, window: mailWindow, log }),
    ],
  });

  if (options.sync) {
    const worker = await startWorker({
      url: databaseUrl,
      handlers: { ...sync.handlers, write: ({ write }) => writer.write(write) },
      concurrency: PULLS_AT_ONCE,
      log,
    });
    onClose(worker.stop);
    const deliveries = await startWorker({
      url: databaseUrl,
      handlers: { deliver: deliverer.deliver },
      concurrency: DELIVERIES_AT_ONCE,
      log,
    });
    onClose(deliveries.stop);
    sync.sweep.start();
    onClose(sync.sweep.stop);
  }
  if (!options.http) return '';

  const defaultStaleAfter = 3 * Math.max(config.POLL_INTERVAL, config.POLL_INTERVAL_WATCHED);
  const sources = createSources(cache);
  const refresh = { calendars: sync.refresh, deadline: config.STRICT_DEADLINE };
  const offering = { sources, refresh, clock, defaultStaleAfter };
  const offers = createOffers(offering);
  const live = createLive({ offers, topics: redis.topics, clock, metrics, log });
  onClose(live.close);
  const replay = createReplay({ store, jobs, clock });
  const endpoints = createEndpoints({ store, keyRing, clock, allowPrivate: config.ALLOW_PRIVATE_NETWORK });
  const bookings = createBooking({
    store,
    publisher,
    readOfferAt: createReadOfferAt({ defaultStaleAfter }),
    refresh,
    changes,
    planWrites,
    announce,
    tokens: createBookingTokens(keyRing),
    clock,
    holdTtl: config.HOLD_TTL,
  });
  const feeds = createFeeds({
    store,
    keyRing,
    clock,
    limiter,
    limit: config.RATE_LIMIT_ANONYMOUS,
    publicUrl: config.PUBLIC_URL,
  });
  const combined = createCombined({
    store,
    clock,
    past: config.SYNC_PAST,
    ahead: config.SYNC_AHEAD,
    retention: config.HISTORY_RETENTION,
  });
  const disconnect = (organisation: string, account: string) =>
    connect.disconnect(organisation, account, sync.closeChannels);
  const services: Services = {
    store,
    clock,
    offers,
    bookings,
    busy: createBusy(offering),
    explain: createExplain({ ...offering, store, retention: config.HISTORY_RETENTION }),
    whatIf: createWhatIf({ ...offering, store }),
    live,
    feeds,
    blocks: createBlocks({ publisher }),
    rulebook: createRulebook(publisher),
    deleteHost: createDeleteHost({
      ...{ store, publisher, changes, disconnect, clock, log },
      write: writer.write,
    }),
    defaultStaleAfter,
    limitStrict: createLimitStrict({ limiter, limit: config.RATE_LIMIT_STRICT, metrics }),
    connect: {
      start: connect.start,
      refreshAccount: connect.refreshAccount,
      selectCalendar: connect.selectCalendar,
      connectOrganisation: connect.connectOrganisation,
      connectSecret: connect.connectSecret,
      attachHost: connect.attachHost,
      disconnect,
    },
    webhooks: {
      replay: async (organisation, id) => (await replay.run(id, organisation)).delivery,
      createEndpoint: endpoints.create,
      deleteEndpoint: endpoints.delete,
    },
    sync: { refresh: sync.refresh, deadline: config.STRICT_DEADLINE, watch: sync.watch },
  };
  const mailSecret = config.INBOUND_MAIL_SECRET;
  const receiver = createReceiver({ store, providers, jobs, clock, metrics, log });
  const server = await serveHttp(
    {
      services,
      authenticate: createAuthenticate({
        store,
        adminToken: installation.adminToken,
        defaultOrganisation: await defaultOrganisation(store),
      }),
      addressOf: createAddressOf(config.TRUSTED_PROXIES),
      limits: createAddressLimits({
        limiter: createMemoryLimiter({ clock }),
        operations: config.RATE_LIMIT_ANONYMOUS,
        sockets: config.SOCKETS_PER_ADDRESS,
        metrics,
      }),
      providers: [...providers.values()].filter(({ oauth, watch }) => oauth || watch).map(({ name }) => name),
      receive: receiver.receive,
      redirect: connect.redirect,
      finish: connect.finish,
      feeds,
      combined,
      mail: mailSecret
        ? createInboundMail({ store, publisher, clock, secret: mailSecret, window: mailWindow, log })
        : null,
      ready: () => missingFor(store),
      metrics,
      publicUrl: config.PUBLIC_URL,
      web: join(packageRoot(), 'dist', 'web'),
      log,
    },
    config.HOST,
    config.PORT,
  ).catch((error) => {
    throw startFault(error, config.HOST, config.PORT, 'PORT');
  });
  onClose(server.close);
  return server.url;
}
