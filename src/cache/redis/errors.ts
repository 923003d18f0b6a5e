/** What the log and a failed start say when Redis can't be reached: once per outage, with advice, never with the password. */
import { ConnectionTimeoutError, ErrorReply, SocketClosedUnexpectedlyError, SocketTimeoutError } from 'redis';
import { DeadlineError } from '../../async/deadline.ts';
import { StartError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { parseRedisUrl, type RedisNode, type RedisTarget, RedisUrlError } from '../../redis-url.ts';
import { CommandTimeoutError } from './command-timeout.ts';

/** An error of one of several servers. */
export class NodeError extends Error {
  readonly node: RedisNode;

  constructor(node: RedisNode, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.node = node;
  }
}

/** The log of outages: one message each, however many connections are lost. */
export interface OutageLog {
  lost(connection: object, error: unknown): void;
  restored(connection: object): void;
}

/** Logs the first connection that is lost, and when the last one is restored. */
export function createOutageLog(target: RedisTarget, log: Log): OutageLog {
  const down = new Set<object>();
  return {
    lost(connection, error) {
      if (down.size === 0) {
        log.warn({ redis: locationOf(target, error), reason: adviceFor(target, error) }, 'Redis is away');
      }
      down.add(connection);
    },
    restored(connection) {
      if (down.delete(connection) && down.size === 0) {
        log.info({ redis: locationOf(target) }, 'Redis is back');
      }
    },
  };
}

/** @throws StartError */
export function readRedisUrl(url: string): RedisTarget {
  try {
    return parseRedisUrl(url);
  } catch (error) {
    throw error instanceof RedisUrlError ? new StartError(`REDIS_URL ${error.message}.`) : error;
  }
}

export const unreachableError = (target: RedisTarget, error: unknown) =>
  new StartError(`Can't connect to Redis at ${locationOf(target, error)}: ${adviceFor(target, error)}`);

/** The server that failed, if it is known, else all hosts of REDIS_URL. */
function locationOf(target: RedisTarget, error?: unknown): string {
  const nodes = error instanceof NodeError ? [error.node] : target.nodes;
  return nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(', ');
}

const UNKNOWN_AUTHORITY =
  'its certificate is signed by nobody known here. Name the authority in NODE_EXTRA_CA_CERTS.';

/** By the system's error code, or by the first word of the server's answer. */
const ADVICE: Record<string, (target: RedisTarget, host: string) => string> = {
  ECONNREFUSED: () => 'nothing listens there. Is Redis running, and are host and port of REDIS_URL right?',
  ENOTFOUND: (_, host) => `the host name ${host} is not known. Check the host of REDIS_URL.`,
  EAI_AGAIN: (_, host) =>
    `the host name ${host} can't be looked up now. Check the host of REDIS_URL and DNS.`,
  ETIMEDOUT: ({ tls }) =>
    tls
      ? 'no answer. Check that TLS is spoken there, host and port of REDIS_URL, and the firewalls on the way.'
      : 'no answer. Check host and port of REDIS_URL and the firewalls on the way.',
  EHOSTUNREACH: () => 'there is no way to that host. Check the host of REDIS_URL and the network.',
  ECONNRESET: () =>
    'the connection was cut. Is it Redis that listens there, and does it want TLS (rediss://)?',
  ERR_SSL_WRONG_VERSION_NUMBER: () => 'the server speaks no TLS. Write redis:// instead of rediss://.',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: () => 'the server speaks no TLS. Write redis:// instead of rediss://.',
  DEPTH_ZERO_SELF_SIGNED_CERT: () => UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: () => UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: () => UNKNOWN_AUTHORITY,
  WRONGPASS: () => 'wrong user or password. Check both in REDIS_URL.',
  NOAUTH: () => 'it wants a password. Write it into REDIS_URL: redis://user:password@host.',
  NOPERM: () => 'its user may not do this. Grant it the keys and channels that begin with slotwire:.',
  NOPROTO: () => 'it is too old. Slotwire needs Redis 6 or Valkey.',
  LOADING: () => 'it is still loading its data. Try again in a moment.',
  CLUSTERDOWN: () => 'the cluster is down: some of its slots are served by nobody.',
  MASTERDOWN: () => 'it is a replica without its master. Name the master in REDIS_URL.',
};

/** Without the server's own text: an old server repeats the password in it. */
function adviceFor(target: RedisTarget, error: unknown): string {
  const { node, cause } = error instanceof NodeError ? error : { node: target.nodes[0], cause: error };
  const reason = reasonOf(cause);
  const advice = ADVICE[reason.code]?.(target, node?.host ?? '');
  return advice ?? `${reason.message.replace(/\.$/, '')}. Check REDIS_URL.`;
}

const TIMEOUTS = [ConnectionTimeoutError, SocketTimeoutError, DeadlineError, CommandTimeoutError];

function reasonOf(error: unknown): { code: string; message: string } {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (first instanceof ErrorReply) {
    if (/unknown command/i.test(first.message)) return { code: 'NOPROTO', message: '' };
    if (/cluster support disabled/i.test(first.message)) {
      return { code: '', message: 'it is no cluster: write redis:// instead of redis-cluster://' };
    }
    if (/DB index/i.test(first.message)) return { code: '', message: 'it has no database of that number' };
    const [code = ''] = first.message.split(' ', 1);
    return { code, message: `it refused with ${code}` };
  }
  if (TIMEOUTS.some((timeout) => first instanceof timeout)) {
    return { code: 'ETIMEDOUT', message: '' };
  }
  if (first instanceof SocketClosedUnexpectedlyError) return { code: 'ECONNRESET', message: '' };
  const message = first instanceof Error ? first.message : String(first);
  return { code: first instanceof Error && 'code' in first ? String(first.code) : '', message };
}
