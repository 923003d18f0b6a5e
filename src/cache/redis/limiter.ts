/** The limiter in Redis, shared by all processes. While Redis is away each process counts for itself. */
import { randomUUID } from 'node:crypto';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { Log } from '../../log.ts';
import type { Clock } from '../../time/clock.ts';
import { consume, createMemoryLimiter, limiterPerLimit } from '../memory/limiter.ts';
import type { Limiter } from '../port.ts';
import type { RedisCommands, RedisConnection } from './connection.ts';

export interface RedisLimiterDeps {
  run: RedisConnection['run'];
  /** Of every key. */
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
      if (!isAway)
        log.warn(
          { err: error },
          'limits not counted in Redis: this process counts for itself until Redis answers',
        );
      isAway = true;
      return fallback();
    }
  }

  /** The part of a client that the library uses. */
  const storeClient = {
    eval: (script: string, options: { keys: string[]; arguments: string[] }) =>
      run((client) => client.eval(script, options)),
  };
  const limiterFor = limiterPerLimit(
    (points, duration) =>
      new RateLimiterRedis({
        storeClient,
        useRedisPackage: true,
        keyPrefix: `${prefix}limit`,
        points,
        duration,
        // A key without points left is refused without asking Redis again.
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
        // A permit that can't be released now ends by itself.
        run((client) => client.zRem(permitsKey(key), permit)).catch(() => {});
      };
      return onRedis(
        async (client) =>
          (await client.acquirePermit(permitsKey(key), permit, permits.most, permits.ttl)) ? release : null,
        () => local.acquire(key, permits),
      );
    },

    enter: (key, trial) =>
      onRedis(
        (client) => client.enterAttempt(attemptsKey(key), trial),
        () => local.enter(key, trial),
      ),

    recordFailure: (key, limits) =>
      onRedis(
        (client) => client.recordFailure(attemptsKey(key), limits.most, limits.ttl),
        () => local.recordFailure(key, limits),
      ),

    pause: (key, ms, ttl) =>
      onRedis(
        (client) => client.pauseAttempts(attemptsKey(key), Math.ceil(ms), ttl),
        () => local.pause(key, ms, ttl),
      ),

    recordSuccess: (key) =>
      onRedis(
        async (client) => void (await client.del(attemptsKey(key))),
        () => local.recordSuccess(key),
      ),
  };
}
