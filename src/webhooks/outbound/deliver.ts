/** Sends messages to webhook endpoints, signed, one at a time to each, until they are taken or given up. */

import { parseRetryAfter } from '../../async/retry-after.ts';
import type { JobQueue } from '../../jobs/port.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { Store } from '../../store/client.ts';
import {
  dueMessages,
  type LeasedMessage,
  leaseNext,
  type Outcome,
  pruneMessages,
  returnLease,
  settleTry,
} from '../../store/outbound/webhook-messages.ts';
import { type Clock, type Instant, MINUTE, SECOND } from '../../time/clock.ts';
import { nextTryAt } from './retries.ts';
import type { Answer, Send } from './send.ts';

/** So long a killed process holds an endpoint up; by then a try is long over, the wait for the lease included. */
const LEASE = 30 * SECOND;
/** Jobs bring messages out in time; only what they could not is found here. */
const LOOK_EVERY = 5 * SECOND;
const TIDY_EVERY = MINUTE;
const MOST = 500;
const PRUNED_AT_ONCE = 1_000;
const GONE = 410;
/** What was sent must be known to be sent, even when the database is busy. */
const TRANSACTION = { maxWait: 10 * SECOND, timeout: 20 * SECOND };

export interface Deliverer {
  /** The job: sends the next message of the endpoint that `message` goes to. */
  deliver(payload: { message: string }, signal: AbortSignal): Promise<void>;
  /** For the sweep: enqueues what is due, and prunes what ended long ago. */
  look(now: Instant): Promise<void>;
}

export interface DelivererDeps {
  store: Store;
  jobs: JobQueue;
  send: Send;
  clock: Clock;
  metrics: Metrics;
  /** DELIVERY_RETENTION, milliseconds. */
  retention: number;
  log: Log;
}

export function createDeliverer(deps: DelivererDeps): Deliverer {
  const { store, jobs, send, clock, metrics, retention, log } = deps;
  const last = { look: Number.NEGATIVE_INFINITY, tidy: Number.NEGATIVE_INFINITY };

  function outcomeOf(
    answer: Answer,
    tries: number,
    now: Instant,
  ): { outcome: Outcome; error: string | null } {
    if ('status' in answer && answer.status >= 200 && answer.status < 300) {
      return { outcome: { status: 'DELIVERED' }, error: null };
    }
    if ('status' in answer && answer.status === GONE) {
      return { outcome: { status: 'FAILED' }, error: 'The endpoint is gone: it answered 410.' };
    }
    const dueAt = nextTryAt(tries, 'status' in answer ? parseRetryAfter(answer.headers, now) : null, now);
    return {
      outcome: dueAt === null ? { status: 'FAILED' } : { dueAt },
      error: 'status' in answer ? `It answered ${answer.status}.` : answer.failure,
    };
  }

  /** And rings for whatever waited behind this message. */
  const settle = (message: LeasedMessage, answer: Answer, at: Instant, milliseconds: number) =>
    store.$transaction(async (tx) => {
      const now = clock.now();
      const { outcome, error } = outcomeOf(answer, message.attempts + 1, now);
      const responseStatus = 'status' in answer ? answer.status : null;
      const attempt = { at, responseStatus, error, milliseconds };
      if (!(await settleTry(tx, message, attempt, outcome, now))) return null;
      const again = 'dueAt' in outcome ? [{ ...job(message.id), runAt: outcome.dueAt, moves: true }] : [];
      const behind = await dueMessages(tx, now, 1, message.endpoint.id);
      await jobs.enqueue(tx, [...again, ...behind.map(job)]);
      return outcome;
    }, TRANSACTION);

  return {
    async deliver({ message: asked }, signal) {
      const at = clock.now();
      const message = await leaseNext(store, asked, at, LEASE);
      if (!message) return;
      let answer: Answer;
      try {
        answer = await send(message, signal);
      } catch (error) {
        // What failed for a reason of ours is taken up once the lease is over.
        if (!signal.aborted) throw error;
        // Nobody knows whether it arrived; its id tells a receiver that gets it twice.
        await store.$transaction(async (tx) => {
          await returnLease(tx, message);
          await jobs.enqueue(tx, [job(message.id)]);
        });
        return;
      }
      const outcome = await settle(message, answer, at, clock.now() - at);
      if (!outcome) return;
      const what = 'dueAt' in outcome ? 'retried' : outcome.status === 'DELIVERED' ? 'delivered' : 'failed';
      metrics.webhookDeliveries.inc({ outcome: what });
      if (what === 'failed') {
        log.warn({ message: message.id, endpoint: message.endpoint.id }, 'webhook message given up');
      }
    },
    async look(now) {
      if (now - last.look < LOOK_EVERY) return;
      last.look = now;
      await jobs.enqueue(store, (await dueMessages(store, now, MOST)).map(job));
      if (now - last.tidy < TIDY_EVERY) return;
      last.tidy = now;
      await store.$transaction((tx) => pruneMessages(tx, now - retention, PRUNED_AT_ONCE));
    },
  };
}

const job = (message: string) => ({ task: 'deliver' as const, payload: { message }, key: message });
