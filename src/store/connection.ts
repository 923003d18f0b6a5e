/** One plain connection to PostgreSQL, and the advice that an operator gets when it fails. */
import type pg from 'pg';
import { StartError } from '../errors.ts';
import { BoundedClient } from '../postgres/client.ts';
import type { ConnectionLimits } from '../postgres/limits.ts';

/**
 * Sessions speak UTC: the Prisma adapter drops the offset of a timestamptz, so any other zone shifts every instant.
 * @returns `url` with that setting beside the options that it has already.
 */
export function withUtc(url: string): string {
  const parsed = new URL(url);
  const given = parsed.searchParams.get('options');
  parsed.searchParams.set('options', [given, '-c timezone=UTC'].filter(Boolean).join(' '));
  return parsed.href;
}

/**
 * Connects within 10 seconds. A connection that is lost later fails the query at hand.
 * @param options.limits of the connection; by default those of connections that serve requests
 * @param options.onLost is called once when the connection is lost
 * @throws StartError that names host, port and database, never the password.
 */
export async function openConnection(
  url: string,
  options: { limits?: ConnectionLimits; onLost?: (error: Error) => void } = {},
): Promise<pg.Client> {
  const client = new BoundedClient(withUtc(url), { name: 'slotwire', ...options });
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw unreachable(url, error);
  }
}

/** host:port/database */
export function describeUrl(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  return `${hostname || searchParams.get('host') || 'localhost'}:${port || '5432'}${pathname}`;
}

/** By SQLSTATE or by the system's error code. */
const ADVICE: Record<string, (url: URL) => string> = {
  ECONNREFUSED: () =>
    'nothing listens there. Is PostgreSQL running, and are host and port of DATABASE_URL right?',
  ENOTFOUND: (url) => `the host name ${url.hostname} is not known. Check the host of DATABASE_URL.`,
  EAI_AGAIN: (url) =>
    `the host name ${url.hostname} can't be looked up now. Check the host of DATABASE_URL and DNS.`,
  ETIMEDOUT: () => 'no answer. Check host and port of DATABASE_URL and the firewalls on the way.',
  EHOSTUNREACH: () => 'there is no way to that host. Check the host of DATABASE_URL and the network.',
  ECONNRESET: () =>
    'the connection was cut. Is it PostgreSQL that listens there, and does it want TLS (sslmode)?',
  '28P01': (url) => `wrong password for user ${user(url)}. Check user and password of DATABASE_URL.`,
  '28000': (url) =>
    `user ${user(url)} may not log in. Check the user of DATABASE_URL, and pg_hba.conf at the server.`,
  '3D000': (url) =>
    `there is no database ${url.pathname.slice(1)}. Create it, or check the name in DATABASE_URL.`,
  '42501': (url) => `user ${user(url)} may not use this database: grant it connect and create.`,
  '53300': () => 'the server has no connection left. Raise its max_connections, or close other clients.',
  '57P03': () => 'the server is starting, stopping or in recovery. Try again in a moment.',
};

const user = (url: URL) => decodeURIComponent(url.username) || '(none given)';

function unreachable(url: string, error: unknown): StartError {
  const { code, message } = reasonOf(error);
  const advice = ADVICE[code]?.(new URL(url)) ?? `${message}. Check DATABASE_URL.`;
  return new StartError(`Can't connect to PostgreSQL at ${describeUrl(url)}: ${advice}`, { cause: error });
}

function reasonOf(error: unknown): { code: string; message: string } {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const message = first instanceof Error ? first.message : String(first);
  const code = first instanceof Error && 'code' in first ? String(first.code) : '';
  return { code: code || (/timeout/i.test(message) ? 'ETIMEDOUT' : ''), message };
}
