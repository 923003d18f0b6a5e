/** Lists of 100,000 rows are read by an index, whatever they are filtered by. */
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditListing } from '../../src/store/audit/entries.ts';
import { bookingListing } from '../../src/store/bookings/bookings.ts';
import { calendarListing } from '../../src/store/calendars/calendars.ts';
import { deliveryListing } from '../../src/store/calendars/deliveries.ts';
import { closeStore, createStore, type Store } from '../../src/store/client.ts';
import { openConnection } from '../../src/store/connection.ts';
import { Prisma } from '../../src/store/generated/client.ts';
import { type Listing, pageAfter, rowList, selectCount, selectPage } from '../../src/store/lists.ts';
import { eventTypeListing } from '../../src/store/rules/event-types.ts';
import { hostListing } from '../../src/store/rules/hosts.ts';
import { teamListing } from '../../src/store/rules/teams.ts';
import { type FreshDatabase, freshDatabase } from '../harness/postgres.ts';

const ROWS = 100_000;
const ORG = 'org_big';
/** The instant of the first row of each table; row n came n seconds later. */
const T = Date.UTC(2030, 0, 1);
const at = (row: number) => T + row * 1_000;

const id = (prefix: string, row: number | string = 'n') =>
  typeof row === 'number'
    ? `${prefix}_${String(row).padStart(26, '0')}`
    : `'${prefix}_' || lpad(${row}::text, 26, '0')`;
const instant = (row = 'n') => `from_epoch_ms(${T} + ${row} * 1000.0)`;

/** One row in a thousand of each kind is in trouble, or otherwise rare. */
const SEED: Readonly<Record<string, string>> = {
  host: `(id, organisation_id, name, slug, email, time_zone, version)
    select ${id('host')}, '${ORG}', 'Person P' || n, 'slug-s' || n, 'mail' || n || '@example.com', 'UTC', 0`,
  team: `(id, organisation_id, name, slug) select ${id('team')}, '${ORG}', 'Team T' || n, 'team-' || n`,
  event_type: `(id, organisation_id, owner_id, slug, version)
    select ${id('et')}, '${ORG}', ${id('host')}, 'intro', 0`,
  event_type_rules: `(organisation_id, event_type_id, title, hosts, rules, valid_from)
    select '${ORG}', ${id('et')}, 'Talk about X' || n, array[${id('host')}],
      jsonb_build_object('active', n % 1000 <> 0), ${instant()}`,
  account: `(id, organisation_id, host_id, provider, subject, status)
    select ${id('acc')}, '${ORG}', ${id('host')}, 'google', n::text,
      (case when n % 1000 = 1 then 'AUTH_REVOKED' else 'CONNECTED' end)::account_status`,
  calendar: `(id, organisation_id, host_id, account_id, provider, external_id, name, is_primary, writable, watchable, selected)
    select ${id('cal')}, '${ORG}', ${id('host')}, ${id('acc')}, (case when n % 1000 = 2 then 'feed' else 'google' end)::provider,
      'main', 'Main', true, true, true, true`,
  calendar_state: `(calendar_id, organisation_id, version, due_at, proven_as_of, trouble)
    select ${id('cal')}, '${ORG}', 0, ${instant()},
      case n % 1000 when 3 then null when 4 then from_epoch_ms(${T} - 1) else ${instant()} end,
      (case n % 1000 when 5 then 'unreachable' when 6 then 'auth-revoked' end)::trouble`,
  watch_channel: `(id, organisation_id, calendar_id, account_id, provider, secret_hash, status)
    select ${id('chan')}, '${ORG}', ${id('cal')}, ${id('acc')}, 'google', 'x',
      (case when n % 1000 = 7 then 'closed' else 'open' end)::channel_status`,
  booking: `(id, organisation_id, event_type_id, hold_id, status, starts_at, ends_at, hosts, title, attendee_name, attendee_email,
      attendee_time_zone, created_at, updated_at)
    select ${id('bkg')}, '${ORG}', ${id('et', '(n / 100)')}, 'hold' || n,
      (case when n % 1000 = 0 then 'PENDING' else 'CONFIRMED' end)::booking_status, ${instant(`(${ROWS} - n)`)},
      ${instant(`(${ROWS} - n + 1800)`)}, array[${id('host', '(n / 100)')}], 'Talk', 'Visitor V' || n, 'v' || n || '@example.com',
      'UTC', ${instant()}, ${instant()}`,
  delivery: `(id, organisation_id, provider, calendar_id, channel_id, received_at, headers, body, verdict)
    select ${id('dlv')}, '${ORG}', 'google', ${id('cal', '(n / 100)')}, ${id('chan', '(n / 100)')}, ${instant()}, '{}', '',
      (case when n % 1000 = 0 then 'IGNORED' else 'ACCEPTED' end)::verdict`,
  audit_entry: `(id, organisation_id, at, actor, action, subject)
    select ${id('aud')}, '${ORG}', ${instant()}, case when n % 1000 = 0 then 'key_1' else 'operator' end, 'updateHost', ${id('host')}`,
};

let database: FreshDatabase;
let store: Store;

beforeAll(async () => {
  database = await freshDatabase();
  const client = await openConnection(database.url);
  await seed(client).finally(() => client.end());
  store = createStore(database.url, { max: 2 });
}, 300_000);

afterAll(async () => {
  if (store) await closeStore(store);
  await database?.drop();
});

async function seed(client: pg.Client): Promise<void> {
  // Rows are consistent as they are made: nothing looks at each of them again.
  await client.query('set session_replication_role = replica');
  for (const [table, rows] of Object.entries(SEED))
    await client.query(`insert into ${table} ${rows} from generate_series(0, ${ROWS - 1}) n`);
  // As autovacuum leaves them.
  for (const table of Object.keys(SEED)) await client.query(`vacuum (analyze) ${table}`);
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  Plans?: PlanNode[];
}

/** Tables that the statement reads from end to end. */
async function scannedBy(statement: Prisma.Sql): Promise<string[]> {
  const [row] = await store.$queryRaw<{ 'QUERY PLAN': { Plan: PlanNode }[] }[]>(
    Prisma.sql`explain (format json) ${statement}`,
  );
  const open = row?.['QUERY PLAN'].map(({ Plan }) => Plan) ?? [];
  expect(open).toHaveLength(1);
  const scanned: string[] = [];
  for (let node = open.pop(); node; node = open.pop()) {
    if (node['Node Type'] === 'Seq Scan') scanned.push(node['Relation Name'] ?? '');
    open.push(...(node.Plans ?? []));
  }
  return scanned;
}

const rowsOf = (listing: Listing) => rowList(store, listing, async (ids) => ids.map((row) => ({ id: row })));

const NOW = { now: at(ROWS), staleBefore: T };
const span = { from: at(500), to: at(600) };

/** A list, how many rows it has, and whether these are so few that an index finds them: most of a table is best read as a whole to be counted. */
const LISTS: readonly [name: string, listing: Listing, count: number, isRare: boolean][] = [
  ['hosts', hostListing(ORG, {}, T), ROWS, false],
  ['hosts by a word of the name', hostListing(ORG, { search: 'p54711' }, T), 1, true],
  ['hosts by the beginning of an address', hostListing(ORG, { search: 'MAIL54711@exam' }, T), 1, true],
  ['hosts in trouble', hostListing(ORG, { hasTrouble: true }, T), 500, true],
  ['hosts without trouble', hostListing(ORG, { hasTrouble: false }, T), ROWS - 500, false],
  ['teams', teamListing(ORG), ROWS, false],
  ['teams by a word', teamListing(ORG, 'team t54711'), 1, true],
  ['event types', eventTypeListing(ORG, {}), ROWS, false],
  ['event types of an owner', eventTypeListing(ORG, { ownerId: id('host', 7) }), 1, true],
  ['event types by a word', eventTypeListing(ORG, { search: 'x54711' }), 1, true],
  ['event types that are not active', eventTypeListing(ORG, { active: false }), 100, true],
  ['event types that are active', eventTypeListing(ORG, { active: true }), ROWS - 100, false],
  ['calendars', calendarListing(ORG, {}, NOW), ROWS, false],
  ['calendars of a host', calendarListing(ORG, { host: id('host', 7) }, NOW), 1, true],
  ['calendars of a provider', calendarListing(ORG, { provider: 'feed' }, NOW), 100, true],
  ['calendars that are revoked', calendarListing(ORG, { state: 'REVOKED' }, NOW), 200, true],
  ['calendars that fail', calendarListing(ORG, { state: 'FAILING' }, NOW), 100, true],
  ['calendars that were never read', calendarListing(ORG, { state: 'NEVER_READ' }, NOW), 100, true],
  ['calendars that are stale', calendarListing(ORG, { state: 'STALE' }, NOW), 100, true],
  ['calendars that are not watched', calendarListing(ORG, { state: 'UNWATCHED' }, NOW), 100, false],
  ['calendars that are fresh', calendarListing(ORG, { state: 'FRESH' }, NOW), ROWS - 600, false],
  ['bookings', bookingListing(ORG, {}), ROWS, false],
  ['bookings by start', bookingListing(ORG, {}, true), ROWS, false],
  ['bookings of a host', bookingListing(ORG, { host: id('host', 7) }), 100, true],
  ['bookings of a host by start', bookingListing(ORG, { host: id('host', 7) }, true), 100, true],
  ['bookings of an event type', bookingListing(ORG, { eventType: id('et', 7) }), 100, true],
  ['bookings of an attendee', bookingListing(ORG, { attendee: 'v54711@example' }), 1, true],
  ['bookings that wait', bookingListing(ORG, { status: 'PENDING' }), 100, true],
  ['bookings of a span', bookingListing(ORG, span), 100, true],
  ['bookings of a span by start', bookingListing(ORG, span, true), 100, true],
  [
    'bookings of a span with a status',
    bookingListing(ORG, { ...span, status: 'CONFIRMED' }, true),
    100,
    true,
  ],
  ['deliveries', deliveryListing(ORG, {}), ROWS, false],
  ['deliveries about a calendar', deliveryListing(ORG, { calendar: id('cal', 7) }), 100, true],
  ['deliveries with a verdict', deliveryListing(ORG, { verdict: 'IGNORED' }), 100, true],
  ['deliveries of a span', deliveryListing(ORG, span), 100, true],
  ['the audit log', auditListing(ORG, {}), ROWS, false],
  ['the audit log of all', auditListing(null, {}), ROWS, false],
  ['the audit log of an actor', auditListing(ORG, { actor: 'key_1' }), 100, true],
  ['the audit log of a subject', auditListing(ORG, { subject: id('host', 7) }), 1, true],
  ['the audit log of a span', auditListing(ORG, span), 100, true],
];

describe('a list of 100,000 rows', () => {
  it.each(LISTS)('is read page by page without a scan of the table: %s', async (_name, listing) => {
    for (const descending of [false, true])
      expect(await scannedBy(selectPage(listing, pageAfter(51, null, descending)))).toEqual([]);
    const [first] = await rowsOf(listing).read(pageAfter(1));
    const after = { id: first?.id ?? '', at: listing.at ? at(50_000) : null };
    expect(await scannedBy(selectPage(listing, { limit: 51, after, descending: false }))).toEqual([]);
  });

  it.each(LISTS.filter(([, , , isRare]) => isRare))(
    'is counted without a scan of the table where few rows are asked for: %s',
    async (_name, listing) => {
      expect(await scannedBy(selectCount(listing))).toEqual([]);
    },
  );

  it.each(LISTS)('has the rows that were asked for: %s', async (_name, listing, count) => {
    const list = rowsOf(listing);
    expect(await list.count()).toBe(count);
    expect(await list.read(pageAfter(51))).toHaveLength(Math.min(count, 51));
  });
});

describe('a page', () => {
  it('begins behind its cursor by the instant, and by the id where instants are the same', async () => {
    const row = { at: Prisma.sql`b.starts_at` };
    const listing: Listing = {
      ...bookingListing(ORG, { from: at(100), to: at(103) }),
      at: Prisma.sql`date_trunc('minute', ${row.at})`,
    };
    const list = rowsOf(listing);
    const minute = Math.floor(at(100) / 60_000) * 60_000;
    const all = await list.read({ limit: 9, after: null, descending: false });
    expect(all).toHaveLength(3);
    const rest = await list.read({
      limit: 9,
      after: { id: all[0]?.id ?? '', at: minute },
      descending: false,
    });
    expect(rest).toEqual(all.slice(1));
    const back = await list.read({ limit: 9, after: { id: all[2]?.id ?? '', at: minute }, descending: true });
    expect(back).toEqual([all[1], all[0]]);
  });
});

describe('a search', () => {
  const found = async (search: string) =>
    (await rowsOf(hostListing(ORG, { search }, T)).read(pageAfter(2))).map((row) => row.id);

  it.each([
    ['P54711', [id('host', 54_711)]],
    ['person slug-s54711', [id('host', 54_711)]],
    ["' | & ! <-> :* ( \\ p54711", [id('host', 54_711)]],
    ['p54711 p54712', []],
    ['erson', []],
    ['%', []],
    ['  ', [id('host', 0), id('host', 1)]],
  ])('finds by the beginnings of words: %j', async (search, hosts) => {
    expect(await found(search)).toEqual(hosts);
  });
});
