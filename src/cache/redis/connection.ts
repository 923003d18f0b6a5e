/** What a connection to Redis is to those who use it, whether one server answers or a whole cluster. */
import type { RedisClient, RedisCluster } from './client.ts';

/** What both can do. The keys of one command must belong to one part. */
export type RedisCommands = RedisClient | RedisCluster;

export interface RedisConnection {
  /**
   * Once a command stays unanswered for a second, all are refused at once until Redis answers again.
   * @throws when there is no connection or no answer.
   */
  runId<T>(command: (client: RedisCommands, partition: Partition) => Promise<T>): Promise<T>;
  /** Idempotent. Waits for commands on their way, but not longer than for any. */
  close(): Promise<void>;
}

/** What one command may ask for, and the run that its server is in. */
export interface Batch<T> {
  items: readonly T[];
  runId: Buffer;
}

/** In the order of the items. @throws when the server of one of them is away. */
export type Partition = <T>(items: readonly T[], keyOf: (item: T) => string) => Batch<T>[];

export const notConnected = (): Error => new Error('There is no connection to Redis.');
