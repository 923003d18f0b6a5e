/**
 * Delivers messages to webhook endpoints: signed, one at a time per endpoint, until they are accepted or have failed.
 */

import { parseRetryAfter } from '../../async/retry-after.ts';
import type { JobQueue } from '../../jobs/port.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { Store } from '../../store/client.ts';
import {
  type DeliveryOutcome,
  dueMessages,
  finishAttempt,
  type LeasedMessage,
  leaseNextMessage,
  postponeMessages,
  pruneMessages,
  releaseMessageLease,
} from '../../store/outbound/webhook-messages.ts';
import { type Clock, type Instant, MINUTE, SECOND } from '../../time/clock.ts';
import { nextAttemptAt } from './retries.ts';
import { type DeliveryResponse, SEALED, type SendMessage } from './send.ts';

/** How long a killed process blocks an endpoint; longer than any attempt, including the wait for the lease. */
const LEASE = 30 * SECOND;
/** How often the sweep looks for messages whose job was lost. */
const SWEEP_INTERVAL = 5 * SECOND;
const PRUNE_INTERVAL = MINUTE;
const BATCH_SIZE = 500;
const PRUNE_BATCH_SIZE = 1_000;
const GONE = 410;
/** When an endpoint whose secret no key opens is tried again, which costs no attempt: the receiver has refused nothing. */
const SEALED_RETRY = MINUTE;

export interface Deliverer {
  /** The job: sends the next message of the endpoint that `message` is for. */
  deliver(payload: { message: string }, signal: AbortSignal): Promise<void>;
  /** A task of the sweep: enqueues due messages and prunes old ones. */
  sweep(now: Instant): Promise<void>;
}

export interface DelivererDeps {
  store: Store;
  jobs: JobQueue;
  send: SendMessage;
  clock: Clock;
  metrics: Metrics;
  /** DELIVERY_RETENTION, milliseconds. */
  retention: number;
  log: Log;
}

export function createDeliverer(deps: DelivererDeps): Deliverer {
  const { store, jobs, send, clock, metrics, retention, log } = deps;
  const lastRun = { sweep: Number.NEGATIVE_INFINITY, prune: Number.NEGATIVE_INFINITY };

  function outcomeOf(
    response: DeliveryResponse,
    attempts: number,
    now: Instant,
  ): { outcome: DeliveryOutcome; error: string | null } {
    if ('status' in response && response.status >= 200 && response.status < 300) {
      return { outcome: { status: 'DELIVERED' }, error: null };
    }
    if ('status' in response && response.status === GONE) {
      return { outcome: { status: 'FAILED' }, error: 'The endpoint is gone: it answered 410.' };
    }
    const dueAt = nextAttemptAt(
      attempts,
      'status' in response ? parseRetryAfter(response.headers, now) : null,
      now,
    );
    return {
      outcome: dueAt === null ? { status: 'FAILED' } : { dueAt },
      error: 'status' in response ? `It answered ${response.status}.` : response.failure,
    };
  }

  /** Also enqueues the next message of the endpoint. */
  const recordAttempt = (
    message: LeasedMessage,
    response: DeliveryResponse,
    at: Instant,
    milliseconds: number,
  ) =>
    store.$transaction(async (tx) => {
      const now = clock.now();
      const { outcome: intended, error } = outcomeOf(response, message.attempts + 1, now);
      const responseStatus = 'status' in response ? response.status : null;
      const attempt = { at, responseStatus, error, milliseconds };
      const outcome = await finishAttempt(tx, message, attempt, intended, now);
      if (!outcome) return null;
      const retry =
        'dueAt' in outcome ? [{ ...deliverJob(message.id), runAt: outcome.dueAt, replaceRunAt: true }] : [];
      const waiting = await dueMessages(tx, now, 1, message.endpoint.id);
      await jobs.enqueue(tx, [...retry, ...waiting.map(deliverJob)]);
      return outcome;
    });

  return {
    async deliver({ message: messageId }, signal) {
      const at = clock.now();
      const message = await leaseNextMessage(store, messageId, at, LEASE);
      if (!message) return;
      let response: DeliveryResponse | typeof SEALED;
      try {
        response = await send(message, signal);
      } catch (error) {
        // After an internal failure the message is retried when its lease ends.
        if (!signal.aborted) throw error;
        // Whether the message arrived is unknown: a receiver recognises duplicates by the message's id.
        await store.$transaction(async (tx) => {
          await releaseMessageLease(tx, message);
          await jobs.enqueue(tx, [deliverJob(message.id)]);
        });
        return;
      }
      if (response === SEALED) {
        await postponeMessages(store, message, clock.now() + SEALED_RETRY);
        metrics.webhookDeliveries.inc({ outcome: 'sealed' });
        return;
      }
      const outcome = await recordAttempt(message, response, at, clock.now() - at);
      if (!outcome) return;
      const result = 'dueAt' in outcome ? 'retried' : RESULTS[outcome.status];
      metrics.webhookDeliveries.inc({ outcome: result });
      if (result === 'failed') {
        log.warn(
          { message: message.id, endpoint: message.endpoint.id },
          'webhook message failed, it is not sent again',
        );
      }
    },
    async sweep(now) {
      if (now - lastRun.sweep < SWEEP_INTERVAL) return;
      lastRun.sweep = now;
      await jobs.enqueue(store, (await dueMessages(store, now, BATCH_SIZE)).map(deliverJob));
      if (now - lastRun.prune < PRUNE_INTERVAL) return;
      lastRun.prune = now;
      await store.$transaction((tx) => pruneMessages(tx, now - retention, PRUNE_BATCH_SIZE));
    },
  };
}

/** Labels of the metric. */
const RESULTS = { DELIVERED: 'delivered', FAILED: 'failed', ERASED: 'erased' } as const;

export const deliverJob = (message: string) => ({
  task: 'deliver' as const,
  payload: { message },
  key: message,
});
