/** A start waits for a database that passes by itself: one that is starting, refuses connections or takes no writes yet. */
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { type Backoff, backoffDelay } from '../async/backoff.ts';
import { StartError } from '../errors.ts';
import type { Log } from '../log.ts';
import { MINUTE, SECOND } from '../time/clock.ts';
import { describeUrl, openConnection } from './connection.ts';
import { sqlStateOf } from './sql-state.ts';

export interface AwaitOptions {
  url: string;
  log: Log;
  /** How long to wait, milliseconds; 0 for a single try. */
  wait: number;
}

const BACKOFF: Backoff = { first: 250, max: 5 * SECOND, jitter: 0.5 };
/** How often a start that waits says so again. */
const REMINDER = 10 * SECOND;
/** A booking takes about ten statements, one after another, of a transaction that may last for five seconds. */
export const ROUND_TRIP_MAX = 400;
/** Slower than this, a gateway works, and its callers notice. */
export const ROUND_TRIP_SLOW = 50;

/** Codes of the system and of PostgreSQL that say "not now", not "never". */
const PASSING = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['EAI_AGAIN', 'ENOTFOUND'], // the name of a container is not known before it runs
  ...['25006', '53300', '55P03', '57014', '57P01', '57P02', '57P03'],
]);
/** A transaction that ran out of its time, a connection of the pool that wasn't free, a lock or a statement that took too long. */
const OUT_OF_TIME = new Set(['P2024', 'P2028', '55P03', '57014']);
/** Of Prisma: not reachable, timed out, closed; no connection of the pool, no end of the transaction in its time. */
const PASSING_PRISMA = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028']);

/**
 * Resolves once the database answers, takes writes and is near enough to work with.
 * @throws StartError that says what is wrong and what to do: at once when waiting can't help, else when the wait is over.
 */
export const waitForDatabase = (options: AwaitOptions): Promise<void> =>
  retryWhilePassing(options, async () => {
    const client = await openConnection(options.url);
    try {
      await checkWritable(client, options.url);
      await checkDistance(client, options);
    } finally {
      await client.end().catch(() => {});
    }
  });

/**
 * Runs a part of a start again while it fails by what passes: a database that goes away, is overloaded or fails over.
 * @throws StartError in place of such a failure once the wait is over; any other failure as it is, at once.
 */
export async function retryWhilePassing<T>(options: AwaitOptions, work: () => Promise<T>): Promise<T> {
  const { url, log, wait } = options;
  const end = performance.now() + wait;
  let remindAt = Number.NEGATIVE_INFINITY;
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const left = end - performance.now();
      if (!isPassing(error)) throw error;
      const failure = startErrorOf(error, url);
      if (left <= 0) throw wait > 0 ? new StartError(`${failure.message} ${waited(wait)}`) : failure;
      if (performance.now() >= remindAt) {
        log.warn(
          { reason: failure.message, forSeconds: Math.ceil(left / SECOND) },
          'waiting for the database',
        );
        remindAt = performance.now() + REMINDER;
      }
      await pause(Math.min(left, backoffDelay(BACKOFF, attempt)));
    }
  }
}

const waited = (wait: number) =>
  `(The start waited ${wait === MINUTE ? 'a minute' : `${wait / SECOND} s`} for that to pass.)`;

/** A standby that can be promoted, a failover, a database that was set to read-only for a while. */
class NotWritable extends StartError {}

async function checkWritable(client: pg.Client, url: string): Promise<void> {
  const fault = await writableFault(client, url);
  if (fault !== null) throw new NotWritable(fault);
}

/** Asks whether the session takes writes, without one. @returns a sentence that says why not and what to do; null when it does */
export async function writableFault(client: pg.Client, url: string): Promise<string | null> {
  const { rows } = await client.query<{ standby: boolean; readOnly: boolean }>(
    `select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as "readOnly"`,
  );
  const { standby, readOnly } = rows[0] ?? {};
  if (standby) return STANDBY_ADVICE(describeUrl(url));
  return readOnly ? READ_ONLY_ADVICE(describeUrl(url)) : null;
}

const STANDBY_ADVICE = (where: string) =>
  `PostgreSQL at ${where} is a standby, which takes no writes: let DATABASE_URL name the primary.`;
const READ_ONLY_ADVICE = (where: string) =>
  `PostgreSQL at ${where} is read-only: find out why (default_transaction_read_only of server, database or user; a full ` +
  'disk at some hosts), and let it take writes.';

/** The database, or the way to it, is too slow for now, or for good. */
class TooSlow extends StartError {}

async function checkDistance(client: pg.Client, { url, log }: AwaitOptions): Promise<void> {
  const ms = await measureRoundTrip(client);
  if (ms > ROUND_TRIP_MAX) throw new TooSlow(tooSlowAdvice(url, ms));
  if (ms > ROUND_TRIP_SLOW) log.warn({ roundTripMs: ms }, 'the database is far away: all answers are slow');
}

/** The best of three round trips, in milliseconds: a busy machine delays one, a far database all. */
export async function measureRoundTrip(client: pg.Client): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3 && best > ROUND_TRIP_SLOW; round++) {
    const startedAt = performance.now();
    await client.query('select 1');
    best = Math.min(best, performance.now() - startedAt);
  }
  return Math.round(best);
}

/** What an operator is to know of a database at that distance. @param ms of a round trip */
export const tooSlowAdvice = (url: string, ms: number) =>
  `PostgreSQL at ${describeUrl(url)} takes ${ms} ms to answer a query of nothing, and a booking makes about ten queries ` +
  'within five seconds: run Slotwire near its database, or find out what slows the database down.';

/** May the same work succeed in a moment? */
function isPassing(error: unknown): boolean {
  if (error instanceof NotWritable || error instanceof TooSlow) return true;
  if (error instanceof StartError) return error.cause !== undefined && isPassing(error.cause);
  if (error instanceof AggregateError) return error.errors.some(isPassing);
  const { code, message } = codeAndMessage(error);
  const state = sqlStateOf(error);
  return (
    PASSING.has(code) ||
    PASSING_PRISMA.has(code) ||
    PASSING.has(state) ||
    state.startsWith('08') ||
    /^Connection terminated|timeout exceeded when trying to connect|^timeout expired/.test(message)
  );
}

/** @returns the failure as one sentence for an operator; a StartError as it is. */
function startErrorOf(error: unknown, url: string): StartError {
  if (error instanceof StartError) return error;
  const where = describeUrl(url);
  if (sqlStateOf(error) === '25006') return new StartError(READ_ONLY_ADVICE(where));
  const { code, message } = codeAndMessage(error);
  const state = sqlStateOf(error) || code;
  if (OUT_OF_TIME.has(state)) {
    return new StartError(
      `PostgreSQL at ${where} did not finish a transaction in its time (${state}): it, or this machine, is overloaded or the ` +
        'way between them is slow. Start again when it is less busy.',
    );
  }
  return new StartError(
    `The connection to PostgreSQL at ${where} was lost during the start (${state || message}). Start again.`,
  );
}

function codeAndMessage(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  return { code: 'code' in error ? String(error.code) : '', message: error.message };
}
