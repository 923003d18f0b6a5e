/**
 * Titles of events are stored only while a feed with titles shows them. `calendar_state.titles` says whether those of a calendar are, or may
 * be: a pull that stores them sets it, and only what has blanked the last of them takes it back.
 */
import type { Instant } from '../../time/clock.ts';
import type { Store, Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import type { ChangeSet } from './events.ts';
import { markDirty } from './states.ts';

/** Rows that one transaction blanks. */
const BATCH = 5_000;

/** Does a feed show the titles of the host's events? `host`: the column of the query around it. */
export const isShown = (host: Prisma.Sql) =>
  Prisma.sql`exists (select 1 from feed f where f.host_id = ${host} and f.titles)`;
const OF_CALENDAR = Prisma.sql`c.host_id`;

/**
 * Makes the host's calendars due whose titles are not stored: their next pull reads everything anew.
 * @returns their ids; the caller enqueues their pulls
 */
export async function requestTitles(tx: Tx, host: string, now: Instant): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select c.id from calendar c join calendar_state s on s.calendar_id = c.id
    where c.host_id = ${host} and c.selected and not s.titles order by c.id`;
  const ids = rows.map(({ id }) => id);
  await markDirty(tx, ids, now);
  return ids;
}

/** A calendar's titles: whether a feed shows them, and whether they are stored. */
export interface TitleState {
  shown: boolean;
  stored: boolean;
}

/**
 * What a pull may store, in the transaction that holds the lock of the calendar's state. A round that is not full leaves titles out until
 * a full one has them all, so that the state's column is never behind.
 * @param state as it was read under that lock
 */
export async function withShownTitles(
  tx: Tx,
  calendar: string,
  changes: ChangeSet,
  state: TitleState,
): Promise<ChangeSet> {
  if (!state.shown || !(state.stored || changes.full))
    return { ...changes, events: changes.events.map((event) => ({ ...event, title: null })) };
  if (!state.stored)
    await tx.calendarState.update({ where: { calendarId: calendar }, data: { titles: true } });
  return changes;
}

/** Calendars whose titles are stored although no feed shows them. @param host of this host alone; null: of all */
export async function calendarsWithUnshownTitles(
  tx: Tx,
  limit: number,
  host: string | null = null,
): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select c.id from calendar_state s join calendar c on c.id = s.calendar_id
    where s.titles and not ${isShown(OF_CALENDAR)} and (${host}::text is null or c.host_id = ${host})
    order by c.id limit ${limit}`;
  return rows.map(({ id }) => id);
}

/**
 * Blanks the titles of a calendar's events, past versions among them, unless a feed shows them again; some thousands in a transaction.
 * @param batches transactions at most
 * @returns how many it took; as many as `batches` when titles may be left
 */
export async function blankTitles(store: Store, calendar: string, batches: number): Promise<number> {
  for (let taken = 1; taken <= batches; taken++) {
    const more = await store.$transaction(async (tx) => {
      // A pull that commits holds this lock until its events are stored.
      const [state] = await tx.$queryRaw<{ shown: boolean }[]>`
        select ${isShown(OF_CALENDAR)} as shown from calendar_state s join calendar c on c.id = s.calendar_id
        where s.calendar_id = ${calendar} for update of s`;
      if (!state || state.shown) return false;
      const blanked = await tx.$executeRaw`
        update event set title = null where id = any(array(
          select id from event where calendar_id = ${calendar} and title is not null limit ${BATCH}))`;
      if (blanked === BATCH) return true;
      await tx.calendarState.update({ where: { calendarId: calendar }, data: { titles: false } });
      return false;
    });
    if (!more) return taken;
  }
  return batches;
}
