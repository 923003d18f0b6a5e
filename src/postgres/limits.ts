/** The limits of every connection to PostgreSQL: no wait for the database is without an end. */
import { MINUTE, SECOND } from '../time/clock.ts';

/** Milliseconds each. */
export interface ConnectionLimits {
  /** Until a connection is open, and until a pool has a free one. */
  connect: number;
  /** The server gives up a statement that takes longer. 0: no limit. */
  statement: number;
  /** The server gives up a statement that waits for one lock longer. 0: no limit. */
  lock: number;
  /** The server ends a session whose transaction waits longer for its next statement. 0: no limit. */
  idleInTransaction: number;
  /** A query without an answer for so long makes its connection suspect: the database is asked on another connection. */
  suspect: number;
  /** How long that other connection may take. After it, all suspect connections are given up. */
  probe: number;
}

/** Of connections that serve requests and jobs. */
export const CONNECTION_LIMITS: ConnectionLimits = {
  connect: 10 * SECOND,
  statement: 30 * SECOND,
  lock: 20 * SECOND,
  idleInTransaction: MINUTE,
  suspect: 5 * SECOND,
  probe: 5 * SECOND,
};

/** Of connections that migrate: a statement may take as long as it needs, for as long as the server works on it. */
export const MIGRATION_LIMITS: ConnectionLimits = {
  ...CONNECTION_LIMITS,
  statement: 0,
  lock: 0,
  idleInTransaction: 0,
};

/**
 * What the server is asked to hold the session to. A machine that vanished frees its locks within a minute: by default the
 * server's keepalive begins after two hours.
 * @returns `url` with these settings before its own options, which take precedence.
 */
export function withSessionLimits(url: string, limits: ConnectionLimits): string {
  const settings = {
    statement_timeout: limits.statement,
    lock_timeout: limits.lock,
    idle_in_transaction_session_timeout: limits.idleInTransaction,
    tcp_keepalives_idle: 30,
    tcp_keepalives_interval: 10,
  };
  const parsed = new URL(url);
  const given = parsed.searchParams.get('options');
  const ours = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  parsed.searchParams.set('options', [...ours, ...(given ? [given] : [])].join(' '));
  return parsed.href;
}
