/**
 * Whose data each column of the database is: the one list of it. Exports read it, erasures are checked against it, and a test walks all
 * tables, so that no column is forgotten.
 */

export type DataClass =
  /** Of nobody: ids, times of the gateway's own work, versions, settings. */
  | 'none'
  /** Of a host. It is exported with the host, and goes with the host. */
  | 'host'
  /** Of the person who booked or invited, or it may name that person. It is exported and blanked with the person, and with a host's rows exported, too. */
  | 'attendee'
  /** Opens something, sealed or hashed or not. It is never exported, and goes with its row. */
  | 'secret'
  /** What the operator, or an administrator of the organisation, wrote about the organisation itself. */
  | 'operator';

/** The columns of a table by class, each in one of them. */
export type TableColumns = Readonly<Partial<Record<DataClass, readonly string[]>>>;

const LEASE = ['lease_id', 'lease_until'] as const;
const VALIDITY = ['valid_from', 'valid_to'] as const;

/** By table of the schema `public`. Tables without a person's data are there, too. */
export const COLUMNS = {
  _prisma_migrations: {
    none: [
      ...['id', 'checksum', 'finished_at', 'migration_name', 'logs', 'rolled_back_at', 'started_at'],
      'applied_steps_count',
    ],
  },
  account: {
    none: [
      ...['id', 'organisation_id', 'host_id', 'provider', 'status', 'tokens_expire_at', 'refused_since'],
      ...['list_due_at', 'connection_id', 'created_at', 'awaits_confirmation'],
    ],
    host: ['subject', 'email'],
    secret: ['tokens'],
  },
  address: { none: ['organisation_id', 'owner_id'], host: ['slug'] },
  api_key: {
    none: ['id', 'organisation_id', 'scopes', 'created_at', 'expires_at', 'revoked_at'],
    secret: ['secret_hash'],
    operator: ['name'],
  },
  audit_entry: {
    none: ['id', 'organisation_id', 'at', 'action', 'subject'],
    // Those of an erased host are blanked.
    host: ['before', 'after'],
    operator: ['actor', 'actor_name', 'address'],
  },
  // An erasure leaves what an administrator blocks: it would be a way around the rule.
  block_rule: { none: ['id', 'organisation_id', 'kind', 'created_at'], operator: ['value', 'note'] },
  booking: {
    none: [
      ...['id', 'organisation_id', 'event_type_id', 'hold_id', 'status', 'starts_at', 'ends_at', 'hosts'],
      ...[
        'title',
        'sequence',
        'decide_by',
        'cancelled_by',
        'created_at',
        'updated_at',
        'cancelled_at',
        'blanked_at',
      ],
      ...['moved_by', 'moved_from', 'place_kind', 'place', 'place_error'],
    ],
    attendee: [
      ...['attendee_name', 'attendee_email', 'attendee_time_zone', 'attendee_locale'],
      ...['notes', 'reason', 'phone', 'answers', 'guests', 'metadata'],
    ],
  },
  booking_write: {
    none: [
      ...[
        'id',
        'organisation_id',
        'booking_id',
        'host_id',
        'calendar_id',
        'account_id',
        'provider',
        'own_id',
      ],
      ...['external_id', 'wanted', 'revision', 'done_revision', 'tried_revision', 'status', 'failures'],
      ...['checked', 'invited', 'due_at', 'retry_pull_since', ...LEASE],
      ...['written_at', 'written_starts_at', 'written_ends_at', 'conference', 'conference_until'],
    ],
    // A provider's refusal may repeat the address that it refuses.
    attendee: ['error'],
  },
  brand: {
    none: ['owner_id', 'organisation_id', 'logo_type', 'logo_hash', 'logo_width', 'logo_height'],
    // A host's own may be a likeness.
    host: ['color', 'logo'],
  },
  calendar: {
    none: [
      ...[
        'id',
        'organisation_id',
        'host_id',
        'account_id',
        'provider',
        'is_primary',
        'writable',
        'watchable',
      ],
      ...['selected', 'watch_wanted', 'removed', 'created_at'],
    ],
    host: ['external_id', 'name', 'time_zone'],
  },
  calendar_selection: { none: ['id', 'organisation_id', 'host_id', 'calendar_id', ...VALIDITY] },
  calendar_standing: {
    none: [
      ...['id', 'organisation_id', 'calendar_id', 'valid_from', 'proven_as_of', 'covered_from', 'covered_to'],
      ...['trouble', 'silent'],
    ],
  },
  calendar_state: {
    none: [
      ...['calendar_id', 'organisation_id', 'version', 'published_version', 'proven_as_of', 'started_pull'],
      ...['proven_pull', 'dirty_pull', 'basis', 'covered_from', 'covered_to', 'last_started_at'],
      ...[
        'last_succeeded_at',
        'failures',
        'trouble',
        'dirty_since',
        'due_at',
        'zone_data',
        'titles',
        'notification_lost_at',
        ...LEASE,
      ],
    ],
    host: ['error'],
    // Some providers' cursors are URLs.
    secret: ['cursor'],
  },
  connect_attempt: {
    none: ['organisation_id', 'host_id', 'provider', 'return_to', 'expires_at', 'account_id'],
    secret: ['ticket_hash', 'state_hash', 'verifier', 'browser_hash'],
  },
  delivery: {
    none: [
      ...['id', 'organisation_id', 'provider', 'calendar_id', 'channel_id', 'received_at', 'verdict'],
      ...['replay_of', 'dedupe_key'],
    ],
    // They carry the channel's secret; of events they tell ids alone.
    secret: ['headers', 'body'],
  },
  event: {
    none: ['id', 'organisation_id', 'calendar_id', 'external_id', 'series_id', 'own_id', ...VALIDITY],
    host: ['kind', 'starts_at', 'ends_at', 'all_day'],
    // The event of a booking names its attendee.
    attendee: ['title'],
  },
  event_type: {
    none: [
      ...['id', 'organisation_id', 'owner_id', 'version', 'published_version', 'created_at', 'deleted_at'],
    ],
    host: ['slug'],
  },
  event_type_rules: {
    none: ['id', 'organisation_id', 'event_type_id', ...VALIDITY],
    host: ['title', 'hosts', 'rules', 'form'],
  },
  feed: {
    none: ['id', 'organisation_id', 'host_id', 'titles', 'created_at'],
    secret: ['secret', 'secret_hash', 'uid_key'],
  },
  // Lives for minutes, and goes with its hold.
  email_verification: {
    none: ['hold_id', 'organisation_id', 'sent', 'tries', 'sent_at', 'expires_at', 'verified_at'],
    secret: ['email_hash', 'code_hash'],
  },
  hold: {
    none: [
      ...['id', 'organisation_id', 'event_type_id', 'starts_at', 'ends_at', 'hosts', 'expires_at'],
      ...['released_at', 'booking_id', 'created_at'],
    ],
    attendee: ['network_hash', 'wide_network_hash'],
    secret: ['token_hash'],
  },
  host: {
    none: ['id', 'organisation_id', 'version', 'published_version', 'created_at', 'changed_at'],
    host: ['name', 'slug', 'email', 'time_zone', 'booking_calendar_id'],
  },
  host_hours: { none: ['id', 'organisation_id', 'host_id', ...VALIDITY], host: ['hours', 'zone_changes'] },
  invitation: {
    // By its UID the organizer's next message finds it.
    none: ['host_id', 'uid', 'organisation_id', 'due_at', 'updated_at', 'zone_data'],
    attendee: ['organizer', 'calendar', 'blocks'],
  },
  mail: {
    none: [
      ...['id', 'organisation_id', 'kind', 'status', 'booking_id', 'host_id', 'attempts', 'response_code'],
      ...['due_at', 'expires_at', ...LEASE, 'created_at', 'ended_at'],
    ],
    // A mail server's refusal may repeat the address that it refuses.
    attendee: ['recipient', 'facts', 'error'],
  },
  native_state: { none: ['host_id', 'organisation_id', 'version', 'published_version'] },
  native_time: {
    none: [
      ...[
        'id',
        'organisation_id',
        'host_id',
        'kind',
        'owner_id',
        'event_type_id',
        'slot_key',
        'seat',
        'by_host',
      ],
      ...['buffer_before', 'buffer_after', 'expires_at', ...VALIDITY],
    ],
    host: ['starts_at', 'ends_at', 'busy_kind'],
    // The block of an invitation has its title.
    attendee: ['title'],
  },
  organisation: {
    none: ['id', 'created_at', 'is_default', 'deleted_at', ...LEASE],
    operator: ['name'],
  },
  organisation_connection: {
    none: ['id', 'organisation_id', 'provider', 'created_at'],
    secret: ['secret'],
    operator: ['subject', 'name'],
  },
  signing_key: { none: ['id', 'purpose', 'derived_from', 'created_at'], secret: ['secret'] },
  team: { none: ['id', 'organisation_id', 'created_at'], operator: ['name', 'slug'] },
  team_member: { none: ['organisation_id', 'team_id', 'host_id', 'position'] },
  watch_channel: {
    none: [
      ...['id', 'organisation_id', 'calendar_id', 'account_id', 'provider', 'status', 'error', 'opened_at'],
      ...['expires_at', 'last_notification_at', 'due_at', 'created_at'],
    ],
    secret: ['secret_hash', 'remote_id', 'resource_id'],
  },
  webhook_attempt: {
    none: ['id', 'organisation_id', 'message_id', 'at', 'response_status', 'error', 'milliseconds'],
  },
  webhook_endpoint: {
    none: ['id', 'organisation_id', 'events', 'active', 'created_at'],
    secret: ['secret'],
    operator: ['url'],
  },
  webhook_message: {
    none: [
      ...['id', 'organisation_id', 'endpoint_id', 'event', 'status', 'attempts', 'due_at', ...LEASE],
      ...['created_at', 'ended_at', 'booking_id'],
    ],
    attendee: ['payload'],
  },
  worker_presence: { none: ['id', 'started_at', 'seen_at'] },
  write_probe: { none: ['id', 'written_at'] },
} as const satisfies Record<string, TableColumns>;

export type TableName = keyof typeof COLUMNS;

/** Columns of a table that are of these classes, in the list's order. */
export function columnsOf(table: TableName, classes: readonly DataClass[]): string[] {
  const columns: TableColumns = COLUMNS[table];
  return classes.flatMap((one) => columns[one] ?? []);
}

/** Schemas beside `public`, and why no row of theirs holds a person's data. */
export const OTHER_SCHEMAS: Readonly<Record<string, string>> = {
  graphile_worker: 'jobs carry ids alone (src/jobs/port.ts)',
};
