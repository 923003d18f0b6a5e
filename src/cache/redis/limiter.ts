/** Limits in Redis, shared by all processes; while it is away each process keeps its own. */
import { randomUUID } from 'node:crypto';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { Log } from '../../log.ts';
import type { Clock } from '../../time/clock.ts';
import { consume, createMemoryLimiter, limiterPerLimit } from '../memory/limiter.ts';
import type { Limiter } from '../port.ts';
import type { RedisCommands, RedisConnection } from './connection.ts';

export interface RedisLimiterDeps {
  run: RedisConnection['runId'];
  /** Begins every key. */
  prefix: string;
  clock: Clock;
  log: Log;
}

export function createRedisLimiter({ run, prefix, clock, log }: RedisLimiterDeps): Limiter {
  const local = createMemoryLimiter({ clock });
  let isAway = false;

  async function withFallback<T>(remote: () => Promise<T>, fallback: () => Promise<T>): Promise<T> {
    try {
      const answer = await remote();
      isAway = false;
      return answer;
    } catch (error) {
      if (!isAway) log.warn({ err: error }, 'limits are counted in this process alone until Redis answers');
      isAway = true;
      return fallback();
    }
  }

  /** All that the library asks of a client. */
  const storeClient = {
    eval: (onRedis: string, options: { keys: string[]; arguments: string[] }) =>
      run((client) => client.eval(onRedis, options)),
  };
  const limiterFor = limiterPerLimit(
    (points, duration) =>
      new RateLimiterRedis({
        storeClient,
        useRedisPackage: true,
        keyPrefix: `${prefix}limit`,
        points,
        duration,
        // What has nothing left is refused without asking Redis again.
        inMemoryBlockOnConsumed: points,
      }),
  );

  const onRedis = <T>(remote: (client: RedisCommands) => Promise<T>, fallback: () => Promise<T>) =>
    withFallback(() => run(remote), fallback);
  const permitsKey = (key: string) => `${prefix}places:${key}`;
  const attemptsKey = (key: string) => `${prefix}rest:${key}`;

  return {
    take: (key, limit, points = 1) =>
      withFallback(
        () => consume(() => limiterFor(limit).consume(key, points)),
        () => local.take(key, limit, points),
      ),

    acquire(key, permits) {
      const permit = randomUUID();
      const release = () => {
        // A place that can't be given back ends by itself.
        run((client) => client.zRem(permitsKey(key), permit)).catch(() => {});
      };
      return onRedis(
        async (client) =>
          (await client.acquirePlace(permitsKey(key), permit, permits.most, permits.ttl)) ? release : null,
        () => local.acquire(key, permits),
      );
    },

    enter: (key, trial) =>
      onRedis(
        (client) => client.enterRest(attemptsKey(key), trial),
        () => local.enter(key, trial),
      ),

    recordFailure: (key, limits) =>
      onRedis(
        (client) => client.countFailure(attemptsKey(key), limits.most, limits.ttl),
        () => local.recordFailure(key, limits),
      ),

    pause: (key, ms, ttl) =>
      onRedis(
        (client) => client.beginRest(attemptsKey(key), Math.ceil(ms), ttl),
        () => local.pause(key, ms, ttl),
      ),

    recordSuccess: (key) =>
      onRedis(
        async (client) => void (await client.del(attemptsKey(key))),
        () => local.recordSuccess(key),
      ),
  };
}
