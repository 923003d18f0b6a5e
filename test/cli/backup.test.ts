/** `slotwire backup` and `restore` of the built product, between databases with rows in every table and empty ones. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../src/log.ts';
import { encodeBackup } from '../../src/store/backup/file.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded/postgres.ts';
import { knownMigrations, migrate } from '../../src/store/migrate.ts';
import { emptyDatabase, type FreshDatabase } from '../harness/postgres.ts';
import { RELEASED, RELEASED_ROWS } from '../store/released-rows.fixture.ts';

/** Of tables that came since, and values that are hard to copy: quotes, tabs, backslashes, other scripts, a row of a megabyte. */
const MORE_ROWS = `
insert into email_verification (hold_id, organisation_id, email_hash, code_hash, sent, tries, sent_at, expires_at)
  values ('hold', 'org', 'h', 'c', 1, 0, now(), now());
insert into block_rule (id, organisation_id, kind, value, note, created_at)
  select 'rule', 'org', (enum_range(null::block_rule_kind))[1], 'x', E'tab\\t, line\\n, \\\\N, \\\\., "quote", עברית 日本', now();
insert into mail (id, organisation_id, kind, status, facts, expires_at, created_at)
  select 'mail', 'org', (enum_range(null::mail_kind))[1], (enum_range(null::mail_status))[1], repeat('aé', 500000), now(), now();
insert into audit_entry (id, organisation_id, actor, action, before) values ('aud', 'org', 'a', 'b', '{"a": [1, null, "\\\\"]}');
insert into worker_presence (id) values ('w');
insert into signing_key (id, purpose, secret) values ('sig', 'booking', 's');
insert into brand (owner_id, organisation_id, color) values ('org', 'org', '#0b6b5d');
insert into write_probe default values;
select nextval('slotwire_pull');`;

type Row = Record<string, unknown>;

/** All rows of all tables, and where the sequences are. */
async function everything(url: string): Promise<Record<string, unknown>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'public' and tablename <> '_prisma_migrations' order by 1",
    );
    const found: Record<string, unknown> = {};
    for (const { name } of tables) {
      const all = await client.query<{ row: Row }>(
        `select to_jsonb(t) as row from ${name} t order by t::text collate "C"`,
      );
      found[name] = all.rows.map(({ row }) => row);
    }
    const sequences = await client.query<Row>(
      "select sequencename, last_value from pg_sequences where schemaname = 'public' order by 1",
    );
    return { ...found, sequences: sequences.rows };
  } finally {
    await client.end();
  }
}

interface Ended {
  code: number;
  output: string;
}

const ADMIN_TOKEN = randomBytes(24).toString('hex');
const KEYS = randomBytes(32).toString('base64');

async function slotwire(args: string[], env: Record<string, string>): Promise<Ended> {
  const options = { env: { PATH: process.env.PATH, TMPDIR: tmpdir(), ADMIN_TOKEN, ...env } };
  try {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['dist/slotwire.js', ...args],
      options,
    );
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

let folder: string;
let source: EmbeddedPostgres;
let before: Record<string, unknown>;
const at = (name: string) => join(folder, name);
const targets: FreshDatabase[] = [];

/** The environment of an installation on an empty database. */
async function target(): Promise<{ DATABASE_URL: string; ENCRYPTION_KEYS: string }> {
  const database = await emptyDatabase();
  targets.push(database);
  return { DATABASE_URL: database.url, ENCRYPTION_KEYS: KEYS };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slotwire-backup-'));
  await chmod(folder, 0o711); // as root: PostgreSQL's user must get in
  source = await startEmbeddedPostgres({ dataDir: at('source'), log: createLog('warn'), throwaway: true });
  await writeFile(at('source/encryption-keys'), `${KEYS}\n`, { mode: 0o600 });
  await migrate(source.url, { only: (await knownMigrations()).filter((name) => name <= RELEASED) });
  const client = new pg.Client({ connectionString: source.url });
  await client.connect();
  await client.query(RELEASED_ROWS);
  await migrate(source.url);
  await client.query(MORE_ROWS);
  await client.end();
  before = await everything(source.url);
});
afterAll(async () => {
  for (const each of targets) await each.drop();
  await source?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a backup', () => {
  it('has rows of every table to copy', () => {
    const empty = Object.entries(before).filter(([, rows]) => Array.isArray(rows) && rows.length === 0);
    expect(empty.map(([name]) => name)).toEqual([]);
  });

  it('of an embedded database that runs comes back row for row in an empty folder, with the keys of a file apart', async () => {
    const made = await slotwire(['backup', at('one.backup'), '--keys', at('one.keys')], {
      DATA_DIR: at('source'),
    });
    expect(made).toMatchObject({ code: 0, output: expect.stringMatching(/Backed up \d+ rows/) });
    for (const name of ['one.backup', 'one.keys']) expect((await stat(at(name))).mode & 0o777).toBe(0o600);
    expect((await readFile(at('one.keys'), 'utf8')).trim()).toBe(KEYS);

    const without = await slotwire(['restore', at('one.backup')], { DATA_DIR: at('target') });
    expect(without).toMatchObject({ code: 1, output: expect.stringContaining('--keys') });
    const done = await slotwire(['restore', at('one.backup'), '--keys', at('one.keys')], {
      DATA_DIR: at('target'),
    });
    expect(done).toMatchObject({ code: 0, output: expect.stringMatching(/Restored \d+ rows/) });
    expect((await readFile(at('target/encryption-keys'), 'utf8')).trim()).toBe(KEYS);
    const restored = await startEmbeddedPostgres({ dataDir: at('target'), log: createLog('warn') });
    try {
      expect(await everything(restored.url)).toEqual(before);
      expect(await migrate(restored.url)).toEqual([]);
    } finally {
      await restored.stop();
    }
  });

  it('of any database comes back in another, with the keys in the file when they were asked for', async () => {
    const external = { DATABASE_URL: source.url, ENCRYPTION_KEYS: KEYS };
    expect(await slotwire(['backup', at('two.backup'), '--with-keys'], external)).toMatchObject({ code: 0 });
    const empty = await target();
    const other = randomBytes(32).toString('base64');
    const lacking = await slotwire(['restore', at('two.backup')], { ...empty, ENCRYPTION_KEYS: other });
    expect(lacking).toMatchObject({ code: 1, output: expect.stringContaining('lacks a key') });
    expect(await slotwire(['restore', at('two.backup')], empty)).toMatchObject({ code: 0 });
    expect(await everything(empty.DATABASE_URL)).toEqual(before);
  });

  it('is written over no other file, and not of a database that is not there', async () => {
    await writeFile(at('there'), 'mine');
    const over = await slotwire(['backup', at('there')], { DATA_DIR: at('source') });
    expect(over).toMatchObject({ code: 1, output: expect.stringContaining('is there already') });
    expect(await readFile(at('there'), 'utf8')).toBe('mine');
    const nothing = await slotwire(['backup', at('nothing')], { DATA_DIR: at('nowhere') });
    expect(nothing).toMatchObject({ code: 1, output: expect.stringContaining('There is no database in') });
  });
});

describe('a restore', () => {
  it('leaves a database with rows as it is', async () => {
    await slotwire(['backup', at('three.backup')], { DATA_DIR: at('source') });
    const refused = await slotwire(['restore', at('three.backup')], { DATA_DIR: at('source') });
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('is not empty') });
    expect(await everything(source.url)).toEqual(before);
  });

  it('changes nothing for a file that is cut off, damaged or no backup', async () => {
    await slotwire(['backup', at('four.backup')], { DATA_DIR: at('source') });
    const whole = await readFile(at('four.backup'));
    const damaged = Buffer.from(whole);
    const middle = Math.floor(damaged.length / 2);
    damaged.writeUInt8(damaged.readUInt8(middle) ^ 0xff, middle);
    const files = {
      cut: whole.subarray(0, -20),
      damaged,
      other: Buffer.from('select 1;'),
      empty: Buffer.alloc(0),
    };
    const database = await target();
    for (const [name, bytes] of Object.entries(files)) {
      await writeFile(at(name), bytes);
      const refused = await slotwire(['restore', at(name)], database);
      expect(refused, name).toMatchObject({
        code: 1,
        output: expect.stringContaining('nothing was changed'),
      });
    }
    expect(await everything(database.DATABASE_URL)).toEqual({ sequences: [] });
  });

  it('refuses what a newer version has backed up', async () => {
    const header = {
      format: 'slotwire-backup',
      formatVersion: 1,
      product: '9.0.0',
      takenAt: '2030-01-01T00:00:00Z',
    };
    const frames: Buffer[] = [];
    const note = async function* () {
      yield { note: { ...header, migrations: ['20300101000000_future'] } };
    };
    for await (const bytes of encodeBackup(note())) frames.push(bytes);
    await writeFile(at('future'), await promisify(gzip)(Buffer.concat(frames)));
    const refused = await slotwire(['restore', at('future')], await target());
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('20300101000000_future') });
    expect(refused.output).toContain('newer');
  });
});
