/** The room's composition: what sends mail, where a mail server is configured. */
import type { Config } from '../config.ts';
import type { JobQueue } from '../jobs/port.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Store } from '../store/client.ts';
import type { Clock, Instant } from '../time/clock.ts';
import type { ComposeDeps } from './compose.ts';
import { createMailDeliverer, createPruneMails, type MailDeliverer } from './deliver.ts';
import { readMailTemplates } from './templates.ts';

export interface MailRoomDeps {
  store: Store;
  jobs: JobQueue;
  manageUrl: ComposeDeps['manageUrl'];
  clock: Clock;
  metrics: Metrics;
  config: Pick<Config, 'SMTP_URL' | 'MAIL_FROM' | 'MAIL_TEMPLATES' | 'PUBLIC_URL' | 'DELIVERY_RETENTION'>;
  log: Log;
}

export interface MailRoom {
  /** The job that sends one mail; null: no mail server is configured. */
  mail: MailDeliverer['mail'] | null;
  sweepTasks: readonly ((now: Instant) => Promise<void>)[];
}

/** @throws StartError when the templates can't be used */
export async function createMail({ config, manageUrl, ...deps }: MailRoomDeps): Promise<MailRoom> {
  const { SMTP_URL: target, MAIL_FROM: from, PUBLIC_URL: publicUrl } = config;
  const prune = createPruneMails(deps.store, config.DELIVERY_RETENTION);
  if (!target || !from) return { mail: null, sweepTasks: [prune] };
  const templates = await readMailTemplates(config.MAIL_TEMPLATES);
  // What composes and sends mail is in memory only where there is a mail server.
  const [{ createComposeMail }, { createSendOverSmtp }] = await Promise.all([
    import('./compose.ts'),
    import('./smtp.ts'),
  ]);
  const deliverer = createMailDeliverer({
    ...deps,
    compose: createComposeMail({ templates, from, publicUrl, manageUrl }),
    send: createSendOverSmtp({ target, name: new URL(publicUrl).hostname.replace(/^\[.*$/, 'localhost') }),
  });
  return { mail: deliverer.mail, sweepTasks: [deliverer.sweep, prune] };
}
