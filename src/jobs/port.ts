/** Jobs: work that is wanted soon, kept in PostgreSQL and coalesced by key. Rows say what is due; a job only makes it sooner. */

/** The kinds of jobs, and the payload of each. */
export interface TaskPayloads {
  /** Read what changed in a calendar. */
  pull: { calendar: string };
  /** Bring a calendar's watch channels to what is wanted of them: open, renew, close. */
  watch: { calendar: string };
  /** Compare an account's watch channels with the provider's own list. */
  audit: { account: string };
  /** Bring a booking's event in one calendar to what is wanted, or find out what its host did to it. */
  write: { write: string };
  /** Send one message to one webhook endpoint. */
  deliver: { message: string };
  /** Hand one mail to the mail server. */
  mail: { mail: string };
  /** Erase an organisation that was deleted, with all that is theirs. */
  erase: { organisation: string };
  /** Publish the new value of a cache key that a committed change made stale. */
  publish: { key: string };
}

export type TaskName = keyof TaskPayloads;

export interface JobRequest<T extends TaskName = TaskName> {
  task: T;
  payload: TaskPayloads[T];
  /** One waiting job per task and key; a repeated request keeps the earlier time. */
  key: string;
  /** Not before this instant (epoch milliseconds); at once when absent. */
  runAt?: number;
  /** A waiting job of the same key is moved to `runAt`, earlier or later. */
  replaceRunAt?: boolean;
  /** One of a flood: all other jobs that are due go before it, and workers take it at `runAt`, not at their next poll after that. */
  paced?: boolean;
}

/** A Prisma client, or a transaction of it: runs a SQL template with its values as parameters. */
export interface SqlRunner {
  $executeRaw(sql: TemplateStringsArray, ...values: unknown[]): Promise<number>;
}

export type TaskHandlers = {
  [T in TaskName]: (payload: TaskPayloads[T], signal: AbortSignal) => Promise<void>;
};

export interface JobQueue {
  /** In the transaction that `sql` is, if it is one: the jobs exist exactly when its change is committed. */
  enqueue(sql: SqlRunner, requests: readonly JobRequest[]): Promise<void>;
}

export interface JobWorker {
  /** False while the worker waits to take jobs again, as during an outage of the database. */
  isRunning(): boolean;
  /** Resolves once running jobs ended, or after the grace period. */
  stop(): Promise<void>;
}
