import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate, packageRoot } from '../../src/store/migrate.ts';
import { emptyDatabase, type FreshDatabase } from '../harness/postgres.ts';

const MIGRATIONS = join(packageRoot(), 'prisma', 'migrations');
/** The last one of 0.3.0. */
const RELEASED = '20261128090000_api_key_expiry';

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
  await client.query(ROWS);
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

/** At least one row of every table, one of every value of the closed columns, and rows without a parent. */
const ROWS = `
insert into organisation (id, name) values ('org', 'Org');
insert into address (slug, organisation_id, owner_id) values ('ada', 'org', 'host'), ('orphan', 'org-orphan', 'host-orphan');
insert into host (id, organisation_id, name, slug, email, time_zone, version) values
  ('host', 'org', 'Ada', 'ada', 'ada@example.com', 'UTC', 7), ('host-orphan', 'org-orphan', 'Eve', 'eve', null, 'UTC', 1);
insert into team (id, organisation_id, name, slug) values ('team', 'org', 'Team', 'team');
insert into team_member (organisation_id, team_id, host_id, position) values
  ('org', 'team', 'host', 0), ('org', 'team', 'orphan', 1), ('org', 'orphan', 'host', 0);
insert into host_hours (organisation_id, host_id, hours, zone_changes, valid_from) values
  ('org', 'host', '{"timeZone": "UTC"}', '[]', now()), ('org', 'orphan', '{}', '[]', now());
insert into native_state (host_id, organisation_id, version) values ('host', 'org', 3), ('orphan', 'org', 3);
insert into event_type (id, organisation_id, owner_id, slug, version) values ('type', 'org', 'host', 'intro', 9);
insert into event_type_rules (organisation_id, event_type_id, title, hosts, rules, valid_from) values
  ('org', 'type', 'Intro', '{host}', '{}', now()), ('org', 'orphan', 'Intro', '{host}', '{}', now());
insert into organisation_connection (id, organisation_id, provider, subject, name)
  select 'conn-' || p, 'org', p, 's', 'n' from unnest(array['google', 'microsoft']) p;
insert into account (id, organisation_id, host_id, provider, subject, status, connection_id)
  select 'acc-' || p || s, 'org', 'host', p, s, s, case when p = 'google' then 'conn-google' end
  from unnest(array['google', 'microsoft', 'caldav', 'feed', 'native']) p,
    unnest(array['CONNECTED', 'AUTH_REVOKED', 'DISCONNECTED']) s;
insert into account (id, organisation_id, host_id, provider, subject, status) values
  ('acc-orphan', 'org', 'orphan', 'google', 'x', 'CONNECTED');
insert into account (id, organisation_id, host_id, provider, subject, status, connection_id) values
  ('acc-alone', 'org', 'host', 'google', 'y', 'CONNECTED', 'conn-gone');
insert into connect_attempt (ticket_hash, organisation_id, host_id, provider, expires_at) values
  ('t', 'org', 'host', 'google', now()), ('orphan', 'org', 'host-orphan', 'google', now());
insert into calendar (id, organisation_id, host_id, account_id, provider, external_id, name, is_primary, writable, watchable, selected)
  select 'cal-' || p, 'org', 'host', 'acc-' || p || 'CONNECTED', p, p, 'n', true, true, true, true
  from unnest(array['google', 'microsoft', 'caldav', 'feed', 'native']) p;
insert into calendar (id, organisation_id, host_id, account_id, provider, external_id, name, is_primary, writable, watchable) values
  ('cal-orphan', 'org', 'host', 'acc-nowhere', 'google', 'x', 'n', true, true, true),
  ('cal-of-orphan', 'org', 'host', 'acc-orphan', 'google', 'y', 'n', true, true, true);
insert into calendar_state (calendar_id, organisation_id, version, basis, trouble) values
  ('cal-google', 'org', 1, 'NEVER', null), ('cal-microsoft', 'org', 2, 'POLL', 'auth-revoked'),
  ('cal-caldav', 'org', 3, 'NOTIFICATION', 'unreachable'), ('cal-feed', 'org', 4, 'STRICT', 'partial'),
  ('cal-native', 'org', 5, 'NATIVE', null), ('cal-orphan', 'org', 6, 'POLL', null);
insert into calendar_selection (organisation_id, host_id, calendar_id, valid_from) values
  ('org', 'host', 'cal-google', now()), ('org', 'host', 'cal-orphan', now());
insert into calendar_standing (organisation_id, calendar_id, valid_from, trouble)
  select 'org', 'cal-google', now(), t from unnest(array[null, 'auth-revoked', 'unreachable', 'partial', 'silent']) t;
insert into calendar_standing (organisation_id, calendar_id, valid_from) values ('org', 'cal-of-orphan', now());
insert into event (organisation_id, calendar_id, external_id, kind, starts_at, ends_at, valid_from, valid_to)
  select 'org', 'cal-google', k, k, now(), now() + interval '1 hour', now(), v
  from unnest(array['BUSY', 'BUSY_UNAVAILABLE', 'BUSY_TENTATIVE']) k, unnest(array[null, now()]) v;
insert into event (organisation_id, calendar_id, external_id, kind, starts_at, ends_at, valid_from) values
  ('org', 'orphan', 'e', 'BUSY', now(), now(), now());
insert into watch_channel (id, organisation_id, calendar_id, account_id, provider, secret_hash, status)
  select 'chan-' || s, 'org', 'cal-google', 'acc', 'google', 'h', s
  from unnest(array['opening', 'open', 'closing', 'closed', 'failed', 'lost']) s;
insert into watch_channel (id, organisation_id, calendar_id, account_id, provider, secret_hash, status) values
  ('chan', 'org', 'orphan', 'acc', 'google', 'h', 'open');
insert into delivery (id, organisation_id, provider, calendar_id, channel_id, received_at, headers, body, verdict)
  select 'dlv-' || v, 'org', 'microsoft', 'cal-google', 'gone', now(), '{}', '', v
  from unnest(array['ACCEPTED', 'DUPLICATE', 'IGNORED']) v;
insert into delivery (id, organisation_id, provider, calendar_id, channel_id, received_at, headers, body, verdict) values
  ('dlv', 'org', 'google', 'orphan', 'gone', now(), '{}', '', 'ACCEPTED');
insert into api_key (id, organisation_id, name, secret_hash, scopes) values
  ('key', 'org', 'k', 'h1', '{READ_AVAILABILITY,READ_BUSY,BOOK,ADMIN}'), ('key-none', 'org', 'k', 'h2', '{}'),
  ('key-orphan', 'org-orphan', 'k', 'h3', '{BOOK}');
insert into native_time (organisation_id, host_id, kind, owner_id, event_type_id, slot_key, seat, starts_at, ends_at, expires_at, busy_kind, valid_from) values
  ('org', 'host', 'hold', 'hold', 'type', 'type@1', 0, now(), now() + interval '1 hour', now(), 'BUSY', now()),
  ('org', 'host', 'booking', 'bkg', 'type', 'type@1', 1, now(), now() + interval '1 hour', null, 'BUSY', now()),
  ('org', 'host', 'block', 'blk-1', null, null, null, now(), now() + interval '1 hour', null, 'BUSY_UNAVAILABLE', now()),
  ('org', 'host', 'block', 'blk-2', null, null, null, now(), now() + interval '1 hour', null, 'BUSY_TENTATIVE', now()),
  ('org', 'orphan', 'block', 'blk-3', null, null, null, now(), now() + interval '1 hour', null, 'BUSY', now());
insert into hold (id, organisation_id, event_type_id, token_hash, starts_at, ends_at, hosts, expires_at, created_at) values
  ('hold', 'org', 'type', 'h', now(), now(), '{host}', now(), now());
insert into booking (id, organisation_id, event_type_id, hold_id, status, cancelled_by, starts_at, ends_at, hosts, title, attendee_name, attendee_email, attendee_time_zone, created_at, updated_at) values
  ('bkg', 'org', 'type', 'hold', 'CONFIRMED', null, now(), now(), '{host}', 't', 'n', 'e', 'UTC', now(), now()),
  ('bkg-2', 'org', 'type', 'hold-2', 'CANCELLED', 'attendee', now(), now(), '{host}', 't', 'n', 'e', 'UTC', now(), now()),
  ('bkg-3', 'org', 'type-gone', 'hold-3', 'CANCELLED', 'host', now(), now(), '{host}', 't', 'n', 'e', 'UTC', now(), now());
insert into booking_write (id, organisation_id, booking_id, host_id, calendar_id, account_id, provider, own_id, wanted, revision, status)
  select 'bkw-' || s, 'org', 'bkg', 'host', 'cal-' || p, 'acc', p, s, w, 1, s
  from (values ('PENDING', 'google', 'present'), ('WRITTEN', 'microsoft', 'absent'), ('FAILED', 'caldav', 'present')) v (s, p, w);
insert into booking_write (id, organisation_id, booking_id, host_id, calendar_id, account_id, provider, own_id, wanted, revision, status) values
  ('bkw-orphan', 'org', 'bkg-gone', 'host', 'cal-google', 'acc', 'google', 'x', 'present', 1, 'PENDING'),
  ('bkw-nowhere', 'org', 'bkg-2', 'host', 'cal-orphan', 'acc', 'google', 'y', 'present', 1, 'PENDING');
insert into webhook_endpoint (id, organisation_id, url, events, secret, created_at) values
  ('whe', 'org', 'https://x.example', '{BOOKING_CREATED,BOOKING_RESCHEDULED,BOOKING_CANCELLED}', 's', now());
insert into webhook_message (id, organisation_id, endpoint_id, event, payload, status, created_at)
  select 'msg-' || s, 'org', 'whe', e, '{}', s, now()
  from (values ('PENDING', 'BOOKING_CREATED'), ('DELIVERED', 'BOOKING_RESCHEDULED'), ('FAILED', 'BOOKING_CANCELLED')) v (s, e);
insert into webhook_message (id, organisation_id, endpoint_id, event, payload, status, created_at) values
  ('msg-orphan', 'org', 'whe-gone', 'BOOKING_CREATED', '{}', 'PENDING', now());
insert into webhook_attempt (organisation_id, message_id, at, milliseconds) values
  ('org', 'msg-FAILED', now(), 5), ('org', 'msg-orphan', now(), 5);
insert into feed (id, organisation_id, host_id, titles, secret, secret_hash, uid_key, created_at) values
  ('feed', 'org', 'host', true, 's', 'h1', 'u', now()), ('feed-2', 'org', 'orphan', true, 's', 'h2', 'u', now());
insert into invitation (host_id, uid, organisation_id, calendar, blocks, due_at, updated_at) values
  ('host', 'u', 'org', '', '{}', now(), now()), ('orphan', 'u', 'org', '', '{}', now(), now());
`;

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
