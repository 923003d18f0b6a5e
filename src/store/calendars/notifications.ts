/** Notifications as they come: what is known of their channels is read in one statement, and what follows from them is written in one. */
import { createHash } from 'node:crypto';
import { newId } from '../../ids.ts';
import type { ProviderName } from '../../providers/port.ts';
import type { Instant } from '../../time/clock.ts';
import type { Store } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import type { StatementParts } from '../statement-parts.ts';
import { type Signal, storedHeaders, type Verdict } from './deliveries.ts';
import { dirtyCalendars } from './states.ts';
import type { WatchChannel } from './watch-channels.ts';

/** A channel that a notification names, and what came before of it. */
export interface NotifiedChannel
  extends Pick<
    WatchChannel,
    'id' | 'organisationId' | 'provider' | 'calendarId' | 'secretHash' | 'remoteId'
  > {
  /** Of the row as it was read. Another one means that something has happened to the channel since. */
  rowVersion: string;
  /** Notifications of the calendar over the window, replays included and up to the limit. */
  notified: number;
  /** The start of the calendar's last pull. */
  lastStartedAt: Instant | null;
}

/** Longer keys are indexed by their hash. */
const INDEXED_LENGTH = 300;

/** As an index may hold it, whatever the provider sent. */
const indexedKey = (key: string) =>
  key.length <= INDEXED_LENGTH && key.isWellFormed() && !key.includes('\0')
    ? key
    : createHash('sha256').update(key).digest('base64url');

/**
 * Channels by the ids that notifications name; closed channels are left out.
 * @param keys which of these came through their channels since `limits.seenSince`
 * @returns also those keys, as `channel key`
 */
export async function readNotifiedChannels(
  store: Store,
  provider: ProviderName,
  ids: readonly string[],
  keys: readonly { channel: string; key: string }[],
  limits: { seenSince: Instant; countedSince: Instant; countedMax: number },
): Promise<{ channels: Map<string, NotifiedChannel>; seen: Set<string> }> {
  const { seenSince, countedSince, countedMax } = limits;
  const rows = await store.$queryRaw<
    (Omit<NotifiedChannel, 'lastStartedAt'> & { lastStartedAt: Date | null; seen: number[] | null })[]
  >`
    select w.id, w.organisation_id as "organisationId", w.provider, w.calendar_id as "calendarId",
      w.secret_hash as "secretHash", w.remote_id as "remoteId", w.xmin::text as "rowVersion",
      s.last_started_at as "lastStartedAt", known.places as seen, (
        select count(*)::int from (
          select from delivery d
          where d.calendar_id = w.calendar_id and d.received_at > ${new Date(countedSince)} and d.verdict = 'ACCEPTED'
          limit ${countedMax}
        ) recent
      ) as notified
    from watch_channel w left join calendar_state s on s.calendar_id = w.calendar_id left join (
      select n.channel, array_agg(n.place::int) as places
      from unnest(${keys.map(({ channel }) => channel)}::text[], ${keys.map(({ key }) => indexedKey(key))}::text[])
        with ordinality as n(channel, key, place)
      where exists (
        select from delivery d where d.channel_id = n.channel and d.dedupe_key = n.key
          and d.received_at >= ${new Date(seenSince)} and d.replay_of is null
      ) group by n.channel
    ) known on known.channel = w.id
    where w.id = any(${[...ids]}) and w.provider = ${provider} and w.status <> 'closed'`;
  const seen = new Set<string>();
  const channels = new Map<string, NotifiedChannel>();
  for (const { seen: places, lastStartedAt, ...channel } of rows) {
    channels.set(channel.id, { ...channel, lastStartedAt: lastStartedAt?.getTime() ?? null });
    for (const place of places ?? []) seen.add(`${channel.id} ${keys[place - 1]?.key}`);
  }
  return { channels, seen };
}

export interface NewDelivery {
  channel: NotifiedChannel;
  headers: Record<string, string>;
  body: string;
  dedupeKey: string | null;
  signal: Signal;
  verdict: Verdict;
}

/** What notifications make due, beside being stored. */
export interface NotificationWork {
  /** Channels that the provider has removed, and those that it wants authorised anew. */
  removed: readonly string[];
  reauthorise: readonly string[];
  /** Calendars that may have changed. */
  dirty: readonly string[];
  jobs: StatementParts;
}

/**
 * Stores deliveries and what follows from them: in one statement, all of it or nothing. Channels are locked, so that notifications of one are
 * stored one after another. Those to which something has happened since they were read are left out.
 * @param lockTimeout how long it waits for each lock, milliseconds
 * @returns the ids of the channels whose deliveries are stored
 */
export async function storeDeliveries(
  store: Store,
  deliveries: readonly NewDelivery[],
  work: NotificationWork,
  { now, lockTimeout }: { now: Instant; lockTimeout: number },
): Promise<Set<string>> {
  const at = new Date(now);
  const channels = [...new Map(deliveries.map(({ channel }) => [channel.id, channel.rowVersion]))];
  const rows = deliveries.map(({ channel, headers, body, dedupeKey, signal, verdict }) => ({
    id: newId('Delivery'),
    organisation: channel.organisationId,
    provider: channel.provider,
    calendar: channel.calendarId,
    channel: channel.id,
    headers: storedHeaders(headers, { dedupeKey, signal }),
    // PostgreSQL takes neither NUL nor half a surrogate pair.
    body: body.toWellFormed().replaceAll('\0', ''),
    verdict,
    key: dedupeKey === null ? null : indexedKey(dedupeKey),
  }));
  const { removed, reauthorise, dirty, jobs } = work;
  // Rows are locked table by table and in the order of their ids: channels, calendars, jobs. Each count is of all rows of the part before.
  const isLocked = Prisma.sql`(select count(*) from locked) > 0`;
  const [stored] = await store.$queryRaw<{ channels: string[] }[]>`
    with waits as materialized (
      select set_config('lock_timeout', ${String(lockTimeout)}, true)
    ), held as materialized (
      select w.id from (select count(*) from waits) limited, watch_channel w
        join unnest(${channels.map(([id]) => id)}::text[], ${channels.map(([, version]) => version)}::text[])
          as given(id, version) on given.id = w.id
      where w.xmin::text = given.version and limited.count > 0 order by w.id for update of w
    ), locked as (
      update watch_channel w set last_notification_at = ${at},
        status = case when w.id = any(${[...removed]}::text[]) then 'closed' else w.status end,
        due_at = case when w.id = any(${[...removed]}::text[]) then null
          when w.id = any(${[...reauthorise]}::text[]) then ${at}::timestamptz else w.due_at end
      from held where w.id = held.id returning w.id
    ), inserted as (
      insert into delivery
        (id, organisation_id, provider, calendar_id, channel_id, received_at, headers, body, verdict, dedupe_key)
      select r.id, r.organisation, r.provider, r.calendar, r.channel, ${at}, r.headers, r.body, r.verdict, r.key
      from locked join jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(
        id text, organisation text, provider provider, calendar text, channel text, headers jsonb, body text,
        verdict verdict, key text
      ) on r.channel = locked.id
    ), marked as (
      ${dirtyCalendars(dirty, now, isLocked)} returning 1
    )${jobs.ctes}
    select array(select id from locked) as channels,
      case when ${isLocked} and (select count(*) from marked) >= 0 then ${jobs.executed} end as executed`;
  return new Set(stored?.channels);
}
