/** What to tell the operator when Redis can't be reached: once, in words, never with the password. */
import { ConnectionTimeoutError, ErrorReply, SocketClosedUnexpectedlyError, SocketTimeoutError } from 'redis';
import { StartError } from '../errors.ts';
import type { Log } from '../log.ts';

/** One outage of one server, whichever of its connections notice it. */
export interface Outage {
  began(connection: object, error: unknown): void;
  ended(connection: object): void;
}

/** Logs the first connection that is lost, and when the last is back. */
export function createOutage(url: string, log: Log): Outage {
  const down = new Set<object>();
  return {
    began(connection, error) {
      if (down.size === 0) {
        log.warn({ redis: describeRedis(url), reason: adviceOn(url, error) }, 'Redis is away');
      }
      down.add(connection);
    },
    ended(connection) {
      if (down.delete(connection) && down.size === 0) {
        log.info({ redis: describeRedis(url) }, 'Redis is back');
      }
    },
  };
}

/** What node-redis would refuse with an error that holds the whole URL. @throws StartError */
export function checkRedisUrl(url: string): void {
  if (!URL.canParse(url)) throw new StartError('REDIS_URL is no URL: write redis://user:password@host:port.');
  if (/^\/?\d*$/.test(new URL(url).pathname)) return;
  throw unreachable(url, new Error('the path after the port may only be the number of a database'));
}

export const unreachable = (url: string, error: unknown) =>
  new StartError(`Can't connect to Redis at ${describeRedis(url)}: ${adviceOn(url, error)}`);

/** host:port */
export function describeRedis(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname || 'localhost'}:${port || '6379'}`;
}

const OWN_AUTHORITY =
  'its certificate is signed by nobody known here. Name the authority in NODE_EXTRA_CA_CERTS.';

/** By the system's error code, or by the first word of the server's answer. */
const ADVICE: Record<string, (url: URL) => string> = {
  ECONNREFUSED: () => 'nothing listens there. Is Redis running, and are host and port of REDIS_URL right?',
  ENOTFOUND: (url) => `the host name ${url.hostname} is not known. Check the host of REDIS_URL.`,
  EAI_AGAIN: (url) =>
    `the host name ${url.hostname} can't be looked up now. Check the host of REDIS_URL and DNS.`,
  ETIMEDOUT: ({ protocol }) =>
    protocol === 'rediss:'
      ? 'no answer. Check that TLS is spoken there, host and port of REDIS_URL, and the firewalls on the way.'
      : 'no answer. Check host and port of REDIS_URL and the firewalls on the way.',
  EHOSTUNREACH: () => 'there is no way to that host. Check the host of REDIS_URL and the network.',
  ECONNRESET: () =>
    'the connection was cut. Is it Redis that listens there, and does it want TLS (rediss://)?',
  ERR_SSL_WRONG_VERSION_NUMBER: () => 'the server speaks no TLS. Write redis:// instead of rediss://.',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: () => 'the server speaks no TLS. Write redis:// instead of rediss://.',
  DEPTH_ZERO_SELF_SIGNED_CERT: () => OWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: () => OWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: () => OWN_AUTHORITY,
  WRONGPASS: () => 'wrong user or password. Check both in REDIS_URL.',
  NOAUTH: () => 'it wants a password. Write it into REDIS_URL: redis://user:password@host.',
  NOPERM: () => 'its user may not do this. Grant it the keys and channels that begin with slotwire:.',
  NOPROTO: () => 'it is too old. Slotwire needs Redis 6 or Valkey.',
  LOADING: () => 'it is still loading its data. Try again in a moment.',
  MASTERDOWN: () => 'it is a replica without its master. Name the master in REDIS_URL.',
};

/** The server's own text stays away: an old one repeats the password in it. */
function adviceOn(url: string, error: unknown): string {
  const reason = reasonOf(error);
  const advice = ADVICE[reason.code]?.(new URL(url));
  return advice ?? `${reason.message}. Check REDIS_URL.`;
}

function reasonOf(error: unknown): { code: string; message: string } {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (first instanceof ErrorReply) {
    if (/unknown command/i.test(first.message)) return { code: 'NOPROTO', message: '' };
    if (/DB index/i.test(first.message)) return { code: '', message: 'it has no database of that number' };
    const [code = ''] = first.message.split(' ', 1);
    return { code, message: `it refused with ${code}` };
  }
  if (first instanceof ConnectionTimeoutError || first instanceof SocketTimeoutError) {
    return { code: 'ETIMEDOUT', message: '' };
  }
  if (first instanceof SocketClosedUnexpectedlyError) return { code: 'ECONNRESET', message: '' };
  const message = first instanceof Error ? first.message : String(first);
  return { code: first instanceof Error && 'code' in first ? String(first.code) : '', message };
}
