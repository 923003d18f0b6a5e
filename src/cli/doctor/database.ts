/** The database: whether it answers, takes writes, has room for connections, and has the tables of this version. */
import type pg from 'pg';
import { CONNECTION_LIMITS, type ConnectionLimits } from '../../postgres/limits.ts';
import {
  measureRoundTrip,
  ROUND_TRIP_MAX,
  ROUND_TRIP_SLOW,
  tooSlowAdvice,
  writableFault,
} from '../../store/await-database.ts';
import { describeUrl, openConnection } from '../../store/connection.ts';
import { pendingMigrations } from '../../store/migrate.ts';
import { type Finding, findingsOf } from './finding.ts';

export interface DatabaseDiagnosis {
  findings: Finding[];
  /** Its tables are those of this version, so that other checks can read them. */
  isReadable: boolean;
}

/** From this share of the connections on there is soon none left for the next process. */
const CONNECTIONS_SHARE = 0.8;

/** Limits of connections of a step that has `ms` milliseconds: they end before it does, and then say why. */
export function checkLimits(ms: number): ConnectionLimits {
  const limit = Math.max(1, Math.floor(ms * 0.8));
  return {
    ...CONNECTION_LIMITS,
    connect: limit,
    statement: limit,
    lock: limit,
    suspect: limit,
    probe: limit,
  };
}

/**
 * @param limit milliseconds for each step
 * @throws StartError when it can't be connected to
 */
export async function diagnoseDatabase(url: string, limit: number): Promise<DatabaseDiagnosis> {
  const client = await openConnection(url, { limits: checkLimits(limit) });
  try {
    const migrations = await diagnoseMigrations(client, url);
    return {
      findings: [
        ...(await diagnoseServer(client, url)),
        ...diagnoseConnections(await countConnections(client)),
        ...migrations.findings,
      ],
      isReadable: migrations.isReadable,
    };
  } finally {
    await client.end().catch(() => {});
  }
}

async function diagnoseServer(client: pg.Client, url: string): Promise<Finding[]> {
  const { ok, warning, failed } = findingsOf('database');
  const { rows } = await client.query<{ version: string; denied: boolean }>(
    `select split_part(current_setting('server_version'), ' ', 1) as version,
       coalesce(not has_table_privilege(to_regclass('booking'), 'insert'), false) as denied`,
  );
  const ms = await measureRoundTrip(client);
  const server = `PostgreSQL ${rows[0]?.version} at ${describeUrl(url)} answers within ${Math.max(ms, 1)} ms`;
  const found: Finding[] = [];
  const fault = await writableFault(client, url);
  if (fault !== null) found.push(failed(fault, null));
  else if (rows[0]?.denied) {
    found.push(
      failed('the user of DATABASE_URL may not write bookings', 'Grant it insert and update on all tables.'),
    );
  }
  if (ms > ROUND_TRIP_MAX) found.push(failed(tooSlowAdvice(url, ms), null));
  else if (ms > ROUND_TRIP_SLOW) {
    found.push(warning(`${server}: all answers are slow`, 'Run Slotwire near its database.'));
  }
  return found.length > 0 ? found : [ok(`${server} and takes writes`)];
}

/** Counted by pg_stat_database, which every user may read in full. */
async function countConnections(client: pg.Client): Promise<{ used: number; max: number }> {
  const { rows } = await client.query<{ used: number; max: number }>(
    `select sum(numbackends)::int as used, current_setting('max_connections')::int as max from pg_stat_database`,
  );
  return rows[0] ?? { used: 0, max: 0 };
}

/** @param connections of all clients of the server, and how many it takes */
export function diagnoseConnections({ used, max }: { used: number; max: number }): Finding[] {
  const { ok, warning } = findingsOf('connections');
  const finding = `${used} of the server's ${max} connections are in use`;
  if (used < max * CONNECTIONS_SHARE) return [ok(finding)];
  return [
    warning(
      `${finding}: soon there is none left for the next process`,
      'Raise max_connections of PostgreSQL, run fewer processes, or close other clients.',
    ),
  ];
}

async function diagnoseMigrations(client: pg.Client, url: string): Promise<DatabaseDiagnosis> {
  const { ok, failed } = findingsOf('migrations');
  let state: Awaited<ReturnType<typeof pendingMigrations>>;
  try {
    state = await pendingMigrations(client, url);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { findings: [failed(reason, null)], isReadable: false };
  }
  const { known, pending } = state;
  const advice = 'Start a process of this version, which applies them, or run: slotwire migrate';
  if (pending.length > 0) {
    const which = pending.length === known ? 'it is empty' : `the first is ${pending[0]}`;
    const finding = `${pending.length} of ${known} are not applied: ${which}`;
    return { findings: [failed(finding, advice)], isReadable: false };
  }
  const { rows } = await client.query<{ queue: boolean }>(
    `select to_regprocedure('graphile_worker.add_jobs(graphile_worker.job_spec[],boolean)') is not null as queue`,
  );
  const found = rows[0]?.queue
    ? ok(`all ${known} are applied`)
    : failed('the queue is not installed', advice);
  return { findings: [found], isReadable: true };
}
