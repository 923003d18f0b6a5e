/** Two PostgreSQL servers of a test's own, one streaming to the other: crashed, restarted, and made to change places. */
import { existsSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createLog } from '../../src/log.ts';
import { packagedBinaries, programPath, runnableBinaries } from '../../src/store/embedded/binaries.ts';
import { dataFolderOf, type EmbeddedServer, initialiseCluster } from '../../src/store/embedded/server.ts';
import { runAs, serverAccount } from '../../src/store/embedded/system-user.ts';
import { until } from './eventually.ts';
import { freePort } from './ports.ts';

export interface PostgresPair {
  /** Of the server that takes writes, or that took them last. */
  primaryPort(): number;
  standbyPort(): number;
  /** @param port of a server, or of a proxy before it */
  url(port: number, database?: string): string;
  /** Asks the primary, as a superuser of the database. */
  query<T extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<T[]>;
  /** SIGKILL to one of the server's processes, upon which it ends all others and recovers by itself. */
  killBackend(pid: number): void;
  /** Ends the primary: at once, or in order, which takes all connections. `start` brings it back. */
  stop(mode: 'immediate' | 'fast'): Promise<void>;
  start(): Promise<void>;
  /**
   * Stops the primary in order, and makes the standby the primary, and the old one its standby.
   * @param between while the standby takes reads alone
   */
  switchOver(between: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

interface Member {
  server: EmbeddedServer;
  port: number;
}

const PASSWORD = 'a-password-of-a-test';
const DATABASE = 'slotwire';

/**
 * Nothing has to survive a loss of power, and all that was committed a kill. Whole pages are logged all the same: without them a
 * server that was killed soon after its promotion may not recover ("WAL contains references to invalid pages").
 */
const SETTINGS = [
  "listen_addresses = '127.0.0.1'",
  "unix_socket_directories = ''",
  'max_connections = 200',
  'fsync = off',
  "timezone = 'UTC'",
  'wal_keep_size = 256MB',
];

export async function startPostgresPair(): Promise<PostgresPair> {
  const root = await mkdtemp(join(tmpdir(), 'slotwire-pair-'));
  await chmod(root, 0o711);
  const account = await serverAccount();
  const members: Member[] = [];
  const log = createLog('warn');
  for (const name of ['one', 'other']) {
    const folder = join(root, name);
    await mkdir(folder, { mode: 0o700 });
    if ('uid' in account) await chown(folder, account.uid, account.gid);
    const native = await runnableBinaries(packagedBinaries(), folder, account, log);
    const server = { folder, native, account, readPassword: PASSWORD, throwaway: true };
    members.push({ server, port: await freePort() });
  }
  const [one, other] = members;
  if (!one || !other) throw new Error('a pair has two members');
  await initialiseCluster(one.server);
  await writeFile(join(dataFolderOf(one.server), 'postgresql.auto.conf'), `${SETTINGS.join('\n')}\n`);
  // The copy of a server that never ran is a standby that lacks nothing.
  const copied = await runAs(account, root, 'cp', ['-a', dataFolderOf(one.server), other.server.folder]);
  if (copied.code !== 0) throw new Error(`the data folder was not copied: ${copied.output}`);

  let [primary, standby] = [one, other];
  const url = (port: number, database = DATABASE) =>
    `postgresql://${DATABASE}:${PASSWORD}@127.0.0.1:${port}/${database}`;

  async function control({ server, port }: Member, command: string, ...more: string[]) {
    const args = [command, '-w', '-t', '60', '-s', '-D', dataFolderOf(server)];
    const start = ['-l', join(server.folder, 'postgres.log'), '-o', `-c port=${port}`];
    const outcome = await runAs(server.account, server.folder, programPath(server.native, 'pg_ctl'), [
      ...args,
      ...(command === 'start' ? start : []),
      ...more,
    ]);
    if (outcome.code === 0) return;
    const said = await readFile(join(server.folder, 'postgres.log'), 'utf8').catch(() => '');
    throw new Error(`pg_ctl ${command} failed: ${outcome.output}\n${said.slice(-2_000)}`);
  }

  /** It must be stopped. */
  async function follow({ server }: Member, leader: Member) {
    const source = `host=127.0.0.1 port=${leader.port} user=${DATABASE} password=${PASSWORD}`;
    const lines = [...SETTINGS, `primary_conninfo = '${source}'`];
    await writeFile(join(dataFolderOf(server), 'postgresql.auto.conf'), `${lines.join('\n')}\n`);
    const signal = join(dataFolderOf(server), 'standby.signal');
    await writeFile(signal, '');
    if ('uid' in server.account) await chown(signal, server.account.uid, server.account.gid);
  }

  async function ask<T extends pg.QueryResultRow>(
    port: number,
    database: string,
    sql: string,
    values?: unknown[],
  ) {
    const client = new pg.Client({ connectionString: url(port, database) });
    client.on('error', () => {});
    await client.connect();
    return (await client.query<T>(sql, values).finally(() => client.end())).rows;
  }

  /** Has the standby all that the primary wrote? */
  const untilStreamed = () =>
    until(async () => {
      const [found] = await ask<{ same: boolean }>(
        primary.port,
        'postgres',
        `select coalesce(bool_or(state = 'streaming' and replay_lsn = pg_current_wal_lsn()), false) as same
         from pg_stat_replication`,
      ).catch(() => []);
      return found?.same;
    });

  // Servers stand outside of this process group, and would outlive a run that is interrupted.
  const quit = () => {
    for (const { server } of members) {
      const file = join(dataFolderOf(server), 'postmaster.pid');
      if (existsSync(file)) process.kill(Number(readFileSync(file, 'utf8').split('\n')[0]), 'SIGQUIT');
    }
  };
  process.once('exit', quit);

  await control(primary, 'start');
  await follow(standby, primary);
  await control(standby, 'start');
  await ask(primary.port, 'postgres', `create database ${DATABASE}`);

  return {
    primaryPort: () => primary.port,
    standbyPort: () => standby.port,
    url,
    query: (sql, values) => ask(primary.port, DATABASE, sql, values),
    killBackend: (pid) => process.kill(pid, 'SIGKILL'),
    stop: (mode) => control(primary, 'stop', '-m', mode),
    start: () => control(primary, 'start'),
    async switchOver(between) {
      await untilStreamed().catch(() => {});
      await control(primary, 'stop', '-m', 'fast');
      await between();
      await control(standby, 'promote');
      [primary, standby] = [standby, primary];
      await follow(standby, primary);
      await control(standby, 'start');
    },
    async close() {
      process.off('exit', quit);
      for (const member of [standby, primary])
        await control(member, 'stop', '-m', 'immediate').catch(() => {});
      await rm(root, { recursive: true, force: true });
    },
  };
}
