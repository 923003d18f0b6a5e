/** What the room needs of the others. */
import type { ChallengeConfig } from '../booking/challenge/widget-provider.ts';
import type { Limiter } from '../cache/port.ts';
import type { Config } from '../config.ts';
import type { Feeds } from '../feeds/feeds.ts';
import type { Providers } from '../providers/port.ts';
import type { Store } from '../store/client.ts';
import type { WorkerWatch } from '../sync/worker-presence.ts';
import type { Clock } from '../time/clock.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { ConnectRouteDeps } from './routes/connect.ts';
import type { GraphqlDeps } from './routes/graphql.ts';
import type { Health } from './routes/health.ts';

export interface HttpDeps
  extends Omit<
    GraphqlDeps,
    'connections' | 'bodies' | 'addressOf' | 'limits' | 'streams' | 'subscriptionsPerSocket' | 'headers'
  > {
  store: Store;
  clock: Clock;
  providers: Providers;
  connect: ConnectRouteDeps['connect'];
  webhooks: Pick<Webhooks, 'inbound' | 'mail'>;
  feeds: Pick<Feeds, 'links' | 'combined'>;
  workers: Pick<WorkerWatch, 'latest'>;
  health: Health;
  /** Over all processes. */
  limiter: Limiter;
  config: Pick<
    Config,
    | 'HOST'
    | 'PORT'
    | 'PUBLIC_URL'
    | 'REDIS_URL'
    | 'TRUSTED_PROXIES'
    | 'RATE_LIMIT_ANONYMOUS'
    | 'SOCKETS_PER_ADDRESS'
    | 'CONNECTIONS_PER_ADDRESS'
    | 'SUBSCRIPTIONS_PER_SOCKET'
    | 'TRUSTED_DOCUMENTS'
    | 'GRAPHIQL'
    | 'EMBED_ORIGINS'
    | 'METRICS_TOKEN'
    | 'METRICS_PORT'
  > &
    ChallengeConfig;
}
