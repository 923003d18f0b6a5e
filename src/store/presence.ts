/** Presence of gateways on a database: a gateway with a cache of its own must be the only one. */
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { type Backoff, backoffDelay } from '../async/backoff.ts';
import { StartError } from '../errors.ts';
import type { Log } from '../log.ts';
import { MINUTE, SECOND } from '../time/clock.ts';
import { openConnection } from './connection.ts';

/** Held for as long as a gateway runs: shared by those with Redis, exclusive without. */
const GATEWAY_LOCK = 72_707_370;

/** Waits before a lost lock is taken again. */
const BACKOFF: Backoff = { first: 500, max: 10 * SECOND, jitter: 0.5 };
/** How often a gateway whose place was taken says so. */
const REMINDER = MINUTE;

export interface PresenceOptions {
  /** The gateway shares its cache with others, by Redis. */
  shared: boolean;
  log: Log;
}

/**
 * Takes the gateway's lock on the database, and takes it again after each loss of the connection that holds it.
 * @returns a function that releases the lock
 * @throws StartError when another gateway runs on the database and the two share no Redis
 */
export async function announcePresence(url: string, options: PresenceOptions): Promise<() => Promise<void>> {
  const { shared, log } = options;
  let released = false;
  let client = await takeLock(url, shared);

  function listen(to: pg.Client) {
    to.once('end', () => {
      if (!released) void retake();
    });
  }

  /** Never rejects. */
  async function retake(): Promise<void> {
    let remindAt = Number.NEGATIVE_INFINITY;
    for (let attempt = 0; !released; attempt++) {
      await pause(backoffDelay(BACKOFF, attempt), undefined, { ref: false });
      if (released) return;
      try {
        const taken = await takeLock(url, shared);
        client = taken;
        if (released) await taken.end();
        else listen(taken);
        return;
      } catch (error) {
        if (!(error instanceof OtherGateway) || performance.now() < remindAt) continue;
        remindAt = performance.now() + REMINDER;
        log.error({ reason: error.message }, 'another gateway took the place of this one: stop one of them');
      }
    }
  }

  listen(client);
  return async () => {
    released = true;
    await client.end().catch(() => {});
  };
}

class OtherGateway extends StartError {}

async function takeLock(url: string, shared: boolean): Promise<pg.Client> {
  const client = await openConnection(url);
  try {
    const fn = shared ? 'pg_try_advisory_lock_shared' : 'pg_try_advisory_lock';
    const { rows } = await client.query<{ held: boolean }>(`select ${fn}(${GATEWAY_LOCK}) as held`);
    if (rows[0]?.held) return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
  await client.end();
  throw new OtherGateway(
    shared
      ? 'A gateway without REDIS_URL runs on this database. Set REDIS_URL there too, to the same Redis, or stop it.'
      : 'Another gateway runs on this database. A second one needs REDIS_URL, the same for both.',
  );
}
