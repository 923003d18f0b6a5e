/** A connection to Redis, the same to its users whether one server answers or a cluster. */
import type { RedisClient, RedisCluster } from './client.ts';

/** What a server's and a cluster's client have in common. The keys of one command must belong to one batch. */
export type RedisCommands = RedisClient | RedisCluster;

export interface RedisConnection {
  /**
   * Once a command stays unanswered for a second, all others are refused at once until Redis answers again.
   * @throws when there is no connection or no answer.
   */
  run<T>(command: (client: RedisCommands, partition: Partition) => Promise<T>): Promise<T>;
  /** Idempotent. Waits for commands under way, at most a second. */
  close(): Promise<void>;
}

/** Items for one command, and the run id of their server. */
export interface Batch<T> {
  items: readonly T[];
  runId: Buffer;
}

/** Batches in the order of the items. @throws when the server of one of them is away. */
export type Partition = <T>(items: readonly T[], keyOf: (item: T) => string) => Batch<T>[];

export const notConnected = (): Error => new Error('There is no connection to Redis.');
