import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import type { NativeTime } from '../../src/availability/native.ts';
import type { BusyKind } from '../../src/availability/period.ts';
import type { Basis, Trouble } from '../../src/calendars/source.ts';
import type { ProviderName } from '../../src/providers/port.ts';
import type { storedTrouble } from '../../src/store/calendars/states.ts';
import { openConnection } from '../../src/store/connection.ts';
import type * as stored from '../../src/store/generated/enums.ts';
import { packageRoot } from '../../src/store/migrate.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';
import { differenceTo } from './schema-engine.fixture.ts';

const SCHEMA = join(packageRoot(), 'prisma', 'schema.prisma');

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(() => database.drop());

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = await openConnection(database.url);
  return (await client.query(sql).finally(() => client.end())).rows;
}

describe('schema.prisma and the migrations', () => {
  it('say the same', async () => {
    expect(await differenceTo(database.url, SCHEMA)).toBe('-- This is an empty migration.\n');
  });

  it('are distinguished by a column, its nullability, its default or an index', async () => {
    const other = await freshDatabase();
    const client = await openConnection(other.url);
    await client.query(`
      alter table host drop column email;
      alter table team alter column name drop not null;
      alter table calendar alter column removed drop default;
      drop index host_slug_key;
    `);
    await client.end();
    const difference = await differenceTo(other.url, SCHEMA).finally(() => other.drop());
    expect(difference).toMatch(/ALTER TABLE "host" ADD COLUMN +"email" TEXT/);
    expect(difference).toMatch(/ALTER TABLE "team" ALTER COLUMN "name" SET NOT NULL/);
    expect(difference).toMatch(/ALTER TABLE "calendar" ALTER COLUMN "removed" SET DEFAULT false/);
    expect(difference).toMatch(/CREATE UNIQUE INDEX "host_slug_key" ON "host"\("slug"\)/);
  });
});

describe('closed columns', () => {
  it('hold what the code has words for, and nothing else', () => {
    expectTypeOf<stored.Provider>().toEqualTypeOf<ProviderName>();
    expectTypeOf<stored.BusyKind>().toEqualTypeOf<BusyKind>();
    expectTypeOf<stored.NativeKind>().toEqualTypeOf<NativeTime['kind']>();
    expectTypeOf<stored.Basis>().toEqualTypeOf<Basis>();
    expectTypeOf<typeof storedTrouble>().toEqualTypeOf<(trouble: Trouble) => stored.Trouble>();
  });
});

describe('what schema.prisma cannot say', () => {
  it('partial indexes', async () => {
    const rows = await query(`
      select indexname as name, indexdef as definition from pg_indexes
      where schemaname = 'public' and indexdef like '% WHERE %' order by indexname`);
    const indexes = rows.map(({ name, definition }) => [
      name,
      String(definition).replace(/ ON public\./, ' ON '),
    ]);
    expect(Object.fromEntries(indexes)).toMatchInlineSnapshot(`
      {
        "account_refused": "CREATE INDEX account_refused ON account USING btree (organisation_id) WHERE (status <> 'CONNECTED'::account_status)",
        "booking_unblanked": "CREATE INDEX booking_unblanked ON booking USING btree (ends_at) WHERE (blanked_at IS NULL)",
        "booking_write_followed": "CREATE INDEX booking_write_followed ON booking_write USING btree (calendar_id, written_ends_at) WHERE ((wanted = 'present'::presence) AND (status = 'WRITTEN'::write_status))",
        "booking_write_parked": "CREATE INDEX booking_write_parked ON booking_write USING btree (account_id) WHERE ((status = 'FAILED'::write_status) AND (due_at IS NULL))",
        "booking_write_retry_pull_since_idx": "CREATE INDEX booking_write_retry_pull_since_idx ON booking_write USING btree (account_id) WHERE (retry_pull_since IS NOT NULL)",
        "booking_write_unwritten": "CREATE INDEX booking_write_unwritten ON booking_write USING btree (status) WHERE (status <> 'WRITTEN'::write_status)",
        "calendar_selection_current": "CREATE UNIQUE INDEX calendar_selection_current ON calendar_selection USING btree (calendar_id) WHERE (valid_to IS NULL)",
        "calendar_state_proof": "CREATE INDEX calendar_state_proof ON calendar_state USING btree (organisation_id, proven_as_of, calendar_id) WHERE (due_at IS NOT NULL)",
        "calendar_state_titles": "CREATE INDEX calendar_state_titles ON calendar_state USING btree (calendar_id) WHERE titles",
        "calendar_state_trouble": "CREATE INDEX calendar_state_trouble ON calendar_state USING btree (organisation_id, trouble, calendar_id) WHERE (trouble IS NOT NULL)",
        "calendar_state_unpublished": "CREATE INDEX calendar_state_unpublished ON calendar_state USING btree (calendar_id) WHERE (published_version < version)",
        "event_current": "CREATE UNIQUE INDEX event_current ON event USING btree (calendar_id, external_id) WHERE (valid_to IS NULL)",
        "event_history": "CREATE INDEX event_history ON event USING btree (calendar_id, valid_to) WHERE (valid_to IS NOT NULL)",
        "event_series": "CREATE INDEX event_series ON event USING btree (calendar_id, series_id) WHERE ((valid_to IS NULL) AND (series_id IS NOT NULL))",
        "event_titled": "CREATE INDEX event_titled ON event USING btree (calendar_id) WHERE (title IS NOT NULL)",
        "event_type_address": "CREATE UNIQUE INDEX event_type_address ON event_type USING btree (owner_id, slug) WHERE (deleted_at IS NULL)",
        "event_type_rules_current": "CREATE UNIQUE INDEX event_type_rules_current ON event_type_rules USING btree (event_type_id) WHERE (valid_to IS NULL)",
        "event_type_rules_inactive": "CREATE INDEX event_type_rules_inactive ON event_type_rules USING btree (event_type_id) WHERE ((valid_to IS NULL) AND ((rules ->> 'active'::text) = 'false'::text))",
        "event_type_rules_words": "CREATE INDEX event_type_rules_words ON event_type_rules USING gin (search_words(title)) WHERE (valid_to IS NULL)",
        "event_type_unpublished": "CREATE INDEX event_type_unpublished ON event_type USING btree (id) WHERE (published_version < version)",
        "host_hours_current": "CREATE UNIQUE INDEX host_hours_current ON host_hours USING btree (host_id) WHERE (valid_to IS NULL)",
        "host_unpublished": "CREATE INDEX host_unpublished ON host USING btree (id) WHERE (published_version < version)",
        "mail_ended": "CREATE INDEX mail_ended ON mail USING btree (ended_at) WHERE (ended_at IS NOT NULL)",
        "native_state_unpublished": "CREATE INDEX native_state_unpublished ON native_state USING btree (host_id) WHERE (published_version < version)",
        "native_time_current": "CREATE INDEX native_time_current ON native_time USING btree (host_id, ends_at) WHERE (valid_to IS NULL)",
        "native_time_expiry": "CREATE INDEX native_time_expiry ON native_time USING btree (expires_at) WHERE ((valid_to IS NULL) AND (expires_at IS NOT NULL))",
        "native_time_history": "CREATE INDEX native_time_history ON native_time USING btree (host_id, valid_to) WHERE (valid_to IS NOT NULL)",
        "native_time_no_overlap": "CREATE INDEX native_time_no_overlap ON native_time USING gist (host_id, slot_key, tstzrange(starts_at, ends_at)) WHERE ((valid_to IS NULL) AND (kind <> 'block'::native_kind) AND (NOT by_host))",
        "native_time_owner": "CREATE INDEX native_time_owner ON native_time USING btree (owner_id) WHERE (valid_to IS NULL)",
        "native_time_seat": "CREATE UNIQUE INDEX native_time_seat ON native_time USING btree (host_id, slot_key, seat) WHERE ((valid_to IS NULL) AND (kind <> 'block'::native_kind) AND (NOT by_host))",
        "organisation_default": "CREATE UNIQUE INDEX organisation_default ON organisation USING btree (is_default) WHERE is_default",
        "organisation_deleted": "CREATE INDEX organisation_deleted ON organisation USING btree (id) WHERE (deleted_at IS NOT NULL)",
        "webhook_message_booking": "CREATE INDEX webhook_message_booking ON webhook_message USING btree (booking_id) WHERE (booking_id IS NOT NULL)",
        "webhook_message_ended": "CREATE INDEX webhook_message_ended ON webhook_message USING btree (ended_at) WHERE (ended_at IS NOT NULL)",
        "webhook_message_pending": "CREATE INDEX webhook_message_pending ON webhook_message USING btree (endpoint_id, id) WHERE (status = 'PENDING'::message_status)",
      }
    `);
  });

  it('checks', async () => {
    const rows = await query(`
      select conrelid::regclass || ': ' || pg_get_constraintdef(oid) as line from pg_constraint
      where connamespace = 'public'::regnamespace and contype in ('c', 'x') order by line`);
    expect(rows.map(({ line }) => line)).toMatchInlineSnapshot(`
      [
        "event: CHECK ((starts_at <= ends_at))",
        "native_time: CHECK (((kind = 'block'::native_kind) OR ((event_type_id IS NOT NULL) AND (slot_key IS NOT NULL) AND (seat IS NOT NULL))))",
        "native_time: CHECK (((kind = 'hold'::native_kind) = (expires_at IS NOT NULL)))",
        "native_time: CHECK ((starts_at < ends_at))",
        "native_time: EXCLUDE USING gist (host_id WITH =, slot_key WITH <>, tstzrange(starts_at, ends_at) WITH &&) WHERE (((valid_to IS NULL) AND (kind <> 'block'::native_kind) AND (NOT by_host)))",
      ]
    `);
  });

  it('functions and views', async () => {
    const rows = await query(`
      select pg_get_functiondef(oid) as definition from pg_proc
      where pronamespace = 'public'::regnamespace and proname like '%epoch_ms'
      union all select 'view ' || viewname || ': ' || definition from pg_views where schemaname = 'public'
      order by definition`);
    expect(rows.map(({ definition }) => definition).join('\n')).toMatchInlineSnapshot(`
      "CREATE OR REPLACE FUNCTION public.epoch_ms(at timestamp with time zone)
       RETURNS double precision
       LANGUAGE sql
       IMMUTABLE PARALLEL SAFE STRICT
      RETURN ((EXTRACT(epoch FROM (at AT TIME ZONE 'UTC'::text)) * (1000)::numeric))::double precision

      CREATE OR REPLACE FUNCTION public.from_epoch_ms(ms double precision)
       RETURNS timestamp with time zone
       LANGUAGE sql
       IMMUTABLE PARALLEL SAFE STRICT
      RETURN to_timestamp((ms / (1000)::double precision))

      view busy_event:  SELECT id,
          organisation_id,
          calendar_id,
          external_id,
          series_id,
          kind,
          starts_at,
          ends_at,
          all_day,
          title,
          valid_from,
          valid_to,
          own_id
         FROM event e
        WHERE (NOT (EXISTS ( SELECT
                 FROM (booking_write w
                   JOIN booking b ON ((b.id = w.booking_id)))
                WHERE ((w.calendar_id = e.calendar_id) AND ((w.external_id = e.external_id) OR (w.own_id = e.own_id)) AND ((e.valid_from < w.written_at) OR (((w.wanted = 'present'::presence) OR (w.done_revision < w.revision)) AND (((e.starts_at = b.starts_at) AND (e.ends_at = b.ends_at)) OR ((e.starts_at = w.written_starts_at) AND (e.ends_at = w.written_ends_at)))))))));"
    `);
  });

  it('room for in-place updates of the hot row', async () => {
    const [row] = await query("select reloptions from pg_class where relname = 'calendar_state'");
    expect(row).toEqual({ reloptions: ['fillfactor=70'] });
  });

  it('the sequence of versions', async () => {
    const [first] = await query("select nextval('slotwire_version')::int as version");
    const [second] = await query("select nextval('slotwire_version')::int as version");
    expect(Number(second?.version)).toBe(Number(first?.version) + 1);
  });
});
