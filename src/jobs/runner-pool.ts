/** The connections of one runner of graphile-worker. */
import type pg from 'pg';
import { BoundedPool } from '../postgres/pool.ts';

type Release = (error?: Error | boolean) => void;
/** A pool that has ended gives nothing to release, although the types of pg say so. */
type Connected = (error: Error | undefined, client?: pg.PoolClient, release?: Release) => void;

/**
 * graphile-worker gives the connection that it listens on back twice when it is lost while the runner stops, which a pool
 * answers with an error that nothing awaits (docs/adr/0013). Here the second time does nothing.
 */
export class RunnerPool extends BoundedPool {
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<pg.PoolClient> | undefined {
    if (!callback) return super.connect();
    super.connect((error?: Error, client?: pg.PoolClient, release?: Release) =>
      callback(error, client, release && once(release)),
    );
    return undefined;
  }
}

function once(release: Release): Release {
  let isReleased = false;
  return (error) => {
    if (isReleased) return;
    isReleased = true;
    release(error);
  };
}
