/** Dependencies of the room. */
import type { Limiter } from '../cache/port.ts';
import type { Config } from '../config.ts';
import type { JobQueue } from '../jobs/port.ts';
import type { Log } from '../log.ts';
import type { Providers } from '../providers/port.ts';
import type { KeyRing } from '../secrets.ts';
import type { Store, Tx } from '../store/client.ts';
import type { Clock, Instant } from '../time/clock.ts';

/** Publishes changes to cache and subscribers. */
export interface ConnectPublisher {
  /**
   * Runs `work` in a transaction; `keys` are the cache keys whose values it made stale. Resolves once the change is
   * published.
   */
  change<T>(work: (tx: Tx, now: Instant) => Promise<{ result: T; keys: readonly string[] }>): Promise<T>;
  /** Invalidates keys within the transaction of another change. */
  invalidate(tx: Tx, keys: readonly string[]): Promise<void>;
  /** Publishes the keys after that transaction's commit. Never rejects. */
  publishOrLog(keys: readonly string[]): Promise<void>;
}

export interface ConnectDeps {
  store: Store;
  providers: Providers;
  jobs: JobQueue;
  limiter: Limiter;
  publisher: ConnectPublisher;
  keyRing: KeyRing;
  /** Closes a calendar's channels at the provider, while the account's grant is still valid. */
  closeChannels(calendar: string): Promise<void>;
  clock: Clock;
  config: Pick<Config, 'PUBLIC_URL' | 'ALLOWED_RETURN_ORIGINS' | 'ALLOW_PRIVATE_NETWORK'>;
  log: Log;
}
