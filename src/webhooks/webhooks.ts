/** The room's composition: incoming change notifications and invitations, outgoing messages about bookings. */
import type { Config } from '../config.ts';
import type { JobQueue } from '../jobs/port.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { GuardedFetch } from '../net/client.ts';
import type { Providers } from '../providers/port.ts';
import type { KeyRing } from '../secrets.ts';
import type { Store, Tx } from '../store/client.ts';
import type { Host } from '../store/rules/hosts.ts';
import type { Publisher } from '../sync/publisher.ts';
import type { Clock, Instant } from '../time/clock.ts';
import { createReceiver, type Receiver } from './inbound/receive.ts';
import { createReplay } from './inbound/replay.ts';
import { createInboundMail, type InboundMail } from './mail/mail.ts';
import { createInvitationRefresh } from './mail/refresh.ts';
import { createDeliverer, type Deliverer } from './outbound/deliver.ts';
import { createEndpoints } from './outbound/endpoints.ts';
import { createSendMessage } from './outbound/send.ts';
import type { Endpoints, ReplayDelivery } from './port.ts';

export interface WebhooksDeps {
  store: Store;
  providers: Providers;
  jobs: JobQueue;
  publisher: Pick<Publisher, 'change'>;
  fetch: GuardedFetch;
  keyRing: KeyRing;
  clock: Clock;
  metrics: Metrics;
  config: Pick<
    Config,
    'ALLOW_PRIVATE_NETWORK' | 'DELIVERY_RETENTION' | 'INBOUND_MAIL_SECRET' | 'SYNC_PAST' | 'SYNC_AHEAD'
  >;
  log: Log;
}

export interface Webhooks {
  /** Notifications of providers: headers first, then the body. */
  inbound: Receiver;
  replay: ReplayDelivery;
  /** Null: no mail relay shares a secret with this installation. */
  mail: InboundMail | null;
  endpoints: Endpoints;
  /** The job that sends one message to one endpoint. */
  deliver: Deliverer['deliver'];
  /** Places the times of the host's invitations in the host's new zone. The host must be locked. @returns stale cache keys */
  moveInvitations(tx: Tx, host: Host, now: Instant): Promise<string[]>;
  /** The room's tasks of the sweep. */
  sweepTasks: readonly ((now: Instant) => Promise<void>)[];
}

export function createWebhooks({ config, ...deps }: WebhooksDeps): Webhooks {
  const window = { past: config.SYNC_PAST, ahead: config.SYNC_AHEAD };
  const secret = config.INBOUND_MAIL_SECRET;
  const deliverer = createDeliverer({
    ...deps,
    send: createSendMessage(deps),
    retention: config.DELIVERY_RETENTION,
  });
  const replay = createReplay(deps);
  const invitations = createInvitationRefresh({ ...deps, window });
  return {
    inbound: createReceiver(deps),
    replay: async (organisation, id) => (await replay.run(id, organisation)).delivery,
    mail: secret ? createInboundMail({ ...deps, secret, window }) : null,
    endpoints: createEndpoints({ ...deps, allowPrivate: config.ALLOW_PRIVATE_NETWORK }),
    deliver: deliverer.deliver,
    moveInvitations: invitations.moveWithHost,
    sweepTasks: [deliverer.sweep, invitations.refreshDue],
  };
}
