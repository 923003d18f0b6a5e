/** A real Redis Cluster of a test's own, and what a test does to it. */
import { until } from './eventually.ts';
import { type RedisServer, startRedis } from './redis.ts';

export interface RedisClusterServers {
  /** Names the first node only: the others are to be found. */
  url: string;
  /** In the order of their slots. */
  masters: RedisServer[];
  /** Of the last master. */
  replica: RedisServer;
  /** Forgets every key. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

const SLOTS = 16_384;
const SETTINGS = ['cluster-enabled yes', 'cluster-node-timeout 1000', 'cluster-replica-validity-factor 0'];

/** Three masters with a third of the slots each, and one replica. */
export async function startRedisCluster(): Promise<RedisClusterServers> {
  const [one, two, three, replica] = await Promise.all([
    startRedis(SETTINGS),
    startRedis(SETTINGS),
    startRedis(SETTINGS),
    startRedis(SETTINGS),
  ]);
  const masters = [one, two, three];
  const begin = (n: number) => Math.floor((SLOTS * n) / masters.length);
  for (const [i, node] of masters.entries()) {
    await node.command('CLUSTER', 'ADDSLOTSRANGE', String(begin(i)), String(begin(i + 1) - 1));
  }
  for (const [i, node] of [...masters, replica].entries()) {
    // Nodes of the same epoch would have to settle that first.
    await node.command('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1));
    await node.command('CLUSTER', 'MEET', '127.0.0.1', String(one.port));
  }
  const id = String(await three.command('CLUSTER', 'MYID'));
  await untilReached(() => replica.command('CLUSTER', 'REPLICATE', id));
  await untilReached(async () =>
    String(await replica.command('INFO', 'replication')).includes('link_status:up'),
  );
  await settled([...masters, replica]);
  return {
    url: `redis-cluster://127.0.0.1:${one.port}`,
    masters,
    replica,
    flush: async () => void (await Promise.all(masters.map((node) => node.flush()))),
    stop: async () => void (await Promise.all([...masters, replica].map((node) => node.stop()))),
  };
}

/** Until all of them see all of them, and all slots are served. */
export const settled = (nodes: readonly RedisServer[]) =>
  Promise.all(
    nodes.map((node) =>
      untilReached(async () => {
        const info = String(await node.command('CLUSTER', 'INFO'));
        return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes.length}\r`);
      }),
    ),
  );

/** Asks until the answer is a yes; an error is a no. */
export const untilReached = (ask: () => Promise<unknown>): Promise<unknown> =>
  until(() => ask().catch(() => false));
