/**
 * Sends mails that are due, each under a lease. A mail is sent again when the mail server was away or put it off, and when the
 * process ended before it had the server's answer: then the same mail, by its Message-ID, may arrive twice.
 *
 *     PENDING ──▶ the server takes it: SENT
 *        ▲   ├──▶ refuses it (5xx), or it is not worth sending any more: FAILED
 *        │   └──▶ is away, or puts it off (4xx) ─┐        erased meanwhile: ERASED
 *        └───────────── later ◀─────────────────┘
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Backoff, backoffDelay } from '../async/backoff.ts';
import { LeaseLostError, withLease } from '../async/lease.ts';
import type { JobQueue } from '../jobs/port.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Store } from '../store/client.ts';
import {
  dueMails,
  finishMail,
  type LeasedMail,
  leaseMail,
  type MailResult,
  pruneMails,
  releaseMailLease,
  renewMailLease,
} from '../store/outbound/mails.ts';
import { type Clock, type Instant, MINUTE, SECOND } from '../time/clock.ts';
import type { ComposeMail } from './compose.ts';
import type { SendOverSmtp, SmtpAnswer } from './smtp.ts';

/** How long a killed process keeps a mail from others, and how long the database may be away while a mail is sent. */
const LEASE = MINUTE;
const RENEW_INTERVAL = 10 * SECOND;
/** Longer than any conversation with a mail server. */
const STALL_AFTER = 10 * MINUTE;
const BACKOFF: Backoff = { first: 30 * SECOND, max: 10 * MINUTE, jitter: 0.25 };
/** Some 30 seconds in all, within what is left of the lease. */
const STORE_BACKOFF: Backoff = { first: 500, max: 8 * SECOND, jitter: 0.25 };
const STORE_RETRIES = 6;
const SWEEP_INTERVAL = 5 * SECOND;
const PRUNE_INTERVAL = MINUTE;
const BATCH_SIZE = 500;
const PRUNE_BATCH_SIZE = 1_000;

export interface MailDeliverer {
  /** The job: sends one mail, if it is due. */
  mail(payload: { mail: string }, signal: AbortSignal): Promise<void>;
  /** A task of the sweep: enqueues due mails. */
  sweep(now: Instant): Promise<void>;
}

export interface MailDelivererDeps {
  store: Store;
  jobs: JobQueue;
  compose: ComposeMail;
  send: SendOverSmtp;
  clock: Clock;
  metrics: Pick<Metrics, 'mails'>;
  log: Log;
}

export function createMailDeliverer(deps: MailDelivererDeps): MailDeliverer {
  const { store, jobs, compose, send, clock, metrics, log } = deps;
  let lastSweep = Number.NEGATIVE_INFINITY;

  function outcomeOf(mail: LeasedMail, answer: SmtpAnswer, now: Instant): MailResult {
    if (answer.is === 'accepted') return { status: 'SENT', code: 250, error: null };
    const { code, reason: error } = answer;
    if (answer.is === 'refused') return { status: 'FAILED', code, error };
    const dueAt = Math.ceil(now + backoffDelay(BACKOFF, mail.attempts));
    return dueAt < mail.expiresAt ? { dueAt, code, error } : { status: 'FAILED', code, error };
  }

  /** Also enqueues the booking's next mail, which waited for this one. @returns false when the lease was lost */
  const storeOutcome = (mail: LeasedMail, outcome: MailResult) =>
    store.$transaction(async (tx) => {
      const now = clock.now();
      if (!(await finishMail(tx, mail, outcome, now))) return false;
      const retry =
        'dueAt' in outcome ? [{ ...mailJob(mail.id), runAt: outcome.dueAt, replaceRunAt: true }] : [];
      const waiting = mail.booking === null ? [] : await dueMails(tx, now, BATCH_SIZE, mail.booking);
      await jobs.enqueue(tx, [...retry, ...waiting.map(mailJob)]);
      return true;
    });

  /** The server has the mail or not, so its answer must be stored though the database is away for a moment: the lease lasts as long. */
  async function storeOrRetry(mail: LeasedMail, outcome: MailResult): Promise<boolean> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await storeOutcome(mail, outcome);
      } catch (error) {
        if (attempt >= STORE_RETRIES) throw error;
        log.warn({ err: error, mail: mail.id }, 'outcome of a mail not stored, it is tried again');
        await pause(backoffDelay(STORE_BACKOFF, attempt));
      }
    }
  }

  async function conclude(mail: LeasedMail, outcome: MailResult) {
    if (!(await storeOrRetry(mail, outcome))) return;
    const result = 'dueAt' in outcome ? 'retried' : outcome.status === 'SENT' ? 'sent' : 'failed';
    metrics.mails.inc({ kind: mail.kind.toLowerCase(), outcome: result });
    const context = { mail: mail.id, kind: mail.kind, code: outcome.code };
    if (result === 'failed') log.warn(context, 'mail failed, it is not sent again');
    if (result === 'retried') log.warn(context, 'mail server did not take a mail, it is tried again');
  }

  async function sendUnderLease(mail: LeasedMail, signal: AbortSignal): Promise<SmtpAnswer> {
    const { id } = mail;
    return withLease(
      {
        renew: () => renewMailLease(store, mail, clock.now() + LEASE),
        ...{ every: RENEW_INTERVAL, stallAfter: STALL_AFTER, signal, log, subject: { mail: id } },
      },
      async (leased) => send(await compose(mail), leased),
    );
  }

  return {
    async mail({ mail: id }, signal) {
      const now = clock.now();
      const mail = await leaseMail(store, id, now, now + LEASE);
      if (!mail) return;
      if (now >= mail.expiresAt) {
        await conclude(mail, { status: 'FAILED', code: null, error: 'It could not be sent in time.' });
        return;
      }
      let answer: SmtpAnswer;
      try {
        answer = await sendUnderLease(mail, signal);
      } catch (error) {
        if (error instanceof LeaseLostError) return;
        if (signal.aborted) {
          await store.$transaction(async (tx) => {
            await releaseMailLease(tx, mail);
            await jobs.enqueue(tx, [mailJob(id)]);
          });
          return;
        }
        // A mail that can't be composed is tried again too: an operator can mend the templates.
        log.error({ err: error, mail: id, kind: mail.kind }, 'mail could not be composed, it is tried again');
        answer = { is: 'unavailable', code: null, reason: 'It could not be composed.' };
      }
      await conclude(mail, outcomeOf(mail, answer, clock.now()));
    },

    async sweep(now) {
      if (now - lastSweep < SWEEP_INTERVAL && now >= lastSweep) return;
      lastSweep = now;
      await jobs.enqueue(store, (await dueMails(store, now, BATCH_SIZE)).map(mailJob));
    },
  };
}

const mailJob = (mail: string) => ({ task: 'mail' as const, payload: { mail }, key: mail });

/** A task of the sweep, of every process, also where no mail is sent any more: deletes mails that ended longer ago than `retention`. */
export function createPruneMails(store: Store, retention: number): (now: Instant) => Promise<void> {
  let lastPrune = Number.NEGATIVE_INFINITY;
  return async (now) => {
    if (now - lastPrune < PRUNE_INTERVAL && now >= lastPrune) return;
    lastPrune = now;
    await pruneMails(store, now - retention, PRUNE_BATCH_SIZE);
  };
}
