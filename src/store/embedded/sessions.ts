/** Sessions at an embedded PostgreSQL tell who uses it: the system ends them with their process, however that ends. */
import pg from 'pg';
import { type EmbeddedServer, serverUrl } from './server.ts';

/** `application_name` of the session that each process which uses the server keeps. */
export const USER_SESSION = 'slotwire user';
/** `application_name` of the watch process's session. */
export const WATCH_SESSION = 'slotwire watch';

const CONNECT_TIMEOUT = 5_000;
const QUERY_TIMEOUT = 10_000;

/** Opens a session in the database `postgres`. @throws what pg throws when the server can't be reached in five seconds. */
export async function openSession(server: EmbeddedServer, port: number, name: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: serverUrl(server, port, 'postgres'),
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    query_timeout: QUERY_TIMEOUT,
    application_name: name,
  });
  client.on('error', () => {}); // the session's end is what its owner listens to
  await client.connect();
  return client;
}

/** Processes that use the server, as its sessions show, without the one that asks. */
export const otherUsers = (session: pg.Client): Promise<number> =>
  countSessions(session, 'application_name = $1', USER_SESSION);

/** Sessions of clients of any kind, but for those of watch processes and the one that asks. */
export const otherClients = (session: pg.Client): Promise<number> =>
  countSessions(session, 'application_name <> $1', WATCH_SESSION);

/** Is a watch process connected? */
export const isWatched = async (session: pg.Client): Promise<boolean> =>
  (await countSessions(session, 'application_name = $1', WATCH_SESSION)) > 0;

async function countSessions(session: pg.Client, condition: string, name: string): Promise<number> {
  const { rows } = await session.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity
     where backend_type = 'client backend' and pid <> pg_backend_pid() and ${condition}`,
    [name],
  );
  return rows[0]?.count ?? 0;
}
