/** All masters of a Redis Cluster as one connection. When a master is lost, the cluster is discovered anew until all answer. */
import { setTimeout as pause } from 'node:timers/promises';
import { backoffDelay } from '../../async/backoff.ts';
import { withDeadline } from '../../async/deadline.ts';
import type { RedisNode, RedisTarget } from '../../redis-url.ts';
import { createClusterClient, type RedisCluster } from './client.ts';
import { COMMAND_TIMEOUT, CommandTimeoutError, createCommandTimeouts, RECONNECT } from './command-timeout.ts';
import { notConnected, type Partition, type RedisConnection } from './connection.ts';
import { NodeError, type OutageLog } from './errors.ts';
import { hashSlot } from './hash-slot.ts';
import type { IdentifyServer } from './server-identity.ts';

/** For discovering the cluster and connecting to each of its masters. Milliseconds. */
const CONNECT_TIMEOUT = 3 * COMMAND_TIMEOUT;

export interface ClusterDeps {
  target: RedisTarget;
  identifyServer: IdentifyServer;
  outage: OutageLog;
}

export interface ClusterConnection extends RedisConnection {
  /**
   * The master of a key's slot; while that master is away, another one, the same for every gateway.
   * @throws when every master is away.
   */
  locate(key: string): Promise<RedisNode>;
}

/** The cluster as it was discovered at one time. */
interface Topology {
  cluster: RedisCluster;
  /** By address, of the masters that answer. */
  runIds: Map<string, Buffer>;
  destroy(): void;
}

const addressOf = ({ host, port }: RedisNode) => `${host}:${port}`;

/** @throws when the cluster can't be reached now. From then on the connection comes back by itself. */
export async function openCluster({
  target,
  identifyServer,
  outage,
}: ClusterDeps): Promise<ClusterConnection> {
  const timeouts = createCommandTimeouts(() => void reconnect());
  const closing = new AbortController();
  let topology = await discover(target.nodes);
  let reconnecting = false;

  async function discover(nodes: readonly RedisNode[]): Promise<Topology> {
    const runIds = new Map<string, Buffer>();
    let state: 'opening' | 'open' | 'ended' = 'opening';
    let reason: unknown;
    const cluster = createClusterClient(target, nodes, (retries) =>
      state === 'open' && !closing.signal.aborted ? backoffDelay(RECONNECT, retries) : false,
    );
    const destroy = () => {
      state = 'ended';
      cluster.destroy();
    };

    async function identify(node: RedisNode) {
      const client = cluster.nodeByAddress.get(addressOf(node))?.client;
      if (!client) throw notConnected();
      runIds.set(
        addressOf(node),
        (await withDeadline(COMMAND_TIMEOUT, undefined, () => identifyServer(client))).runId,
      );
    }

    cluster.on('error', (error) => {
      reason ??= error;
    });
    cluster.on('node-error', (error: unknown, node: RedisNode) => {
      reason = new NodeError(node, error);
      // Before anything else: the server may come back as another run.
      runIds.delete(addressOf(node));
      if (state !== 'open') return;
      // Its unanswered commands are refused now, and it gets no other until it is back.
      timeouts.reset();
      void reconnect(reason);
    });
    cluster.on('node-disconnect', (node: RedisNode) => runIds.delete(addressOf(node)));
    cluster.on('node-ready', (node: RedisNode) => {
      if (state === 'open') identify(node).catch(() => reconnect());
    });
    try {
      await withDeadline(CONNECT_TIMEOUT, undefined, () => cluster.connect());
      await Promise.all(cluster.masters.map(identify));
      state = 'open';
      return { cluster, runIds, destroy };
    } catch (error) {
      destroy();
      throw reason ?? error;
    }
  }

  /** Whether every master answers, as far as is known. */
  function isHealthy(): boolean {
    const { masters } = topology.cluster;
    return (
      !timeouts.isOverdue() &&
      masters.length > 0 &&
      masters.every((node) => topology.runIds.has(addressOf(node)))
    );
  }

  async function reconnect(error: unknown = new CommandTimeoutError()) {
    if (reconnecting || closing.signal.aborted) return;
    reconnecting = true;
    outage.lost(timeouts, error);
    for (let retries = 0; !isHealthy(); retries++) {
      await pause(backoffDelay(RECONNECT, retries), undefined, { signal: closing.signal }).catch(() => {});
      if (closing.signal.aborted) return;
      if (!isHealthy()) await rediscover().catch(() => {});
    }
    reconnecting = false;
    outage.restored(timeouts);
  }

  async function rediscover() {
    const fresh = await discover([...target.nodes, ...topology.cluster.masters]);
    const old = closing.signal.aborted ? fresh : topology;
    if (old === topology) topology = fresh;
    old.destroy();
    timeouts.reset();
  }

  /** One batch for each item: two keys are hardly ever in the same slot. */
  const partition: Partition = (items, keyOf) =>
    items.map((item) => {
      const master = topology.cluster.slots[hashSlot(keyOf(item))]?.master;
      const runId = master && topology.runIds.get(addressOf(master));
      if (!runId) throw notConnected();
      return { items: [item], runId };
    });

  return {
    run: (command) =>
      timeouts.run(async () => {
        if (closing.signal.aborted) throw notConnected();
        return command(topology.cluster, partition);
      }),
    async locate(key) {
      const { slots, masters } = topology.cluster;
      const inOrder = [...masters].sort((a, b) => (addressOf(a) < addressOf(b) ? -1 : 1));
      const available = [slots[hashSlot(key)]?.master, ...inOrder].find(
        (node) => node && topology.runIds.has(addressOf(node)),
      );
      if (!available) throw notConnected();
      return { host: available.host, port: available.port };
    },
    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      outage.restored(timeouts);
      await withDeadline(COMMAND_TIMEOUT, undefined, () => topology.cluster.close()).catch(() => {});
      topology.destroy();
    },
  };
}
