/** Asks PostgreSQL on a connection of its own what it works on, to tell a slow query from a connection that fell silent. */
import pg from 'pg';
import { withDeadline } from '../async/deadline.ts';

/** What the server said. */
export interface ProbeResult {
  /** Ids of the backends that have something to do. Null when they can't be compared, as behind a pooler. */
  busy: ReadonlySet<number> | null;
}

/** @returns null when the server gave no answer. */
export type Probe = () => Promise<ProbeResult | null>;

/**
 * Callers who ask at the same time share one connection.
 * @param ms how long connecting and asking may take
 */
export function createProbe(url: string, ms: number): Probe {
  let underWay: Promise<ProbeResult | null> | undefined;
  return () => {
    underWay ??= askServer(url, ms).finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

async function askServer(url: string, ms: number): Promise<ProbeResult | null> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: ms,
    application_name: 'slotwire probe',
  });
  client.on('error', () => {}); // the query at hand fails as well
  let backend: number | undefined;
  client.connection.once('backendKeyData', ({ processID }: { processID: number }) => {
    backend = processID;
  });
  try {
    return await withDeadline(ms, undefined, async () => {
      await client.connect();
      const { rows } = await client.query<{ own: number; busy: number[] | null }>(
        `select pg_backend_pid() as own, array_agg(pid) filter (where state is distinct from 'idle') as busy
         from pg_stat_activity where backend_type = 'client backend'`,
      );
      const [found] = rows;
      const comparable = found !== undefined && found.own === backend;
      return { busy: comparable ? new Set(found.busy) : null };
    });
  } catch (error) {
    // A server that refuses for reasons of its own, such as too many connections, has answered.
    return error instanceof pg.DatabaseError ? { busy: null } : null;
  } finally {
    client.connection.stream.destroy();
  }
}
