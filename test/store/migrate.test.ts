import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartError } from '../../src/errors.ts';
import { migrate, packageRoot } from '../../src/store/migrate.ts';
import { emptyDatabase, type FreshDatabase } from '../harness/postgres.ts';

const OURS = join(packageRoot(), 'prisma', 'migrations');

let database: FreshDatabase;
let folder: string;

beforeEach(async () => {
  database = await emptyDatabase();
  folder = await mkdtemp(join(tmpdir(), 'slotwire-migrations-'));
  await add('1_first', 'create table first (id int);');
  await add('2_second', 'create table second (id int); insert into second values (1), (2);');
});

afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

async function add(name: string, sql: string): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, 'migration.sql'), sql);
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query(sql).finally(() => client.end());
  return rows;
}

const run = () => migrate(database.url, { migrationsFolder: folder });

describe('migrate', () => {
  it('applies what is missing in name order, and nothing twice', async () => {
    expect(await run()).toEqual(['1_first', '2_second']);
    await add('10_late_but_sorted_first', 'create table tenth (id int);');
    expect(await run()).toEqual(['10_late_but_sorted_first']);
    expect(await run()).toEqual([]);
    expect(await query('select id from second order by id')).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('records each as Prisma does', async () => {
    await migrate(database.url);
    const [row] = await query('select * from _prisma_migrations');
    const file = await readFile(join(OURS, '20261120000000_house', 'migration.sql'));
    expect(row).toMatchObject({
      migration_name: '20261120000000_house',
      checksum: createHash('sha256').update(file).digest('hex'),
      logs: null,
      rolled_back_at: null,
      applied_steps_count: 1,
    });
    expect(row?.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(Number(row?.finished_at)).toBeGreaterThanOrEqual(Number(row?.started_at));
  });

  it('lets several processes start at once: one applies, the others find it done', async () => {
    const names = await Promise.all([run(), run(), run()]);
    expect(names.flat().sort()).toEqual(['1_first', '2_second']);
    expect(await query('select count(*)::int as count from _prisma_migrations')).toEqual([{ count: 2 }]);
  });

  it('refuses a database whose migration was changed afterwards, and says which', async () => {
    await run();
    await add('1_first', 'create table first (id bigint);');
    await expect(run()).rejects.toThrow(/Migration 1_first was changed after it was applied/);
    await expect(run()).rejects.toThrow(StartError);
  });

  it('refuses a database that is newer than the code, names what it does not know, and changes nothing', async () => {
    await run();
    await query(
      `insert into _prisma_migrations (id, checksum, migration_name, finished_at) values ('x', 'y', '3_newer', now())`,
    );
    await add('4_ours', 'create table fourth (id int);');
    await expect(run()).rejects.toThrow(/is newer than this version of Slotwire, which doesn't know 3_newer/);
    await expect(run()).rejects.toThrow(StartError);
    expect(await query("select to_regclass('fourth') as fourth")).toEqual([{ fourth: null }]);
  });

  it('leaves nothing of a migration that fails, keeps those before it, and goes on once it is mended', async () => {
    await add('3_third', 'create table third (id int); select 1 / 0;');
    await expect(run()).rejects.toThrow(/Migration 3_third failed and changed nothing: division by zero/);
    expect(
      await query("select to_regclass('third') as third, to_regclass('second')::text as second"),
    ).toEqual([{ third: null, second: 'second' }]);
    await add('3_third', 'create table third (id int);');
    expect(await run()).toEqual(['3_third']);
  });

  it('stops at one that Prisma left half-way, and takes it up again once it was resolved', async () => {
    await run();
    await add('3_third', 'create table third (id int);');
    await query("insert into _prisma_migrations (id, checksum, migration_name) values ('x', 'y', '3_third')");
    await expect(run()).rejects.toThrow(/prisma migrate resolve --rolled-back 3_third/);
    await query("update _prisma_migrations set rolled_back_at = now() where id = 'x'");
    expect(await run()).toEqual(['3_third']);
  });

  it('runs from a bundle: the folder of migrations is found from dist/ too', async () => {
    await mkdir(join(folder, 'house', 'dist'), { recursive: true });
    await cp(join(packageRoot(), 'package.json'), join(folder, 'house', 'package.json'));
    expect(packageRoot(join(folder, 'house', 'dist', 'slotwire.js'))).toBe(join(folder, 'house'));
  });
});
