/** Who runs on this database: a gateway whose cache is its own must be alone on it. */
import { StartError } from '../errors.ts';
import { openConnection } from './connection.ts';

/** Held for as long as a gateway runs: shared by those with Redis, exclusive without. */
const GATEWAY_LOCK = 72_707_370;

/**
 * @returns gives the place up again.
 * @throws StartError when another process and this one can't hear each other for lack of a common Redis.
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
