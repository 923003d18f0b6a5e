import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diagnoseConnections, diagnoseDatabase } from '../../../src/cli/doctor/database.ts';
import { runCheck } from '../../../src/cli/doctor/finding.ts';
import { installJobQueue } from '../../../src/jobs/queue.ts';
import { closeStore, createStore, type Store } from '../../../src/store/client.ts';
import { freePort } from '../../harness/ports.ts';
import { emptyDatabase, type FreshDatabase, freshDatabase } from '../../harness/postgres.ts';
import { startTcpProxy } from '../../harness/tcp-proxy.ts';

/** Milliseconds; a database that answers has all the time that a busy machine may need. */
const LIMIT = 60_000;

let database: FreshDatabase;
let operator: Store;
beforeEach(async () => {
  database = await freshDatabase();
  await installJobQueue(database.url);
  operator = createStore(database.url, { max: 1 });
});
afterEach(async () => {
  await closeStore(operator);
  await database.drop();
});

const nameOf = ({ url }: FreshDatabase) => new URL(url).pathname.slice(1);
const diagnose = (url = database.url) => diagnoseDatabase(url, LIMIT);
const failures = async (url?: string) =>
  (await diagnose(url)).findings.filter(({ status }) => status === 'failed');

describe('the doctor on the database', () => {
  it('names version, place, connections and migrations of one that is well, and never its password', async () => {
    const { findings, isReadable } = await diagnose();
    expect(isReadable).toBe(true);
    expect(findings.map(({ check, status }) => [check, status])).toEqual([
      ['database', expect.stringMatching(/^(ok|warning)$/)],
      ['connections', expect.stringMatching(/^(ok|warning)$/)],
      ['migrations', 'ok'],
    ]);
    const [server, connections, migrations] = findings.map(({ finding }) => finding);
    expect(server).toMatch(/^PostgreSQL \d+[.\d]* at 127\.0\.0\.1:\d+\/t_\w+ answers within \d+ ms/);
    expect(connections).toMatch(/^\d+ of the server's \d+ connections are in use/);
    expect(migrations).toMatch(/^all \d+ are applied$/);
    expect(JSON.stringify(findings)).not.toContain(new URL(database.url).password);
  });

  it('warns when four fifths of the connections are in use', () => {
    expect(diagnoseConnections({ used: 79, max: 100 })).toMatchObject([{ status: 'ok' }]);
    expect(diagnoseConnections({ used: 80, max: 100 })).toMatchObject([{ status: 'warning' }]);
  });

  it('says with what to do that nothing listens', async () => {
    const url = `postgresql://ada:geheim@127.0.0.1:${await freePort()}/x`;
    const [found] = await runCheck('database', LIMIT, async () => (await diagnose(url)).findings);
    expect(found).toMatchObject({
      status: 'failed',
      finding: expect.stringContaining('Is PostgreSQL running'),
    });
    expect(found?.finding).not.toContain('geheim');
  });

  it('ends by itself at a database that falls silent', async () => {
    const proxy = await startTcpProxy(() => [Number(new URL(database.url).port)]);
    proxy.hold();
    const url = Object.assign(new URL(database.url), { port: String(proxy.port) }).href;
    const [found] = await runCheck('database', 200, async () => (await diagnoseDatabase(url, 200)).findings);
    expect(found).toMatchObject({ status: 'failed', finding: expect.stringMatching(/no answer/) });
    await proxy.close();
  });

  it('fails one that takes no writes, and says so by its own sentence', async () => {
    await operator.$executeRawUnsafe(
      `alter database ${nameOf(database)} set default_transaction_read_only = on`,
    );
    expect(await failures()).toMatchObject([
      { check: 'database', finding: expect.stringContaining('is read-only: find out why') },
    ]);
  });

  it('fails an empty one, and leaves it empty', async () => {
    const empty = await emptyDatabase();
    const { findings, isReadable } = await diagnose(empty.url);
    expect(isReadable).toBe(false);
    expect(findings.at(-1)).toMatchObject({
      check: 'migrations',
      status: 'failed',
      finding: expect.stringMatching(/^(\d+) of \1 are not applied: it is empty$/),
      advice: expect.stringContaining('slotwire migrate'),
    });
    const store = createStore(empty.url, { max: 1 });
    const tables = await store.$queryRaw`select tablename from pg_tables where schemaname = 'public'`;
    expect(tables).toEqual([]);
    await closeStore(store);
    await empty.drop();
  });

  it('fails one that lacks a migration, and names the first', async () => {
    await operator.$executeRaw`
      delete from _prisma_migrations where migration_name = (select max(migration_name) from _prisma_migrations)`;
    expect(await failures()).toMatchObject([
      { finding: expect.stringMatching(/^1 of \d+ are not applied: the first is \d{14}_/) },
    ]);
  });

  it('fails one that is newer than the code, and one whose migration failed half-way', async () => {
    await operator.$executeRaw`
      update _prisma_migrations set migration_name = '29990101000000_of_tomorrow'
      where migration_name = (select max(migration_name) from _prisma_migrations)`;
    expect(await failures()).toMatchObject([
      {
        finding: expect.stringMatching(/is newer than this version of Slotwire.*29990101000000_of_tomorrow/),
      },
    ]);
    await operator.$executeRaw`
      update _prisma_migrations set finished_at = null where migration_name = '29990101000000_of_tomorrow'`;
    expect(await failures()).toMatchObject([{ finding: expect.stringContaining('failed half-way') }]);
  });

  it('fails one without the tables of the queue', async () => {
    await operator.$executeRaw`drop schema graphile_worker cascade`;
    expect(await failures()).toMatchObject([{ check: 'migrations', finding: 'the queue is not installed' }]);
  });

  it('fails one whose user may not write bookings', async () => {
    const role = nameOf(database);
    await operator.$executeRawUnsafe(`create role ${role} login password 'geheim'`);
    await operator.$executeRawUnsafe(`grant select on all tables in schema public to ${role}`);
    await operator.$executeRawUnsafe(`grant usage on schema graphile_worker to ${role}`);
    const url = Object.assign(new URL(database.url), { username: role, password: 'geheim' }).href;
    try {
      expect(await failures(url)).toMatchObject([
        { finding: expect.stringContaining('may not write bookings') },
      ]);
    } finally {
      await operator.$executeRawUnsafe(`drop owned by ${role}`);
      await operator.$executeRawUnsafe(`drop role ${role}`);
    }
  });
});
