-- The database says what it is: closed columns by their type, what lives and dies with its parent by a foreign key, and the
-- two things that every query would have to say for itself by a function and a view.

-- Closed columns. Each value stays as it was stored. What names a value of a column goes first and comes back after.

create type provider as enum ('google', 'microsoft', 'caldav', 'feed', 'native');
create type account_status as enum ('CONNECTED', 'AUTH_REVOKED', 'DISCONNECTED');
create type api_scope as enum ('READ_AVAILABILITY', 'READ_BUSY', 'BOOK', 'ADMIN');
create type busy_kind as enum ('BUSY', 'BUSY_UNAVAILABLE', 'BUSY_TENTATIVE');
create type basis as enum ('NEVER', 'POLL', 'NOTIFICATION', 'STRICT', 'NATIVE');
create type trouble as enum ('auth-revoked', 'unreachable', 'partial');
create type channel_status as enum ('opening', 'open', 'closing', 'closed', 'failed', 'lost');
create type verdict as enum ('ACCEPTED', 'DUPLICATE', 'IGNORED');
create type native_kind as enum ('hold', 'booking', 'block');
create type booking_status as enum ('CONFIRMED', 'CANCELLED');
create type cancelled_by as enum ('attendee', 'host');
create type presence as enum ('present', 'absent');
create type write_status as enum ('PENDING', 'WRITTEN', 'FAILED');
create type webhook_event as enum ('BOOKING_CREATED', 'BOOKING_RESCHEDULED', 'BOOKING_CANCELLED');
create type message_status as enum ('PENDING', 'DELIVERED', 'FAILED');

alter table account
  drop constraint account_status_check,
  alter column provider type provider using provider::provider,
  alter column status type account_status using status::account_status;
alter table organisation_connection alter column provider type provider using provider::provider;
alter table connect_attempt alter column provider type provider using provider::provider;
alter table calendar alter column provider type provider using provider::provider;
alter table api_key alter column scopes type api_scope[] using scopes::api_scope[];

alter table calendar_state
  alter column basis drop default,
  alter column basis type basis using basis::basis,
  alter column basis set default 'NEVER',
  alter column trouble type trouble using trouble::trouble;

-- That a calendar was not read for long is no trouble of its: it has a column of its own.
alter table calendar_standing add column silent boolean not null default false;
update calendar_standing set silent = true, trouble = null where trouble = 'silent';
alter table calendar_standing alter column trouble type trouble using trouble::trouble;

alter table event
  drop constraint event_kind_check,
  alter column kind type busy_kind using kind::busy_kind;

alter table watch_channel
  drop constraint watch_channel_status_check,
  alter column provider type provider using provider::provider,
  alter column status type channel_status using status::channel_status;

alter table delivery
  drop constraint delivery_verdict_check,
  alter column provider type provider using provider::provider,
  alter column verdict type verdict using verdict::verdict;

drop index native_time_seat;
alter table native_time
  drop constraint native_time_no_overlap,
  drop constraint native_time_kind_check,
  drop constraint native_time_busy_kind_check,
  drop constraint native_time_check1,
  drop constraint native_time_check2,
  alter column kind type native_kind using kind::native_kind,
  alter column busy_kind drop default,
  alter column busy_kind type busy_kind using busy_kind::busy_kind,
  alter column busy_kind set default 'BUSY';
alter table native_time
  add constraint native_time_seated
    check (kind = 'block' or (event_type_id is not null and slot_key is not null and seat is not null)),
  add constraint native_time_expires check ((kind = 'hold') = (expires_at is not null)),
  add constraint native_time_no_overlap exclude using gist (
    host_id with =, slot_key with <>, tstzrange(starts_at, ends_at) with &&
  ) where (valid_to is null and kind <> 'block' and not by_host);
create unique index native_time_seat on native_time (host_id, slot_key, seat)
  where valid_to is null and kind <> 'block' and not by_host;

alter table booking
  drop constraint booking_status_check,
  drop constraint booking_cancelled_by_check,
  alter column status type booking_status using status::booking_status,
  alter column cancelled_by type cancelled_by using cancelled_by::cancelled_by;

drop index booking_write_followed, booking_write_parked;
alter table booking_write
  drop constraint booking_write_wanted_check,
  drop constraint booking_write_status_check,
  alter column provider type provider using provider::provider,
  alter column wanted type presence using wanted::presence,
  alter column status type write_status using status::write_status;
create index booking_write_followed on booking_write (calendar_id, written_ends_at)
  where wanted = 'present' and status = 'WRITTEN';
create index booking_write_parked on booking_write (account_id) where status = 'FAILED' and due_at is null;

alter table webhook_endpoint alter column events type webhook_event[] using events::webhook_event[];
drop index webhook_message_pending;
alter table webhook_message
  drop constraint webhook_message_status_check,
  alter column event type webhook_event using event::webhook_event,
  alter column status type message_status using status::message_status;
create index webhook_message_pending on webhook_message (endpoint_id, id) where status = 'PENDING';

-- Instants as the code has them: milliseconds since 1970. By way of UTC both are immutable, so that plans see through them.
create function epoch_ms(at timestamptz) returns double precision
  language sql immutable strict parallel safe
  return (extract(epoch from at at time zone 'UTC') * 1000)::double precision;
create function from_epoch_ms(ms double precision) returns timestamptz
  language sql immutable strict parallel safe
  return to_timestamp(ms / 1000);

-- Events that take time of their own: all but those that Slotwire wrote itself. One that it wrote stands where it was put, so
-- it is the booking's native time and no time of its own. So is what was read before it was written last; what was read after
-- it was deleted is its host's again.
create view busy_event as
  select * from event e
  where not exists (
    select from booking_write w join booking b on b.id = w.booking_id
    where w.calendar_id = e.calendar_id and (w.external_id = e.external_id or w.own_id = e.own_id)
      and (
        e.valid_from < w.written_at
        or (w.wanted = 'present' or w.done_revision < w.revision) and (
          (e.starts_at = b.starts_at and e.ends_at = b.ends_at)
          or (e.starts_at = w.written_starts_at and e.ends_at = w.written_ends_at))
      )
  );
