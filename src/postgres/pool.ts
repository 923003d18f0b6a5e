/** A pool of bounded connections. */
import pg from 'pg';
import { DeadlineError, withDeadline } from '../async/deadline.ts';
import { SECOND } from '../time/clock.ts';
import { BoundedClient, type BoundedClientOptions } from './client.ts';
import { CONNECTION_LIMITS } from './limits.ts';
import { createProbe } from './probe.ts';

/** Queries at hand may go on for so long when a pool ends. */
const END_TIMEOUT = 2 * SECOND;

export interface BoundedPoolOptions extends Omit<BoundedClientOptions, 'probe'> {
  /** Connections at most. */
  max: number;
}

/** A pool of node-postgres whose connections are bounded clients. A lost one gives its place back. */
export class BoundedPool extends pg.Pool {
  readonly #clients: Set<BoundedClient>;
  #ended: Promise<void> | undefined;

  constructor(url: string, options: BoundedPoolOptions) {
    const { max, limits = CONNECTION_LIMITS } = options;
    const clients = new Set<BoundedClient>();
    const clientOptions = { ...options, probe: createProbe(url, limits.probe) };
    super({
      max,
      connectionTimeoutMillis: limits.connect,
      Client: class extends BoundedClient {
        constructor() {
          super(url, clientOptions);
          clients.add(this);
          this.once('end', () => clients.delete(this));
        }
      },
    });
    this.#clients = clients;
    // Each client reports its own loss.
    this.on('error', () => {});
    this.on('connect', () => {});
  }

  /** Waits for queries at hand, two seconds at most, then ends every connection. May be called again. */
  override end(): Promise<void>;
  override end(callback: () => void): void;
  override end(callback?: () => void): Promise<void> | void {
    this.#ended ??= this.#end();
    const ended = this.#ended;
    if (!callback) return ended;
    ended.then(callback, callback);
  }

  async #end(): Promise<void> {
    try {
      await withDeadline(END_TIMEOUT, undefined, () => super.end());
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
    } finally {
      for (const client of this.#clients) client.abandon();
    }
  }
}
