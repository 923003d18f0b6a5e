-- Native time: what hosts are taken for by holds, bookings and blocks; and what becomes of bookings elsewhere.

create extension if not exists btree_gist;

alter table host add column booking_calendar_id text;

-- Bookings still name a deleted event type; its address is free again.
alter table event_type add column deleted_at timestamptz(3);
drop index event_type_owner_id_slug_key;
create unique index event_type_address on event_type (owner_id, slug) where deleted_at is null;
create index event_type_owner_id_idx on event_type (owner_id);

create table native_state (
  host_id           text primary key,
  organisation_id   text not null,
  version           bigint not null,
  published_version bigint not null default 0
) with (fillfactor = 70);
create index native_state_unpublished on native_state (host_id) where published_version < version;
insert into native_state (host_id, organisation_id, version)
  select id, organisation_id, nextval('slotwire_version') from host;

create table native_time (
  id              bigserial primary key,
  organisation_id text not null,
  host_id         text not null,
  kind            text not null check (kind in ('hold', 'booking', 'block')),
  owner_id        text not null,
  event_type_id   text,
  slot_key        text,
  seat            integer,
  by_host         boolean not null default false,
  starts_at       timestamptz(3) not null,
  ends_at         timestamptz(3) not null,
  buffer_before   bigint not null default 0,
  buffer_after    bigint not null default 0,
  busy_kind       text not null default 'BUSY' check (busy_kind in ('BUSY', 'BUSY_UNAVAILABLE', 'BUSY_TENTATIVE')),
  title           text,
  expires_at      timestamptz(3),
  valid_from      timestamptz(3) not null,
  valid_to        timestamptz(3),
  check (starts_at < ends_at),
  check (kind = 'block' or (event_type_id is not null and slot_key is not null and seat is not null)),
  check ((kind = 'hold') = (expires_at is not null)),
  -- The backstop: what overlaps at one host shares a slot of one event type, unless the host moved it there.
  constraint native_time_no_overlap exclude using gist (
    host_id with =, slot_key with <>, tstzrange(starts_at, ends_at) with &&
  ) where (valid_to is null and kind <> 'block' and not by_host)
);
create unique index native_time_seat on native_time (host_id, slot_key, seat)
  where valid_to is null and kind <> 'block' and not by_host;
create index native_time_current on native_time (host_id, ends_at) where valid_to is null;
create index native_time_owner on native_time (owner_id) where valid_to is null;
create index native_time_expiry on native_time (expires_at) where valid_to is null and expires_at is not null;
create index native_time_history on native_time (host_id, valid_to) where valid_to is not null;

create table hold (
  id              text primary key,
  organisation_id text not null,
  event_type_id   text not null,
  token_hash      text not null,
  starts_at       timestamptz(3) not null,
  ends_at         timestamptz(3) not null,
  hosts           text[],
  expires_at      timestamptz(3) not null,
  released_at     timestamptz(3),
  booking_id      text,
  created_at      timestamptz(3) not null
);
create unique index hold_token_hash_key on hold (token_hash);
create index hold_expires_at_idx on hold (expires_at);

create table booking (
  id                 text primary key,
  organisation_id    text not null,
  event_type_id      text not null,
  hold_id            text not null,
  status             text not null check (status in ('CONFIRMED', 'CANCELLED')),
  starts_at          timestamptz(3) not null,
  ends_at            timestamptz(3) not null,
  hosts              text[],
  title              text not null,
  attendee_name      text not null,
  attendee_email     text not null,
  attendee_time_zone text not null,
  notes              text,
  sequence           integer not null default 0,
  reason             text,
  cancelled_by       text check (cancelled_by in ('attendee', 'host')),
  created_at         timestamptz(3) not null,
  updated_at         timestamptz(3) not null,
  cancelled_at       timestamptz(3)
);
create unique index booking_hold_id_key on booking (hold_id);
create index booking_organisation_id_id_idx on booking (organisation_id, id);
create index booking_event_type_id_starts_at_idx on booking (event_type_id, starts_at);

create table booking_write (
  id                text primary key,
  organisation_id   text not null,
  booking_id        text not null,
  host_id           text not null,
  calendar_id       text not null,
  account_id        text not null,
  provider          text not null,
  own_id            text not null,
  external_id       text,
  wanted            text not null check (wanted in ('present', 'absent')),
  revision          integer not null,
  done_revision     integer not null default 0,
  tried_revision    integer not null default 0,
  status            text not null check (status in ('PENDING', 'WRITTEN', 'FAILED')),
  failures          integer not null default 0,
  error             text,
  checked           text,
  invited           boolean not null default false,
  due_at            timestamptz(3),
  lease_id          text,
  lease_until       timestamptz(3),
  written_at        timestamptz(3),
  written_starts_at timestamptz(3),
  written_ends_at   timestamptz(3)
);
create unique index booking_write_own_id_key on booking_write (own_id);
create unique index booking_write_booking_id_calendar_id_key on booking_write (booking_id, calendar_id);
create index booking_write_calendar_id_external_id_idx on booking_write (calendar_id, external_id);
create index booking_write_due_at_idx on booking_write (due_at);
create index booking_write_followed on booking_write (calendar_id, written_ends_at)
  where wanted = 'present' and status = 'WRITTEN';
create index booking_write_parked on booking_write (account_id) where status = 'FAILED' and due_at is null;

create table webhook_endpoint (
  id              text primary key,
  organisation_id text not null,
  url             text not null,
  events          text[],
  secret          text not null,
  created_at      timestamptz(3) not null
);
create index webhook_endpoint_organisation_id_id_idx on webhook_endpoint (organisation_id, id);

create table webhook_message (
  id              text primary key,
  organisation_id text not null,
  endpoint_id     text not null,
  event           text not null,
  payload         text not null,
  status          text not null check (status in ('PENDING', 'DELIVERED', 'FAILED')),
  attempts        integer not null default 0,
  due_at          timestamptz(3),
  lease_id        text,
  lease_until     timestamptz(3),
  created_at      timestamptz(3) not null,
  ended_at        timestamptz(3)
);
create index webhook_message_endpoint_id_id_idx on webhook_message (endpoint_id, id);
create index webhook_message_due_at_idx on webhook_message (due_at);
create index webhook_message_pending on webhook_message (endpoint_id, id) where status = 'PENDING';
create index webhook_message_ended on webhook_message (ended_at) where ended_at is not null;

create table webhook_attempt (
  id              bigserial primary key,
  organisation_id text not null,
  message_id      text not null,
  at              timestamptz(3) not null,
  response_status integer,
  error           text,
  milliseconds    integer not null
);
create index webhook_attempt_message_id_at_idx on webhook_attempt (message_id, at);

-- What was known of a calendar's freshness, one row per turn for better or worse: explanations of earlier instants need it.
create table calendar_standing (
  id              bigserial primary key,
  organisation_id text not null,
  calendar_id     text not null,
  valid_from      timestamptz(3) not null,
  proven_as_of    timestamptz(3),
  covered_from    timestamptz(3),
  covered_to      timestamptz(3),
  trouble         text
);
create index calendar_standing_calendar_id_valid_from_idx on calendar_standing (calendar_id, valid_from);
