/** One connection to PostgreSQL that never waits without an end, and whose loss never ends the process. */
import pg from 'pg';
import { SECOND } from '../time/clock.ts';
import { CONNECTION_LIMITS, type ConnectionLimits, withSessionLimits } from './limits.ts';
import { createProbe, type Probe } from './probe.ts';
import { watchForSilence } from './silence.ts';

/** When the operating system starts to ask a silent peer for a sign of life. It gives up about ten seconds later. */
const KEEPALIVE_DELAY = 10 * SECOND;
/** How long the server may take to say goodbye. */
const END_TIMEOUT = 2 * SECOND;

export interface BoundedClientOptions {
  /** Shown in pg_stat_activity. */
  name: string;
  /** `CONNECTION_LIMITS` by default. */
  limits?: ConnectionLimits | undefined;
  /** The connection was lost, and with it the query at hand. Called once. */
  onLost?: ((error: Error) => void) | undefined;
  /** Shared by the connections of a pool; one of its own by default. */
  probe?: Probe | undefined;
}

/** A query had no answer, and neither had the question whether the server still works on it. Its code is ETIMEDOUT. */
export class SilentConnectionError extends Error {
  override readonly name = 'SilentConnectionError';
  readonly code = 'ETIMEDOUT';
  readonly syscall = 'read';
  readonly errno = -110;
}

/**
 * A client of node-postgres with limits. A query that is not answered in time ends its connection, and fails with it: the
 * driver's own `query_timeout` would leave the connection waiting for the answer, lost for its pool.
 */
export class BoundedClient extends pg.Client {
  constructor(url: string, options: BoundedClientOptions) {
    const { name, limits = CONNECTION_LIMITS, onLost, probe = createProbe(url, limits.probe) } = options;
    super({
      connectionString: withSessionLimits(url, limits),
      application_name: name,
      connectionTimeoutMillis: limits.connect,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEPALIVE_DELAY,
    });
    let backend: number | null = null;
    this.connection.once('backendKeyData', ({ processID }: { processID: number }) => {
      backend = processID;
    });
    let lost = false;
    // An 'error' event without a listener would end the process.
    this.on('error', (error: Error) => {
      if (lost) return;
      lost = true;
      onLost?.(error);
    });
    this.query = watched(this.query.bind(this), () =>
      watchForSilence({
        limits,
        probe,
        processId: () => backend,
        giveUp: (reason) => this.connection.stream.destroy(new SilentConnectionError(reason)),
      }),
    );
  }

  /** Ends the connection in order, or at once when a peer that fell silent does not end it within two seconds. */
  override end(): Promise<void>;
  override end(callback: (error: Error) => void): void;
  override end(callback?: (error: Error) => void): Promise<void> | void {
    const timer = setTimeout(() => this.abandon(), END_TIMEOUT).unref();
    this.once('end', () => clearTimeout(timer));
    return callback ? super.end(callback) : super.end();
  }

  /** Ends the connection at once, whatever it waits for. */
  abandon(): void {
    this.connection.stream.destroy();
  }
}

/** @param watch is called with each query; what it returns, once the query is answered. */
function watched(query: pg.Client['query'], watch: () => () => void): pg.Client['query'] {
  return new Proxy(query, {
    apply(target, self, args: unknown[]) {
      const answered = watch();
      const at = args.findIndex((arg) => typeof arg === 'function');
      const callback = args[at];
      if (typeof callback === 'function') {
        args[at] = (...outcome: unknown[]) => {
          answered();
          callback(...outcome);
        };
        return Reflect.apply(target, self, args);
      }
      const result = Reflect.apply(target, self, args);
      Promise.resolve(result).then(answered, answered);
      return result;
    },
  });
}
