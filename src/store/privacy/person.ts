/** Exports and erasures of people's data, made from the list of columns: nothing that is classified can be left out of them. */
import type { Instant } from '../../time/clock.ts';
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { columnsOf, type DataClass, type TableName } from './columns.ts';
import { type AttendeeTraces, ROW_TABLES } from './rows.ts';

/** Rows of one table that an export holds at most. */
const ROWS_MAX = 100_000;
/** Bookings that one transaction blanks. */
const BATCH = 200;

/** The person behind an e-mail address, which is in lower case. */
type Person = NonNullable<AttendeeTraces['person']>;

/** Rows by what they are, each with its columns in camel case; and, if there are more than an export holds, of which there are. */
export type PersonalData = Record<string, unknown[] | string[]>;

/** Names of tables and columns come from the lists of this folder alone, never from outside. */
const nameOf = (name: string) => Prisma.raw(`"${name}"`);
const camelCase = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

async function readRows(tx: Tx, table: TableName, classes: readonly DataClass[], which: Prisma.Sql) {
  const columns = columnsOf(table, classes).map(
    (column) => Prisma.sql`r.${nameOf(column)} as ${nameOf(camelCase(column))}`,
  );
  const [found] = await tx.$queryRaw<{ rows: unknown[] }[]>`
    select coalesce(json_agg(found), '[]') as rows from (
      select ${Prisma.join(columns)} from ${nameOf(table)} r where ${which} limit ${ROWS_MAX}) found`;
  return found?.rows ?? [];
}

async function collect(
  tx: Tx,
  classes: readonly DataClass[],
  which: (rows: (typeof ROW_TABLES)[number][1]) => Prisma.Sql | null | undefined,
): Promise<PersonalData> {
  const data: PersonalData = {};
  const cut: string[] = [];
  for (const [table, rows] of ROW_TABLES) {
    const condition = which(rows);
    if (!condition) continue;
    const found = await readRows(tx, table, classes, condition);
    data[rows.as] = found;
    if (found.length === ROWS_MAX) cut.push(rows.as);
  }
  return cut.length > 0 ? { ...data, incomplete: cut } : data;
}

/** All that is held of a host, without secrets. The host must be of the caller's organisation. */
export const exportHostData = (tx: Tx, host: string): Promise<PersonalData> =>
  collect(tx, ['none', 'host', 'attendee'], ({ ofHost }) => ofHost?.(host));

/** All that an organisation holds of the person behind an e-mail address, in whichever case it is written. */
export async function exportAttendeeData(tx: Tx, organisation: string, email: string): Promise<PersonalData> {
  const attendee = await attendeeOf(tx, organisation, email);
  const data = await collect(tx, ['none', 'attendee', 'operator'], ({ ofAttendee }) =>
    ofAttendee?.(attendee, false),
  );
  return { ...data, invitedTo: await invitationsOf(tx, attendee.person) };
}

/** Bookings of others to which they invited the person, without what is of the others. */
const invitationsOf = (tx: Tx, { organisation, email }: Person) =>
  tx.$queryRaw<unknown[]>`
    select r.id, r.event_type_id as "eventTypeId", r.title, r.status, r.starts_at as "startsAt", r.ends_at as "endsAt"
    from booking r where r.organisation_id = ${organisation} and ${isInvited(email)} limit ${ROWS_MAX}`;

/** @returns bookings whose guest the person was */
const withdrawInvitations = (tx: Tx, { organisation, email }: Person): Promise<number> =>
  tx.$executeRaw`
    update booking r set guests = array(select g from unnest(r.guests) g where lower(g) <> ${email})
    where r.organisation_id = ${organisation} and ${isInvited(email)}`;

const isInvited = (email: string) =>
  Prisma.sql`exists (select from unnest(r.guests) g where lower(g) = ${email})`;

/** How far one batch of an erasure came: rows that were blanked, and whether bookings may be left. */
export interface ErasedBatch {
  blanked: number;
  hasMore: boolean;
}

/** Blanks what an organisation holds of the person behind an e-mail address, in some hundred bookings and wherever else it is named. */
export async function eraseAttendeeData(
  tx: Tx,
  organisation: string,
  email: string,
  now: Instant,
): Promise<ErasedBatch> {
  const attendee = await attendeeOf(tx, organisation, email, BATCH);
  const blanked = (await blank(tx, attendee, now)) + (await withdrawInvitations(tx, attendee.person));
  return { blanked, hasMore: attendee.bookings.length === BATCH };
}

/** Blanks the attendees of some bookings that ended before an instant. @returns `blanked`: bookings */
export async function blankEndedBookings(tx: Tx, endedBefore: Instant, now: Instant): Promise<ErasedBatch> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id from booking where blanked_at is null and ends_at < ${new Date(endedBefore)}
    order by ends_at limit ${BATCH} for update skip locked`;
  const bookings = rows.map(({ id }) => id);
  if (bookings.length > 0) await blank(tx, { bookings, person: null }, now);
  return { blanked: bookings.length, hasMore: bookings.length === BATCH };
}

/** @param limit to blank so many bookings, which are locked; absent: all, to be read */
async function attendeeOf(
  tx: Tx,
  organisation: string,
  email: string,
  limit: number | null = null,
): Promise<AttendeeTraces & { person: Person }> {
  // PostgreSQL makes both sides lower case, so that letters outside ASCII are alike.
  const [lower] = await tx.$queryRaw<{ email: string }[]>`select lower(${email}) as email`;
  const person = { organisation, email: lower?.email ?? email };
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id from booking where organisation_id = ${organisation} and lower(attendee_email) = ${person.email}
    order by id limit ${limit}::int ${limit === null ? Prisma.empty : Prisma.sql`for update`}`;
  return { bookings: rows.map(({ id }) => id), person };
}

/** @returns rows that were blanked */
async function blank(tx: Tx, attendee: AttendeeTraces, now: Instant): Promise<number> {
  let blanked = 0;
  for (const [table, { ofAttendee, blanks }] of ROW_TABLES) {
    const which = ofAttendee?.(attendee, true);
    if (!which || !blanks) continue;
    const sets = Object.entries(blanks).map(([column, value]) => Prisma.sql`${nameOf(column)} = ${value}`);
    blanked += await tx.$executeRaw`update ${nameOf(table)} r set ${Prisma.join(sets)} where ${which}`;
  }
  const bookings = [...attendee.bookings];
  await tx.booking.updateMany({ where: { id: { in: bookings } }, data: { blankedAt: new Date(now) } });
  return blanked;
}
