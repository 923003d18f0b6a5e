/** Which rows of each table are of one host or of one attendee, and what takes the place of what is blanked. */
import { mailboxOf } from '../../calendars/mail-address.ts';
import { Prisma } from '../generated/client.ts';
import type { TableName } from './columns.ts';

/** By what rows of an attendee are found: the person behind an e-mail address, or who booked what is over. */
export interface AttendeeTraces {
  /** Ids of the bookings. */
  bookings: readonly string[];
  /** Finds what is kept without a booking, too; null: only what is of the bookings. `email` is in lower case. */
  person: { organisation: string; email: string } | null;
}

/** Rows of a table. The condition's row is `r`. */
interface TableRows {
  /** What exports call them. */
  as: string;
  ofHost?(host: string): Prisma.Sql;
  /** Null: no row of them. @param blank only those with something to blank */
  ofAttendee?(attendee: AttendeeTraces, blank: boolean): Prisma.Sql | null;
  /** Columns with what takes their place. */
  blanks?: Readonly<Record<string, Prisma.Sql>>;
}

const hostId = (host: string) => Prisma.sql`r.host_id = ${host}`;
const ofCalendars = (host: string) =>
  Prisma.sql`r.calendar_id in (select id from calendar where host_id = ${host})`;
const amongHosts = (host: string) => Prisma.sql`${host} = any(r.hosts)`;
const NOTHING = Prisma.sql`null`;
const NO_ITEMS = Prisma.sql`'[]'::jsonb`;

/** The address stands in a text of the row. */
const mentions = (column: Prisma.Sql, email: string) =>
  Prisma.sql`position(${email} in lower(${column})) > 0`;
const anyOf = (conditions: readonly Prisma.Sql[]) => Prisma.sql`(${Prisma.join([...conditions], ' or ')})`;

const invitedBy = ({ organisation, email }: { organisation: string; email: string }) => Prisma.sql`
  i.organisation_id = ${organisation} and (i.organizer = ${email} or ${mentions(Prisma.sql`i.calendar`, email)})`;

/** Events that the gateway wrote for the bookings, as pulls brought them back, in all their versions. */
const eventsOf = (bookings: readonly string[], only: Prisma.Sql) => Prisma.sql`r.id in (
  select e.id from booking_write w join event e on e.calendar_id = w.calendar_id
    and (e.external_id = w.external_id or e.own_id = w.own_id) ${only}
  where w.booking_id = any(${[...bookings]}))`;

const TITLED = Prisma.sql`and e.title is not null`;

/** The message as it may still be sent: all that it says but who booked. */
const PENDING_PAYLOAD = Prisma.sql`jsonb_build_object(
  'type', r.payload::jsonb->'type', 'timestamp', r.payload::jsonb->'timestamp',
  'data', jsonb_build_object(
    'booking', (r.payload::jsonb #> '{data,booking}') - '{answers,guests,phone,place,metadata,manageUrl}'::text[]
      || '{"attendee": {"name": "", "email": "", "timeZone": "UTC", "notes": null}, "reason": null}'::jsonb,
    'invitation', null))::text`;

/** A message that is still to be sent and, without the person, has nothing to say: it is not sent. */
const SAYS_NOTHING = Prisma.sql`r.status = 'PENDING' and r.booking_id is null`;

/** The lines of iCalendar that name what an invitation is about, with those that they are folded into. */
const WITHOUT_SUMMARY = Prisma.sql`regexp_replace(r.calendar, '^SUMMARY[;:].*(\n[ \t].*)*\n?', '', 'gin')`;
const BLOCKS_WITHOUT_TITLES = Prisma.sql`(
  select coalesce(jsonb_object_agg(key, value || '{"title": null}'::jsonb), '{}') from jsonb_each(r.blocks))`;

/** What mentions a guest of somebody else's booking tells of that person, too: it is blanked with the guest, and not exported for the guest. */
const OF_NO_BOOKING = Prisma.sql`and r.booking_id is null`;

/** In the order in which rows are blanked: those first that are found by others. */
const ROWS: Readonly<Partial<Record<TableName, TableRows>>> = {
  webhook_attempt: {
    as: 'messageAttempts',
    ofHost: (host) =>
      Prisma.sql`r.message_id in (select id from webhook_message where position(${host} in payload) > 0)`,
  },
  webhook_message: {
    as: 'messages',
    ofHost: (host) => Prisma.sql`position(${host} in r.payload) > 0`,
    ofAttendee: ({ bookings, person }, blank) =>
      anyOf([
        Prisma.sql`r.booking_id = any(${[...bookings]})`,
        ...(person
          ? [
              Prisma.sql`r.organisation_id = ${person.organisation} and ${mentions(Prisma.sql`r.payload`, person.email)}
                ${blank ? Prisma.empty : OF_NO_BOOKING}`,
            ]
          : []),
      ]),
    blanks: {
      // What was sent is read no more; what is still to be sent goes out without the person.
      payload: Prisma.sql`case when r.status = 'PENDING' and r.booking_id is not null then ${PENDING_PAYLOAD} else '{}' end`,
      status: Prisma.sql`case when ${SAYS_NOTHING} then 'ERASED' else r.status end`,
      due_at: Prisma.sql`case when ${SAYS_NOTHING} then null else r.due_at end`,
      ended_at: Prisma.sql`case when ${SAYS_NOTHING} then now() else r.ended_at end`,
    },
  },
  mail: {
    as: 'mails',
    ofHost: (host) => anyOf([hostId(host), Prisma.sql`position(${host} in coalesce(r.facts, '')) > 0`]),
    ofAttendee: ({ bookings, person }, blank) => {
      const isTheirs = anyOf([
        Prisma.sql`r.booking_id = any(${[...bookings]})`,
        ...(person
          ? [
              Prisma.sql`r.organisation_id = ${person.organisation} and (lower(r.recipient) = ${person.email}
                or ${mentions(Prisma.sql`r.facts`, person.email)} ${blank ? Prisma.empty : OF_NO_BOOKING})`,
            ]
          : []),
      ]);
      return blank
        ? Prisma.sql`${isTheirs} and coalesce(r.recipient, r.facts, r.error) is not null`
        : isTheirs;
    },
    blanks: {
      // Without the person a mail has nothing to say: one that is still to be sent isn't sent.
      recipient: NOTHING,
      facts: NOTHING,
      error: NOTHING,
      status: Prisma.sql`case when r.status = 'PENDING' then 'ERASED' else r.status end`,
      due_at: NOTHING,
      ended_at: Prisma.sql`coalesce(r.ended_at, now())`,
    },
  },
  native_time: {
    as: 'times',
    ofHost: hostId,
    ofAttendee({ bookings, person }, blank) {
      const ofInvitations = person
        ? [
            Prisma.sql`r.owner_id in (
              select b.value->>'id' from invitation i, jsonb_each(i.blocks) b where ${invitedBy(person)})`,
            Prisma.sql`r.organisation_id = ${person.organisation} and ${mentions(Prisma.sql`r.title`, person.email)}`,
          ]
        : [];
      // The time of a booking has no title of its own.
      if (blank) return person ? Prisma.sql`r.title is not null and ${anyOf(ofInvitations)}` : null;
      return anyOf([Prisma.sql`r.owner_id = any(${[...bookings]})`, ...ofInvitations]);
    },
    blanks: { title: NOTHING },
  },
  invitation: {
    as: 'invitations',
    ofHost: hostId,
    ofAttendee: ({ person }, blank) =>
      person &&
      Prisma.sql`(r.host_id, r.uid) in (select i.host_id, i.uid from invitation i where ${invitedBy(person)})
        ${blank ? Prisma.sql`and (r.organizer is not null or r.calendar ~* 'SUMMARY')` : Prisma.empty}`,
    blanks: {
      organizer: NOTHING,
      calendar: WITHOUT_SUMMARY,
      blocks: BLOCKS_WITHOUT_TITLES,
    },
  },
  event: {
    as: 'events',
    ofHost: ofCalendars,
    ofAttendee: ({ bookings, person }, blank) =>
      anyOf([
        eventsOf(bookings, blank ? TITLED : Prisma.empty),
        ...(person
          ? [
              Prisma.sql`r.title is not null and r.organisation_id = ${person.organisation} and ${mentions(Prisma.sql`r.title`, person.email)}`,
            ]
          : []),
      ]),
    blanks: { title: NOTHING },
  },
  booking_write: {
    as: 'writes',
    ofHost: hostId,
    ofAttendee: ({ bookings }, blank) => Prisma.sql`r.booking_id = any(${[...bookings]})
      ${blank ? Prisma.sql`and r.error is not null` : Prisma.empty}`,
    blanks: { error: NOTHING },
  },
  hold: {
    as: 'holds',
    ofHost: amongHosts,
    ofAttendee: ({ bookings }, blank) => Prisma.sql`
      r.id in (select hold_id from booking where id = any(${[...bookings]}))
      ${blank ? Prisma.sql`and coalesce(r.network_hash, r.wide_network_hash) is not null` : Prisma.empty}`,
    blanks: { network_hash: NOTHING, wide_network_hash: NOTHING },
  },
  booking: {
    as: 'bookings',
    ofHost: amongHosts,
    ofAttendee: ({ bookings }) => Prisma.sql`r.id = any(${[...bookings]})`,
    blanks: {
      attendee_name: Prisma.sql`''`,
      attendee_email: Prisma.sql`''`,
      // Not null, and clients read it as a zone.
      attendee_time_zone: Prisma.sql`'UTC'`,
      attendee_locale: NOTHING,
      notes: NOTHING,
      reason: NOTHING,
      phone: NOTHING,
      answers: NO_ITEMS,
      guests: Prisma.sql`'{}'`,
      metadata: NO_ITEMS,
    },
  },
  block_rule: {
    as: 'blockRules',
    ofAttendee: ({ person }, blank) =>
      person && !blank
        ? Prisma.sql`r.organisation_id = ${person.organisation} and r.kind = 'EMAIL' and r.value = ${mailboxOf(person.email)}`
        : null,
  },
  audit_entry: { as: 'auditEntries', ofHost: (host) => Prisma.sql`r.subject = ${host}` },
  host: { as: 'host', ofHost: (host) => Prisma.sql`r.id = ${host}` },
  address: { as: 'addresses', ofHost: (host) => Prisma.sql`r.owner_id = ${host}` },
  brand: { as: 'brands', ofHost: (host) => Prisma.sql`r.owner_id = ${host}` },
  host_hours: { as: 'hours', ofHost: hostId },
  team_member: { as: 'teams', ofHost: hostId },
  event_type: { as: 'eventTypes', ofHost: (host) => Prisma.sql`r.owner_id = ${host}` },
  event_type_rules: { as: 'eventTypeRules', ofHost: amongHosts },
  account: { as: 'accounts', ofHost: hostId },
  connect_attempt: { as: 'connectAttempts', ofHost: hostId },
  calendar: { as: 'calendars', ofHost: hostId },
  calendar_selection: { as: 'calendarSelections', ofHost: hostId },
  calendar_state: { as: 'calendarStates', ofHost: ofCalendars },
  calendar_standing: { as: 'calendarFreshness', ofHost: ofCalendars },
  watch_channel: { as: 'watchChannels', ofHost: ofCalendars },
  delivery: { as: 'notifications', ofHost: ofCalendars },
  native_state: { as: 'nativeStates', ofHost: hostId },
  feed: { as: 'feeds', ofHost: hostId },
};

/** The tables of `ROWS`, in its order. `Object.entries` forgets the type of the keys that the object above is checked to have. */
export const ROW_TABLES = Object.entries(ROWS) as [TableName, TableRows][];
