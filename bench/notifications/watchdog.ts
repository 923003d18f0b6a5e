/** Tells what a benchmark, the gateway, its database and the simulator are doing when nothing has been done for ten seconds. */
import pg from 'pg';
import type { BenchGateway } from '../gateway.ts';

const SILENCE = 10_000;
const INTERVAL = 1_000;

export interface Watchdog {
  /** Something was done. @param next what is to be done next */
  progress(next: string): void;
  stop(): Promise<void>;
}

const ACTIVITY = `
  select pid, application_name as application, state, wait_event_type || ':' || wait_event as waits,
    pg_blocking_pids(pid) as blocked_by, round(extract(epoch from clock_timestamp() - xact_start)::numeric, 1) as transaction_s,
    left(regexp_replace(query, '\\s+', ' ', 'g'), 100) as query
  from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'
  order by xact_start nulls last`;
const JOBS = `
  select task_identifier as task, count(*)::int as jobs, count(locked_at)::int as running,
    round(extract(epoch from min(run_at) - now())::numeric, 1) as first_due_in_s
  from graphile_worker.jobs group by 1`;

export async function startWatchdog({
  databaseUrl,
  simulator,
  metricLines,
}: BenchGateway): Promise<Watchdog> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'watchdog' });
  await client.connect();
  client.on('error', () => {});
  let last = performance.now();
  let next = 'nothing';
  let looking = Promise.resolve();

  async function look(silent: number) {
    const tell = (what: string, found: unknown) =>
      process.stderr.write(`watchdog: ${what}: ${JSON.stringify(found)}\n`);
    tell(`nothing was done for ${Math.round(silent / 1_000)} s, next`, next);
    // How late a timer of this process is says how busy the machine, and the simulator in this process, are.
    const asked = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 10));
    tell('lag of this process, ms', Math.round(performance.now() - asked - 10));
    for (const { pid, ...activity } of (await client.query(ACTIVITY)).rows)
      tell(`connection ${pid}`, activity);
    tell('jobs', (await client.query(JOBS)).rows);
    const lines = await metricLines().catch((error: unknown) => [`metrics: ${error}`]);
    tell(
      'gateway',
      lines.filter((line) =>
        /^(nodejs_eventloop_lag_(seconds|p99_seconds)|slotwire_notifications_total)/.test(line),
      ),
    );
    const states = new Map<string, number>();
    for (const { provider, state, status } of simulator.notifications()) {
      const key = `${provider} ${state} ${status}`;
      states.set(key, (states.get(key) ?? 0) + 1);
    }
    tell('last notifications of the simulator', [...states]);
  }

  const timer = setInterval(() => {
    const silent = performance.now() - last;
    if (silent < SILENCE) return;
    last = performance.now();
    looking = look(silent).catch((error: unknown) => void process.stderr.write(`watchdog: ${error}\n`));
  }, INTERVAL);

  return {
    progress(what) {
      last = performance.now();
      next = what;
    },
    async stop() {
      clearInterval(timer);
      await looking;
      await client.end();
    },
  };
}
