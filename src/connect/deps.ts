/** What this room is made with. */
import type { Limiter } from '../cache/port.ts';
import type { Config } from '../config.ts';
import type { JobQueue } from '../jobs/port.ts';
import type { Log } from '../log.ts';
import type { Providers } from '../providers/port.ts';
import type { KeyRing } from '../secrets.ts';
import type { Store, Tx } from '../store/client.ts';
import type { Clock, Instant } from '../time/clock.ts';

/** Tells cache and topics of what a change made stale. */
export interface ConnectPublisher {
  /** Runs `work` in a transaction; `keys` are the cache keys that it made stale. Answers once readers were told. */
  change<T>(work: (tx: Tx, now: Instant) => Promise<{ result: T; keys: readonly string[] }>): Promise<T>;
  /** In the transaction of a change made elsewhere. */
  invalidate(tx: Tx, keys: readonly string[]): Promise<void>;
  /** After its commit. Never rejects. */
  publishOrLog(keys: readonly string[]): Promise<void>;
}

export interface ConnectDeps {
  store: Store;
  providers: Providers;
  jobs: JobQueue;
  limiter: Limiter;
  publisher: ConnectPublisher;
  keyRing: KeyRing;
  /** Closes a calendar's channels at the provider, while the account's grant still stands. */
  closeChannels(calendar: string): Promise<void>;
  clock: Clock;
  config: Pick<Config, 'PUBLIC_URL' | 'ALLOWED_RETURN_ORIGINS' | 'ALLOW_PRIVATE_NETWORK'>;
  log: Log;
}
