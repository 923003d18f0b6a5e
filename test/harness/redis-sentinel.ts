/** A real Redis with a replica and a Sentinel that watches both, of a test's own. */
import { type RedisServer, startRedis } from './redis.ts';
import { untilReached } from './redis-cluster.ts';

export interface RedisSentinelServers {
  url: string;
  master: RedisServer;
  replica: RedisServer;
  sentinel: RedisServer;
  stop(): Promise<void>;
}

export async function startRedisSentinel(): Promise<RedisSentinelServers> {
  const [master, replica] = await Promise.all([startRedis(), startRedis()]);
  await replica.command('REPLICAOF', '127.0.0.1', String(master.port));
  const sentinel = await startRedis([
    `sentinel monitor main 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds main 500',
    'sentinel failover-timeout main 1000',
  ]);
  await untilReached(async () =>
    /master_link_status:up/.test(String(await replica.command('INFO', 'replication'))),
  );
  await untilReached(async () => /slaves=1/.test(String(await sentinel.command('INFO', 'sentinel'))));
  return {
    url: `redis-sentinel://127.0.0.1:${sentinel.port}/main`,
    master,
    replica,
    sentinel,
    stop: async () => void (await Promise.all([sentinel, replica, master].map((server) => server.stop()))),
  };
}
