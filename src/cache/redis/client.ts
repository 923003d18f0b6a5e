/** Clients of Redis with short timeouts, pings, and Slotwire's scripts. */
import { RedisClient as Client, RedisCluster as Cluster, RESP_TYPES } from 'redis';
import type { RedisCredentials, RedisNode, RedisTarget } from '../../redis-url.ts';
import { COMMAND_TIMEOUT } from './command-timeout.ts';
import { acquirePermit, enterAttempt, pauseAttempts, recordFailure } from './limiter-script.ts';
import { readNewer } from './read-script.ts';
import { saveRecent } from './recent-script.ts';
import { replaceIfNewer } from './script.ts';

/** A connection without a byte for so long is given up. Pings make a healthy server send some. */
const SOCKET_TIMEOUT = 3_000;
const PING_INTERVAL = 1_000;

const common = {
  RESP: 3,
  scripts: {
    readNewer,
    replaceIfNewer,
    acquirePermit,
    pauseAttempts,
    recordFailure,
    enterAttempt,
    saveRecent,
  },
} as const;

// node-redis times a command only until it is written; the command timeouts here last until the answer.
const commandOptions = { timeout: 0, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };

const clientOptions = ({ username, password }: RedisCredentials) => ({
  name: 'slotwire',
  ...(username && { username }),
  ...(password && { password }),
  disableOfflineQueue: true,
  pingInterval: PING_INTERVAL,
  // Longer timeouts during maintenance would let readers wait.
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
 * node-redis creates a class of clients with every command in it. That takes some 50 ms in which nothing else runs, and
 * only the last class is cached. So one factory is created with the first client, without the commands of Redis' modules.
 */
let factory: ReturnType<typeof createFactory> | undefined;

/** A client of one server. It never reconnects by itself, as another server may be the right one then. */
export function createNodeClient(target: RedisTarget, node: RedisNode) {
  factory ??= createFactory();
  return factory({
    ...clientOptions(target),
    commandOptions,
    database: target.database,
    socket: { ...socketOptions(target, noReconnect), ...node },
  });
}

/** A client of one Sentinel. Sentinels never get the servers' credentials. */
export function createSentinelClient(target: RedisTarget, node: RedisNode) {
  factory ??= createFactory();
  return factory({
    ...clientOptions(target.sentinels),
    socket: { ...socketOptions(target, noReconnect), ...node },
  });
}

/** A client of all masters of the cluster that the first of `nodes` to answer belongs to. */
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
    // The gateway connects anew instead: this refresh waits without end for a master that can't be reached.
    topologyRefreshOnReconnectionAttemptStrategy: false,
  });

/** Strings come as Buffers. */
export type RedisClient = ReturnType<typeof createNodeClient>;
export type RedisCluster = ReturnType<typeof createClusterClient>;
