/** The composition root: with core.ts the only file that names implementations. Starts a gateway and stops it in order. */
import { join } from 'node:path';
import { createBlocks } from './booking/blocks.ts';
import { createBooking } from './booking/booking.ts';
import { createDeleteHost } from './booking/delete-host.ts';
import { createBookingTokens } from './booking/tokens.ts';
import { createMemoryLimiter } from './cache/memory/limiter.ts';
import { startFault } from './cli/start-fault.ts';
import { type Core, type End, type GatewayOptions, startCore } from './core.ts';
import { createCombined } from './feeds/combined.ts';
import { createFeeds } from './feeds/feeds.ts';
import { createAuthenticate } from './graphql/authenticate.ts';
import { createKeyWatch } from './graphql/key-watch.ts';
import { createLimitStrict } from './graphql/limits.ts';
import type { Services } from './graphql/services.ts';
import { createAddressOf } from './http/address.ts';
import { createAddressLimits } from './http/limits.ts';
import { serveHttp } from './http/server.ts';
import { createStreams } from './http/streams/streams.ts';
import { startWorker } from './jobs/worker.ts';
import { createLive } from './live/live.ts';
import { createHealthLive } from './live/status/status.ts';
import { createBusy } from './offers/busy.ts';
import { createExplain } from './offers/explain.ts';
import { createReadOfferAt } from './offers/offer-at.ts';
import { createOffers } from './offers/query.ts';
import { createRulebook } from './offers/rulebook.ts';
import { createSources } from './offers/sources.ts';
import { createWhatIf } from './offers/what-if.ts';
import { defaultOrganisation } from './store/access/organisations.ts';
import { packageRoot } from './store/migrate.ts';
import { missingFor } from './store/readiness.ts';
import { SECOND } from './time/clock.ts';
import { createReceiver } from './webhooks/inbound/receive.ts';
import { createReplay } from './webhooks/inbound/replay.ts';
import { createInboundMail } from './webhooks/mail/mail.ts';
import { createEndpoints } from './webhooks/outbound/endpoints.ts';

/** Calendars pulled at once by one process. */
const PULLS_AT_ONCE = 8;
/** Webhook messages sent at once by one process, one to an endpoint: apart from pulls, for receivers may dawdle. */
const DELIVERIES_AT_ONCE = 8;
/** How often an open stream must give a sign of life; after two without, it is ended. */
const BEAT = 12 * SECOND;

export interface Gateway {
  /** What it listens on; empty without HTTP. */
  url: string;
  close(): Promise<void>;
}

/** @throws StartError when it can't start for a reason that an operator can mend. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const opened: End[] = [];
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

/** The core, then what this process does with it. @returns what it listens on; empty without HTTP */
async function start(options: GatewayOptions, onClose: (end: End) => void): Promise<string> {
  const core = await startCore(options, onClose);
  if (options.sync) await work(options, core, onClose);
  return options.http ? serve(options, core, onClose) : '';
}

/** Does what is due. */
async function work({ installation, log }: GatewayOptions, core: Core, onClose: (end: End) => void) {
  const { sync, writer, deliverer } = core;
  const url = installation.databaseUrl;
  const worker = await startWorker({
    url,
    handlers: { ...sync.handlers, write: ({ write }) => writer.write(write) },
    concurrency: PULLS_AT_ONCE,
    log,
  });
  onClose(worker.stop);
  const deliveries = await startWorker({
    url,
    handlers: { deliver: deliverer.deliver },
    concurrency: DELIVERIES_AT_ONCE,
    log,
  });
  onClose(deliveries.stop);
  sync.sweep.start();
  onClose(sync.sweep.stop);
}

/** Answers. */
async function serve({ config, log, installation }: GatewayOptions, core: Core, onClose: (end: End) => void) {
  const { clock, metrics, store, redis, cache, jobs, publisher, providers, connect, sync } = core;
  const { writer, planWrites, announce, changes, mailWindow } = core;
  const { keyRing } = installation;
  const { limiter } = redis;
  const defaultStaleAfter = 3 * Math.max(config.POLL_INTERVAL, config.POLL_INTERVAL_WATCHED);
  const sources = createSources(cache);
  const refresh = { calendars: sync.refresh, deadline: config.STRICT_DEADLINE };
  const offering = { sources, refresh, clock, defaultStaleAfter };
  const offers = createOffers(offering);
  const live = createLive({
    ...{ offers, topics: redis.topics, recent: redis.recent, clock, metrics, log },
    sources,
  });
  onClose(live.close);
  const health = createHealthLive({ store, topics: redis.topics, clock, metrics, log });
  onClose(health.close);
  const keys = createKeyWatch({ store, topics: redis.topics, clock, log });
  onClose(keys.close);
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
    health,
    feeds,
    blocks: createBlocks({ publisher }),
    rulebook: createRulebook(publisher),
    deleteHost: createDeleteHost({
      ...{ store, publisher, changes, disconnect, clock, log },
      write: writer.write,
    }),
    defaultStaleAfter,
    limitStrict: createLimitStrict({ limiter, limit: config.RATE_LIMIT_STRICT, metrics }),
    keys,
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
        clock,
      }),
      addressOf: createAddressOf(config.TRUSTED_PROXIES),
      limits: createAddressLimits({
        limiter: createMemoryLimiter({ clock }),
        operations: config.RATE_LIMIT_ANONYMOUS,
        sockets: config.SOCKETS_PER_ADDRESS,
        metrics,
      }),
      keys,
      streams: createStreams({ metrics, interval: BEAT }),
      subscriptionsPerSocket: config.SUBSCRIPTIONS_PER_SOCKET,
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
