/** The forms of REDIS_URL. Several hosts in a row are no URL by the standard, so it is parsed here. */

/** One server; the master that Sentinels name; or a Redis Cluster. */
export type RedisKind = 'server' | 'sentinel' | 'cluster';

export interface RedisNode {
  host: string;
  port: number;
}

export interface RedisTarget {
  kind: RedisKind;
  tls: boolean;
  /** The server, the Sentinels, or some of the cluster's nodes; at least one. */
  nodes: RedisNode[];
  /** Of the servers that hold the data. */
  username: string | undefined;
  password: string | undefined;
  /** Of the Sentinels, which have credentials of their own. */
  sentinels: RedisCredentials;
  /** The master's name at the Sentinels; empty for other kinds. */
  master: string;
  database: number;
}

export interface RedisCredentials {
  username: string | undefined;
  password: string | undefined;
}

/** Its message continues "REDIS_URL …" and never holds the password. */
export class RedisUrlError extends Error {}

const URL_PATTERN = /^redis(s?)(?:-(sentinel|cluster))?:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?/i;

const EXPECTED_FORMS =
  'must be a URL beginning with redis://, redis-sentinel:// or redis-cluster://, with rediss for redis where TLS is spoken';

/** @throws RedisUrlFault */
export function parseRedisUrl(text: string): RedisTarget {
  const [, secure, variant, authority = '', path = '', query = ''] =
    URL_PATTERN.exec(text.trim()) ?? fail(EXPECTED_FORMS);
  const kind = kindOf(variant);
  const at = authority.lastIndexOf('@');
  return {
    kind,
    tls: secure !== '',
    nodes: nodesOf(kind, authority.slice(at + 1), at >= 0),
    ...credentialsOf(authority.slice(0, Math.max(at, 0))),
    sentinels: sentinelsOf(query),
    ...pathOf(kind, path),
  };
}

function kindOf(variant: string | undefined): RedisKind {
  const word = variant?.toLowerCase();
  return word === 'sentinel' || word === 'cluster' ? word : 'server';
}

function nodesOf(kind: RedisKind, list: string, hasCredentials: boolean): RedisNode[] {
  // As in every Redis client: redis:// alone is this machine.
  if (kind === 'server' && list === '' && !hasCredentials) return [{ host: 'localhost', port: 6379 }];
  const hosts = list.split(',');
  if (kind === 'server' && hosts.length > 1) {
    fail('names several hosts: write redis-sentinel:// or redis-cluster:// for them');
  }
  return hosts.map((host, i) => nodeOf(host.trim(), kind === 'sentinel' ? 26_379 : 6_379) ?? fail(noHost(i)));
}

/** Without the host itself: it may be a password in the wrong place. */
const noHost = (i: number) => `is no URL: host ${i + 1} can't be read; write redis://user:password@host:port`;

function nodeOf(text: string, defaultPort: number): RedisNode | null {
  const url = URL.canParse(`redis://${text}`) ? new URL(`redis://${text}`) : null;
  if (!url?.hostname || url.username || url.password || url.pathname) return null;
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port || defaultPort) };
}

function sentinelsOf(query: string): RedisCredentials {
  const params = new Map(
    query.split('&').map((pair) => [pair.replace(/=.*$/, ''), pair.replace(/^[^=]*=?/, '')]),
  );
  const value = (name: string) => decoded(params.get(name) ?? '');
  return { username: value('sentinel-user'), password: value('sentinel-password') };
}

function credentialsOf(text: string): RedisCredentials {
  const colon = text.indexOf(':');
  const [name, secret] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  return { username: decoded(name), password: decoded(secret) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text) || undefined;
  } catch {
    return fail('has a % in user or password that begins no code: write %25 for it');
  }
}

function pathOf(kind: RedisKind, path: string): Pick<RedisTarget, 'master' | 'database'> {
  const [first = '', ...rest] = path.split('/');
  const [master, number = ''] = kind === 'sentinel' ? [first, rest.shift()] : ['', first];
  if (kind === 'sentinel' && master === '') {
    fail("lacks the master's name: write redis-sentinel://host:26379,host:26379/NAME");
  }
  if (!/^\d{0,9}$/.test(number) || rest.some(Boolean)) {
    const before = kind === 'sentinel' ? "the master's name" : 'the hosts';
    fail(`has a path that can't be read: after ${before} there may only be the number of a database`);
  }
  if (kind === 'cluster' && Number(number) > 0) fail('names a database, but a cluster has only one');
  return { master: decoded(master) ?? '', database: Number(number) };
}

function fail(message: string): never {
  throw new RedisUrlError(message);
}
