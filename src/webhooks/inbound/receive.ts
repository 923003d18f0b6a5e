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

/** Largest body of a notification where the provider says nothing else. Bytes. */
const BODY_MAX = 1024 * 1024;

export interface Receiver {
  /**
   * Looks at a request's headers before its body is read. Refusals are counted.
   * @returns how many bytes its body may have, or the refusal
   */
  admit(provider: ProviderName, request: Omit<InboundRequest, 'body'>): { maxBody: number } | WebhookReply;
  /** A body that is longer than `admit` said: counted, and refused. */
  refuseBody(provider: ProviderName): WebhookReply;
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

  function refuseBody(provider: ProviderName): WebhookReply {
    count(provider, 'rejected');
    return { status: 413, headers: { ...TEXT, connection: 'close' }, body: 'The body is too large.\n' };
  }

  return {
    refuseBody,
    admit(provider, request) {
      const watch = providers.get(provider)?.watch;
      if (!watch) return { status: 404, headers: {}, body: '' };
      const maxBody = watch.maxBody ?? BODY_MAX;
      if (Number(request.headers['content-length'] ?? 0) > maxBody) return refuseBody(provider);
      try {
        watch.checkHeaders?.(request);
        return { maxBody };
      } catch (error) {
        if (!(error instanceof SlotwireError)) throw error;
        count(provider, 'rejected');
        return { status: 400, headers: TEXT, body: error.message };
      }
    },
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
