/** Limits in Redis, shared by all processes; while it is away each process keeps its own. */
import { randomUUID } from 'node:crypto';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { Log } from '../../log.ts';
import type { Clock } from '../../time/clock.ts';
import { createMemoryLimiter, limitersBy, taken } from '../memory/limiter.ts';
import type { Limiter } from '../port.ts';
import type { RedisCommands, RedisConnection } from './connection.ts';

export interface RedisLimiterDeps {
  run: RedisConnection['run'];
  /** Begins every key. */
  prefix: string;
  clock: Clock;
  log: Log;
}

export function createRedisLimiter({ run, prefix, clock, log }: RedisLimiterDeps): Limiter {
  const own = createMemoryLimiter({ clock });
  let away = false;

  async function shared<T>(ask: () => Promise<T>, alone: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask();
      away = false;
      return answer;
    } catch (error) {
      if (!away) log.warn({ err: error }, 'limits are counted in this process alone until Redis answers');
      away = true;
      return alone();
    }
  }

  /** All that the library asks of a client. */
  const storeClient = {
    eval: (script: string, given: { keys: string[]; arguments: string[] }) =>
      run((client) => client.eval(script, given)),
  };
  const limiterOf = limitersBy(
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

  const script = <T>(ask: (client: RedisCommands) => Promise<T>, alone: () => Promise<T>) =>
    shared(() => run(ask), alone);
  const placesOf = (key: string) => `${prefix}places:${key}`;
  const restOf = (key: string) => `${prefix}rest:${key}`;

  return {
    take: (key, limit, points = 1) =>
      shared(
        () => taken(() => limiterOf(limit).consume(key, points)),
        () => own.take(key, limit, points),
      ),

    acquire(key, places) {
      const place = randomUUID();
      const release = () => {
        // A place that can't be given back ends by itself.
        run((client) => client.zRem(placesOf(key), place)).catch(() => {});
      };
      return script(
        async (client) =>
          (await client.acquirePlace(placesOf(key), place, places.most, places.ttl)) ? release : null,
        () => own.acquire(key, places),
      );
    },

    enter: (key, trial) =>
      script(
        (client) => client.enterRest(restOf(key), trial),
        () => own.enter(key, trial),
      ),

    fail: (key, bounds) =>
      script(
        (client) => client.countFailure(restOf(key), bounds.most, bounds.keep),
        () => own.fail(key, bounds),
      ),

    rest: (key, ms, keep) =>
      script(
        (client) => client.beginRest(restOf(key), Math.ceil(ms), keep),
        () => own.rest(key, ms, keep),
      ),

    recover: (key) =>
      script(
        async (client) => void (await client.del(restOf(key))),
        () => own.recover(key),
      ),
  };
}
