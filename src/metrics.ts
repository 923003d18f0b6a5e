/** The Prometheus metrics. Each process has one registry, which is passed in. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    buildInfo: new Gauge({
      name: 'slotwire_build_info',
      help: 'Always 1: the version of this process, and what it does (gateway, worker, gateway and worker).',
      labelNames: ['version', 'role'] as const,
      registers,
    }),
    zoneData: new Gauge({
      name: 'slotwire_zone_data_info',
      help: 'Always 1: the zone data of this process by source (operator, system, bundled, node) and version.',
      labelNames: ['source', 'version'] as const,
      registers,
    }),
    zoneDataReleased: new Gauge({
      name: 'slotwire_zone_data_release_timestamp_seconds',
      help: 'When that zone data was released, seconds since 1970.',
      registers,
    }),
    clockSkew: new Gauge({
      name: 'slotwire_clock_skew_seconds',
      help: "How far the clock of this process's machine is ahead of the database's; measured every 10 seconds.",
      registers,
    }),
    clockTrusted: new Gauge({
      name: 'slotwire_clock_trusted',
      help: '1 while that is less than 2 seconds; 0 while this process proves no calendar for that reason.',
      registers,
    }),
    unhandledRejections: new Counter({
      name: 'slotwire_unhandled_rejections_total',
      help: 'Rejected promises that no code awaited. Each is logged, and the process goes on.',
      registers,
    }),
    workerRestarts: new Counter({
      name: 'slotwire_worker_restarts_total',
      help: 'Job runners of this process that ended by themselves, as when a connection to the database was lost, and were started again.',
      registers,
    }),
    workers: new Gauge({
      name: 'slotwire_workers',
      help: 'Processes that take jobs, seen in the last 35 seconds, by the database.',
      registers,
    }),
    workerSeen: new Gauge({
      name: 'slotwire_worker_seen_seconds',
      help: 'How long ago any process that takes jobs was seen; NaN when none is known.',
      registers,
    }),
    databaseConnectionsLost: new Counter({
      name: 'slotwire_database_connections_lost_total',
      help: "Connections of this process's pool to the database that were lost. They are replaced.",
      registers,
    }),
    connectionsClosed: new Counter({
      name: 'slotwire_connections_closed_total',
      help: 'Connections that were closed by reason: not read (its reader took next to nothing of what waited for 30 seconds), unread budget (more than 64 MiB waited over all connections).',
      labelNames: ['reason'] as const,
      registers,
    }),
    httpSeconds: new Histogram({
      name: 'slotwire_http_request_seconds',
      help: 'From the head of a request to the end of its answer, by route and status class; sockets, event streams and questions that wait for another answer are not in it.',
      labelNames: ['route', 'status'] as const,
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    bookingOutcomes: new Counter({
      name: 'slotwire_booking_outcomes_total',
      help: 'What holding, confirming, moving, cancelling and reassigning came to: SlotHold, Booking, a refusal by its type in the API, or error.',
      labelNames: ['operation', 'outcome'] as const,
      registers,
    }),
    notifications: new Counter({
      name: 'slotwire_notifications_total',
      help: 'Change notifications by provider and verdict (accepted, duplicate, ignored, rejected, unavailable).',
      labelNames: ['provider', 'verdict'] as const,
      registers,
    }),
    lostNotifications: new Counter({
      name: 'slotwire_lost_notifications_total',
      help: 'Polls that changed what is stored of a calendar although its watch channel was open since before the pull before, and no notification came between the start of that pull and 3 minutes after the poll. Full pulls, changes that a refresh or a notification brought, and silences that a process did not live to decide are not counted.',
      labelNames: ['provider'] as const,
      registers,
    }),
    pulls: new Counter({
      name: 'slotwire_pulls_total',
      help: 'Pulls by provider, kind (full, incremental) and outcome (applied, failed, fenced).',
      labelNames: ['provider', 'kind', 'outcome'] as const,
      registers,
    }),
    pullFailures: new Counter({
      name: 'slotwire_pull_failures_total',
      help: 'Failed pulls by provider and reason (auth-revoked, sealed, rejected, rate-limited, transient, cursor-expired, watch-not-supported).',
      labelNames: ['provider', 'reason'] as const,
      registers,
    }),
    pullSeconds: new Histogram({
      name: 'slotwire_pull_seconds',
      help: 'Duration of one pull, provider and database included.',
      labelNames: ['provider'] as const,
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    webhookDeliveries: new Counter({
      name: 'slotwire_webhook_deliveries_total',
      help: 'Tries to deliver a message to a webhook endpoint by outcome (delivered, retried, failed; erased: failed, and not tried again as its person was erased; sealed: no key of ENCRYPTION_KEYS opens the secret).',
      labelNames: ['outcome'] as const,
      registers,
    }),
    mails: new Counter({
      name: 'slotwire_mails_total',
      help: 'Tries to hand a mail to the mail server by kind (booked, moved, cancelled, reminder, verification; requested, request_changed, withdrawn, accepted, declined) and outcome (sent, retried, failed).',
      labelNames: ['kind', 'outcome'] as const,
      registers,
    }),
    cacheReads: new Counter({
      name: 'slotwire_cache_reads_total',
      help: 'Keys read from the cache by result (hit, miss).',
      labelNames: ['result'] as const,
      registers,
    }),
    answers: new Counter({
      name: 'slotwire_answers_total',
      help: 'Answers to the public about availability: kept (made within the last second for an equal request), shared (made for an equal request at the same time), computed.',
      labelNames: ['source'] as const,
      registers,
    }),
    cacheMixUps: new Counter({
      name: 'slotwire_cache_mix_ups_total',
      help: 'Values that the cache answered for another key than the one asked for: they count as misses.',
      registers,
    }),
    challenges: new Counter({
      name: 'slotwire_challenges_total',
      help: 'Challenges of holds by outcome: asked, solved, refused for a solution that was wrong, expired, used or of another event type, and unchecked when the provider gave no verdict.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    rateLimited: new Counter({
      name: 'slotwire_rate_limited_total',
      help: 'Refusals by limit (operations, sockets, subscriptions, strict, feeds, holds, bookings, codes: of the public; keys: of a key).',
      labelNames: ['limit'] as const,
      registers,
    }),
    subscriptions: new Gauge({
      name: 'slotwire_subscriptions',
      help: 'Open subscriptions of this process.',
      registers,
    }),
    streams: new Gauge({
      name: 'slotwire_streams',
      help: 'Open sockets, event streams and waiting requests of this process by transport (websocket, sse, long poll).',
      labelNames: ['transport'] as const,
      registers,
    }),
    streamsEnded: new Counter({
      name: 'slotwire_streams_ended_total',
      help: 'Streams that this process ended by reason (silent, too slow, too many requests, forbidden, going away, protocol, failed).',
      labelNames: ['reason'] as const,
      registers,
    }),
  };
}
