/** Clients of Redis as this house wants them: impatient, pinging, and knowing our scripts. */
import { RedisClient as Client, RedisCluster as Cluster, RESP_TYPES } from 'redis';
import type { RedisCredentials, RedisNode, RedisTarget } from '../../redis-url.ts';
import { COMMAND_TIMEOUT } from './command-timeout.ts';
import { acquirePlace, beginRest, countFailure, enterRest } from './limiter-script.ts';
import { keepRecent } from './recent-script.ts';
import { replaceIfNewer } from './script.ts';

/** A connection this long without a sign of life is given up; pings see to it that a healthy one gives some. */
const SOCKET_TIMEOUT = 3_000;
const PING_INTERVAL = 1_000;

const common = {
  RESP: 3,
  scripts: { replaceIfNewer, acquirePlace, beginRest, countFailure, enterRest, keepRecent },
} as const;

// node-redis times a command only until it is written: patience does it until the answer.
const commandOptions = { timeout: 0, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };

const clientOptions = ({ username, password }: RedisCredentials) => ({
  name: 'slotwire',
  ...(username && { username }),
  ...(password && { password }),
  disableOfflineQueue: true,
  pingInterval: PING_INTERVAL,
  // Its longer timeouts during maintenance would let readers wait.
  maintNotifications: 'disabled' as const,
});

const socketOptions = ({ tls }: RedisTarget, reconnectStrategy: (retries: number) => number | false) => ({
  ...(tls && { tls }),
  connectTimeout: COMMAND_TIMEOUT,
  socketTimeout: SOCKET_TIMEOUT,
  reconnectStrategy,
});

const noReconnect = () => false as const;

const createFactory = () => Client.factory(common);

/**
 * node-redis makes a class of clients with every command in it, which takes some 50 ms in which nothing else runs, and
 * remembers the last one only. It is made once, when the first client is, and without the commands of Redis' modules.
 */
let factory: ReturnType<typeof createFactory> | undefined;

/** Of one server. It never connects again by itself: the server may be another one then. */
export function createNodeClient(target: RedisTarget, node: RedisNode) {
  factory ??= createFactory();
  return factory({
    ...clientOptions(target),
    commandOptions,
    database: target.database,
    socket: { ...socketOptions(target, noReconnect), ...node },
  });
}

/** Of a Sentinel, which is never told the credentials of the servers. */
export function createSentinelClient(target: RedisTarget, node: RedisNode) {
  factory ??= createFactory();
  return factory({
    ...clientOptions(target.sentinels),
    socket: { ...socketOptions(target, noReconnect), ...node },
  });
}

/** Of all the masters that the first of `nodes` to answer tells of. */
export const createClusterClient = (
  target: RedisTarget,
  nodes: readonly RedisNode[],
  reconnectStrategy: (retries: number) => number | false,
) =>
  Cluster.create({
    ...common,
    commandOptions,
    rootNodes: nodes.map((node) => ({ socket: { ...node } })),
    defaults: { ...clientOptions(target), socket: socketOptions(target, reconnectStrategy) },
    // We connect anew instead: its refresh waits without end for a master that can't be reached.
    topologyRefreshOnReconnectionAttemptStrategy: false,
  });

/** Strings come as Buffers. */
export type RedisClient = ReturnType<typeof createNodeClient>;
export type RedisCluster = ReturnType<typeof createClusterClient>;
