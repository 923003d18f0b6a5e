/** All masters of a Redis Cluster as one connection. When one is lost, the cluster is looked at anew until all is well. */
import { setTimeout as pause } from 'node:timers/promises';
import { backoffDelay } from '../../async/backoff.ts';
import { withDeadline } from '../../async/deadline.ts';
import type { RedisNode, RedisPlace } from '../../redis-url.ts';
import { newCluster, type RedisCluster } from './client.ts';
import { createPatience, OverdueError, PATIENCE, RECONNECT } from './command-timeout.ts';
import { away, type PartsOf, type RedisConnection } from './connection.ts';
import { AtNode, type Outage } from './errors.ts';
import type { Introduce } from './server-identity.ts';
import { slotOf } from './slot.ts';

/** For finding the cluster and connecting to each of its masters. */
const OPENING = 3 * PATIENCE;

export interface ClusterDeps {
  place: RedisPlace;
  introduce: Introduce;
  outage: Outage;
}

export interface ClusterConnection extends RedisConnection {
  /**
   * The master of a key's slot; while that one is away, another that is there, the same for every gateway.
   * @throws when none is there.
   */
  locate(key: string): Promise<RedisNode>;
}

/** The cluster as it was found at one time. */
interface View {
  cluster: RedisCluster;
  /** By address, of the masters that are there. */
  runs: Map<string, Buffer>;
  end(): void;
}

const addressOf = ({ host, port }: RedisNode) => `${host}:${port}`;

/** @throws when it can't be reached now; later it comes back by itself. */
export async function openCluster({ place, introduce, outage }: ClusterDeps): Promise<ClusterConnection> {
  const patience = createPatience(() => void mend());
  const ended = new AbortController();
  let view = await look(place.nodes);
  let mending = false;

  async function look(nodes: readonly RedisNode[]): Promise<View> {
    const runs = new Map<string, Buffer>();
    let state: 'opening' | 'open' | 'ended' = 'opening';
    let reason: unknown;
    const cluster = newCluster(place, nodes, (retries) =>
      state === 'open' && !ended.signal.aborted ? backoffDelay(RECONNECT, retries) : false,
    );
    const end = () => {
      state = 'ended';
      cluster.destroy();
    };

    async function meet(node: RedisNode) {
      const client = cluster.nodeByAddress.get(addressOf(node))?.client;
      if (!client) throw away();
      runs.set(addressOf(node), (await withDeadline(PATIENCE, undefined, () => introduce(client))).run);
    }

    cluster.on('error', (error) => {
      reason ??= error;
    });
    cluster.on('node-error', (error: unknown, node: RedisNode) => {
      reason = new AtNode(node, error);
      // Before anything else: it may come back as another run.
      runs.delete(addressOf(node));
      if (state !== 'open') return;
      // What it owes is refused now, and it is asked no more until it is back.
      patience.renew();
      void mend(reason);
    });
    cluster.on('node-disconnect', (node: RedisNode) => runs.delete(addressOf(node)));
    cluster.on('node-ready', (node: RedisNode) => {
      if (state === 'open') meet(node).catch(() => mend());
    });
    try {
      await withDeadline(OPENING, undefined, () => cluster.connect());
      await Promise.all(cluster.masters.map(meet));
      state = 'open';
      return { cluster, runs, end };
    } catch (error) {
      end();
      throw reason ?? error;
    }
  }

  /** Does every master answer, as far as anybody noticed? */
  function well(): boolean {
    const { masters } = view.cluster;
    return (
      !patience.overdue() && masters.length > 0 && masters.every((node) => view.runs.has(addressOf(node)))
    );
  }

  async function mend(error: unknown = new OverdueError()) {
    if (mending || ended.signal.aborted) return;
    mending = true;
    outage.began(patience, error);
    for (let retries = 0; !well(); retries++) {
      await pause(backoffDelay(RECONNECT, retries), undefined, { signal: ended.signal }).catch(() => {});
      if (ended.signal.aborted) return;
      if (!well()) await renew().catch(() => {});
    }
    mending = false;
    outage.ended(patience);
  }

  async function renew() {
    const fresh = await look([...place.nodes, ...view.cluster.masters]);
    const old = ended.signal.aborted ? fresh : view;
    if (old === view) view = fresh;
    old.end();
    patience.renew();
  }

  /** A part for each item: other keys are hardly ever in the same slot. */
  const partsOf: PartsOf = (items, keyOf) =>
    items.map((item) => {
      const master = view.cluster.slots[slotOf(keyOf(item))]?.master;
      const run = master && view.runs.get(addressOf(master));
      if (!run) throw away();
      return { items: [item], run };
    });

  return {
    run: (command) =>
      patience.run(async () => {
        if (ended.signal.aborted) throw away();
        return command(view.cluster, partsOf);
      }),
    async locate(key) {
      const { slots, masters } = view.cluster;
      const inOrder = [...masters].sort((a, b) => (addressOf(a) < addressOf(b) ? -1 : 1));
      const there = [slots[slotOf(key)]?.master, ...inOrder].find(
        (node) => node && view.runs.has(addressOf(node)),
      );
      if (!there) throw away();
      return { host: there.host, port: there.port };
    },
    async close() {
      if (ended.signal.aborted) return;
      ended.abort();
      outage.ended(patience);
      await withDeadline(PATIENCE, undefined, () => view.cluster.close()).catch(() => {});
      view.end();
    },
  };
}
