/** Work to be done soon, kept in PostgreSQL, coalesced by key. Rows say what is due; a job only makes it sooner. */

/** What there is to do, and its payload. */
export interface TaskPayloads {
  /** Read what changed in a calendar. */
  pull: { calendar: string };
  /** Bring a calendar's watch channels to what is wanted: open, renew, close. */
  watch: { calendar: string };
  /** Compare an account's watch channels with the provider's own list. */
  audit: { account: string };
  /** Bring a booking's event in one calendar to what is wanted, or look what its host did to it. */
  write: { write: string };
  /** Send one message to one webhook endpoint. */
  deliver: { message: string };
  /** Tell cache and topics what a committed change made stale. */
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
  /** A waiting job is moved to `runAt`, earlier or later. */
  replaceRunAt?: boolean;
}

/** A Prisma client, or a transaction of it: runs SQL, and what stands between its strings as parameters. */
export interface SqlRunner {
  $executeRaw(sql: TemplateStringsArray, ...values: unknown[]): Promise<number>;
}

export type TaskHandlers = {
  [T in TaskName]: (payload: TaskPayloads[T], signal: AbortSignal) => Promise<void>;
};

export interface JobQueue {
  /** Within `sql`'s transaction, if it is one: the job exists exactly when the change does. */
  enqueue(sql: SqlRunner, requests: readonly JobRequest[]): Promise<void>;
}

export interface JobWorker {
  /** Resolves once running jobs ended, at most after a short grace. */
  stop(): Promise<void>;
}
