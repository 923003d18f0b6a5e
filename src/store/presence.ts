/** Presence of gateways on a database: a gateway with a cache of its own must be the only one. */
import { StartError } from '../errors.ts';
import { openConnection } from './connection.ts';

/** Held for as long as a gateway runs: shared by those with Redis, exclusive without. */
const GATEWAY_LOCK = 72_707_370;

/**
 * Takes the gateway's lock on the database.
 * @returns a function that releases the lock
 * @throws StartError when another gateway runs on the database and the two share no Redis
 */
export async function announcePresence(
  url: string,
  options: { shared: boolean },
): Promise<() => Promise<void>> {
  const client = await openConnection(url);
  try {
    const fn = options.shared ? 'pg_try_advisory_lock_shared' : 'pg_try_advisory_lock';
    const { rows } = await client.query<{ held: boolean }>(`select ${fn}(${GATEWAY_LOCK}) as held`);
    if (rows[0]?.held) return () => client.end();
  } catch (error) {
    await client.end();
    throw error;
  }
  await client.end();
  throw new StartError(
    options.shared
      ? 'A gateway without REDIS_URL runs on this database. Set REDIS_URL there too, to the same Redis, or stop it.'
      : 'Another gateway runs on this database. A second one needs REDIS_URL, the same for both.',
  );
}
