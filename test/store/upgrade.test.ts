import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate, packageRoot } from '../../src/store/migrate.ts';
import { emptyDatabase, type FreshDatabase } from '../harness/postgres.ts';
import { RELEASED, RELEASED_ROWS } from './released-rows.fixture.ts';

const MIGRATIONS = join(packageRoot(), 'prisma', 'migrations');

let database: FreshDatabase;
let client: pg.Client;
/** Rows of every table as they were in 0.3.0. Ids of rows that no parent has say "orphan". */
let before: Record<string, Row[]>;
let applied: string[];

type Row = Record<string, unknown>;

beforeAll(async () => {
  database = await emptyDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'slotwire-released-'));
  for (const name of await readdir(MIGRATIONS))
    if (name <= RELEASED) await cp(join(MIGRATIONS, name), join(folder, name), { recursive: true });
  await migrate(database.url, { migrationsFolder: folder });
  await rm(folder, { recursive: true });
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(RELEASED_ROWS);
  before = await everything();
  applied = await migrate(database.url);
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

async function everything(): Promise<Record<string, Row[]>> {
  const { rows } = await client.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' and tablename <> '_prisma_migrations' order by 1",
  );
  const found: Record<string, Row[]> = {};
  for (const { name } of rows) {
    const all = await client.query<{ row: Row }>(`select to_jsonb(t) as row from ${name} t order by t::text`);
    found[name] = all.rows
      .map(({ row }) => row)
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  return found;
}

const withColumnsOf = (model: Row, row: Row): Row =>
  Object.fromEntries(Object.keys(model).map((column) => [column, row[column]]));

const isOrphan = (row: Row) => JSON.stringify(row).includes('orphan');
const refused = (sql: string) =>
  client.query(sql).then(
    () => null,
    (error: unknown) => (error instanceof pg.DatabaseError ? error.code : error),
  );

describe('a database of 0.3.0', () => {
  it('has rows in every table, and is brought up to date', async () => {
    const empty = Object.entries(before).filter(([, rows]) => rows.every(isOrphan));
    expect(empty.map(([table]) => table)).toEqual([]);
    expect(applied).toEqual(
      (await readdir(MIGRATIONS)).filter((name) => name > RELEASED && !name.includes('.')),
    );
    expect(await migrate(database.url)).toEqual([]);
  });

  it('keeps every row and value, but for rows that no parent has', async () => {
    const now = await everything();
    // Tables and columns that came since then hold nothing of 0.3.0.
    const after: Record<string, Row[]> = {};
    for (const [table, rows] of Object.entries(before))
      after[table] = (now[table] ?? []).map((row) => withColumnsOf(rows[0] ?? row, row));
    const { account, calendar_standing: _history, event_type, ...rest } = after;
    for (const [table, rows] of Object.entries(rest))
      expect({ table, rows }).toEqual({ table, rows: before[table]?.filter((row) => !isOrphan(row)) });
    expect(account).toEqual(
      before.account
        ?.filter((row) => !isOrphan(row))
        .map((row) =>
          row.id === 'acc-alone' ? { ...row, connection_id: null, status: 'AUTH_REVOKED' } : row,
        ),
    );
    expect(event_type?.filter(({ id }) => id === 'type')).toEqual(before.event_type);
    const troubles = now.calendar_standing
      ?.map(({ trouble, silent }) => (silent ? 'silent' : (trouble ?? 'none')))
      .sort();
    expect(troubles).toEqual(['auth-revoked', 'none', 'partial', 'silent', 'unreachable']);
  });

  it('gives a booking whose event type is gone a deleted one in its place', async () => {
    const { rows } = await client.query("select * from event_type where id = 'type-gone'");
    expect(rows).toMatchObject([{ organisation_id: 'org', owner_id: '', deleted_at: expect.any(Date) }]);
  });

  it('takes no value that a column does not know, and no row without a parent', async () => {
    expect(await refused("update account set provider = 'fax'")).toBe('22P02');
    expect(await refused("update api_key set scopes = '{EVERYTHING}'")).toBe('22P02');
    expect(
      await refused("insert into native_state (host_id, organisation_id, version) values ('x', 'org', 1)"),
    ).toBe('23503');
    expect(await refused("delete from event_type where id = 'type'")).toBe('23503');
  });

  it('loses with a host what is of the host, and with an organisation what is left', async () => {
    await client.query("delete from booking; delete from hold; delete from host where id = 'host'");
    const left = Object.entries(await everything()).filter(([, rows]) => rows.length > 0);
    expect(left.map(([table]) => table)).toEqual([
      ...['address', 'api_key', 'delivery', 'event', 'event_type', 'event_type_rules', 'native_time'],
      ...['organisation', 'organisation_connection', 'team'],
      ...['webhook_attempt', 'webhook_endpoint', 'webhook_message'],
    ]);
    await client.query('delete from organisation');
    const last = Object.entries(await everything()).filter(([, rows]) => rows.length > 0);
    // These have no foreign key, so that writing them costs nothing more: the erasure of a host erases them.
    expect(last.map(([table]) => table)).toEqual(['delivery', 'event', 'native_time']);
  });
});
