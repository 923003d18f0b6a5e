/** The limiter in Redis, shared by all processes. While Redis is away each process counts for itself. */
import { randomUUID } from 'node:crypto';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { Log } from '../../log.ts';
import type { Clock } from '../../time/clock.ts';
import { consume, createMemoryLimiter, limiterPerLimit, tally } from '../memory/limiter.ts';
import type { Limiter } from '../port.ts';
import type { RedisCommands, RedisConnection } from './connection.ts';
import { answerWithKey, type KeyedAnswer, readKeyedAnswer } from './limiter-script.ts';

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
      run(async (client) =>
        resultFor(options.keys[0], readKeyedAnswer(await client.eval(answerWithKey(script), options))),
      ),
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

    tally: (key, limit, points) =>
      withFallback(
        () => tally(limit, () => limiterFor(limit).consume(key, points)),
        () => local.tally(key, limit, points),
      ),

    acquire(key, permits) {
      const permit = randomUUID();
      const release = () => {
        // A permit that can't be released now ends by itself.
        run((client) => client.zRem(permitsKey(key), permit)).catch(() => {});
      };
      return onRedis(
        async (client) =>
          resultFor(
            permitsKey(key),
            await client.acquirePermit(permitsKey(key), permit, permits.most, permits.ttl),
          )
            ? release
            : null,
        () => local.acquire(key, permits),
      );
    },

    enter: (key, trial) =>
      onRedis(
        async (client) => resultFor(attemptsKey(key), await client.enterAttempt(attemptsKey(key), trial)),
        () => local.enter(key, trial),
      ),

    recordFailure: (key, limits) =>
      onRedis(
        async (client) =>
          resultFor(attemptsKey(key), await client.recordFailure(attemptsKey(key), limits.most, limits.ttl)),
        () => local.recordFailure(key, limits),
      ),

    pause: (key, ms, ttl) =>
      onRedis(
        async (client) =>
          resultFor(attemptsKey(key), await client.pauseAttempts(attemptsKey(key), Math.ceil(ms), ttl)),
        () => local.pause(key, ms, ttl),
      ),

    recordSuccess: (key) =>
      onRedis(
        async (client) => void (await client.del(attemptsKey(key))),
        () => local.recordSuccess(key),
      ),
  };
}

/** @throws Error when the answer belongs to another command: this process counts for itself then. */
function resultFor<T>(key: string | undefined, { key: answered, result }: KeyedAnswer<T>): T {
  if (answered !== key) throw new Error('Redis gave the answer to another command.');
  return result;
}
