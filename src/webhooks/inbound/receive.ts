/** Receives change notifications. A request is acknowledged only once its notifications and their jobs are stored. */
import { withDeadline } from '../../async/deadline.ts';
import { SlotwireError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type {
  InboundRequest,
  ProviderName,
  Providers,
  ReceivedNotifications,
  WebhookReply,
} from '../../providers/port.ts';
import { createIntake, type IntakeDeps, STORE_TIMEOUT } from './intake.ts';

export interface Receiver {
  receive(provider: ProviderName, request: InboundRequest): Promise<WebhookReply>;
}

export interface ReceiverDeps extends IntakeDeps {
  providers: Providers;
  log: Log;
}

export function createReceiver(deps: ReceiverDeps): Receiver {
  const { providers, metrics, log } = deps;
  const intake = createIntake(deps);
  const count = (provider: ProviderName, verdict: string, many = 1) =>
    metrics.notifications.inc({ provider, verdict }, many);

  async function storeNotifications(
    provider: ProviderName,
    received: ReceivedNotifications,
    request: InboundRequest,
  ): Promise<void> {
    const { notifications, unrecognised = 0, storedHeaders } = received;
    if (unrecognised > 0) count(provider, 'rejected', unrecognised);
    if (notifications.length === 0) return;
    const headers = Object.fromEntries(
      storedHeaders.flatMap((name) => {
        const value = request.headers[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
    await withDeadline(STORE_TIMEOUT, undefined, (signal) =>
      intake.store(provider, { notifications, headers }, signal),
    );
  }

  return {
    async receive(provider, request) {
      const watch = providers.get(provider)?.watch;
      if (!watch) return { status: 404, headers: {}, body: '' };
      let received: ReceivedNotifications;
      try {
        received = watch.receive(request);
      } catch (error) {
        if (!(error instanceof SlotwireError)) throw error;
        count(provider, 'rejected');
        return { status: 400, headers: TEXT, body: error.message };
      }
      try {
        await storeNotifications(provider, received, request);
        return received.reply;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.error({ provider, reason }, 'notification not stored');
        count(provider, 'unavailable');
        return {
          status: 503,
          headers: { ...TEXT, 'retry-after': '5' },
          body: 'Not stored; please send it again.',
        };
      }
    },
  };
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };
