/** A gateway with a host whose calendar and native time a test writes straight into the database. */
import { newId } from '../../../src/ids.ts';
import { type Stack, startStack } from '../../e2e/stack.fixture.ts';
import { type MadeHost, makeHost, sql } from '../../graphql/world.fixture.ts';

export interface Feed {
  id: string;
  url: string;
  webcalUrl: string;
  secret: string;
}

export const DAY = 86_400_000;
export const HOUR = 3_600_000;
/** Midnight, UTC, some days ahead. */
export const MIDNIGHT = Math.floor(Date.now() / DAY) * DAY + 3 * DAY;

export const iso = (at: number) => new Date(at).toISOString();
/** As iCalendar writes it. */
export const utc = (at: number) => iso(at).replace(/[-:]|\.\d+/g, '');

export async function createFeed(stack: Stack, host: string, titles?: boolean): Promise<Feed> {
  const { createFeed: feed } = await stack.admin<{ createFeed: Omit<Feed, 'secret'> }>(
    'mutation ($host: ID!, $titles: Boolean) { createFeed(host: $host, titles: $titles) { id url webcalUrl } }',
    titles === undefined ? { host } : { host, titles },
  );
  return { ...feed, secret: /\/feeds\/([\w-]{43})\.ics$/.exec(feed.url)?.[1] ?? '' };
}

export const revokeFeed = (stack: Stack, id: string) =>
  stack.admin('mutation ($id: ID!) { revokeFeed(id: $id) }', { id });

export interface FeedWorld {
  stack: Stack;
  host: MadeHost;
  calendar: string;
  /** Puts an event where it says, as a pull that ends now would; `null` takes it away. */
  put(
    externalId: string,
    event: { start: number; end: number; title?: string; kind?: string; allDay?: boolean } | null,
  ): Promise<void>;
  /** The same for native time. @param kind hold, booking or block */
  take(
    owner: string,
    kind: string,
    period: { start: number; end: number } | null,
    title?: string,
  ): Promise<void>;
}

let hosts = 0;

/** One more host with a selected calendar. */
export async function addFeedHost(
  stack: Stack,
  slug = `fay${++hosts}`,
  zone = 'Europe/Berlin',
): Promise<FeedWorld> {
  const host = await makeHost(stack.admin, slug, {
    name: 'Fay',
    timeZone: zone,
    email: `${slug}@example.com`,
  });
  const calendar = newId('Calendar');
  const organisation = '(select organisation_id from host where id = $1)';
  await sql(
    stack,
    `insert into account (id, organisation_id, host_id, provider, subject, status)
     values ('acc-of-' || $1, ${organisation}, $1, 'google', $1, 'CONNECTED')`,
    [host.id],
  );
  // What the bookings of these tests are of.
  await sql(
    stack,
    `insert into event_type (id, organisation_id, owner_id, slug, version) values ('et', ${organisation}, '', 'et', 0)
     on conflict (id) do nothing`,
    [host.id],
  );
  await sql(
    stack,
    `insert into calendar (id, organisation_id, host_id, account_id, provider, external_id, name, time_zone,
      is_primary, writable, watchable, selected)
     values ($2, ${organisation}, $1, 'acc-of-' || $1, 'google', $2, 'Work', $3, true, true, true, true)`,
    [host.id, calendar, zone],
  );
  return {
    stack,
    host,
    calendar,
    async put(externalId, event) {
      await sql(
        stack,
        'update event set valid_to = now() where calendar_id = $1 and external_id = $2 and valid_to is null',
        [calendar, externalId],
      );
      if (!event) return;
      await sql(
        stack,
        `insert into event (organisation_id, calendar_id, external_id, kind, starts_at, ends_at, all_day, title, valid_from)
         values (${organisation}, $2, $3, $4, $5, $6, $7, $8, now())`,
        [
          host.id,
          calendar,
          externalId,
          event.kind ?? 'BUSY',
          iso(event.start),
          iso(event.end),
          event.allDay ?? false,
          event.title ?? null,
        ],
      );
    },
    async take(owner, kind, period, title) {
      await sql(stack, 'update native_time set valid_to = now() where owner_id = $1 and valid_to is null', [
        owner,
      ]);
      if (!period) return;
      await sql(
        stack,
        `insert into native_time (organisation_id, host_id, kind, owner_id, event_type_id, slot_key, seat, starts_at,
          ends_at, title, expires_at, valid_from)
         values (${organisation}, $1, $2, $3, 'et', $3, 0, $4, $5, $6,
          $7, now())`,
        [
          host.id,
          kind,
          owner,
          iso(period.start),
          iso(period.end),
          title ?? null,
          kind === 'hold' ? iso(period.end) : null,
        ],
      );
    },
  };
}

export const startFeedStack = (env: Record<string, string> = {}) =>
  startStack({ sync: false, env: { RATE_LIMIT_ANONYMOUS: '100000/PT1M', ...env } });
