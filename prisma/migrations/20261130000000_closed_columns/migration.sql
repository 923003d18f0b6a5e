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

-- What lives and dies with its parent. Rows that no parent has are deleted first, parents before their children. Such
-- rows come about only where two transactions cross: one that erases a host, and one that writes something of it.

delete from address x where not exists (select from organisation p where p.id = x.organisation_id);
delete from host x where not exists (select from organisation p where p.id = x.organisation_id);
delete from team x where not exists (select from organisation p where p.id = x.organisation_id);
delete from event_type x where not exists (select from organisation p where p.id = x.organisation_id);
delete from organisation_connection x where not exists (select from organisation p where p.id = x.organisation_id);
delete from api_key x where not exists (select from organisation p where p.id = x.organisation_id);
delete from webhook_endpoint x where not exists (select from organisation p where p.id = x.organisation_id);
delete from host_hours x where not exists (select from host p where p.id = x.host_id);
delete from native_state x where not exists (select from host p where p.id = x.host_id);
delete from team_member x where not exists (select from team p where p.id = x.team_id);
delete from team_member x where not exists (select from host p where p.id = x.host_id);
delete from feed x where not exists (select from host p where p.id = x.host_id);
delete from invitation x where not exists (select from host p where p.id = x.host_id);
delete from connect_attempt x where not exists (select from host p where p.id = x.host_id);
delete from event_type_rules x where not exists (select from event_type p where p.id = x.event_type_id);
delete from account x where not exists (select from host p where p.id = x.host_id);
delete from calendar x where not exists (select from host p where p.id = x.host_id);
delete from calendar x where not exists (select from account p where p.id = x.account_id);
delete from calendar_state x where not exists (select from calendar p where p.id = x.calendar_id);
delete from calendar_selection x where not exists (select from calendar p where p.id = x.calendar_id);
delete from calendar_standing x where not exists (select from calendar p where p.id = x.calendar_id);
delete from watch_channel x where not exists (select from calendar p where p.id = x.calendar_id);
delete from booking_write x where not exists (select from booking p where p.id = x.booking_id);
delete from booking_write x where not exists (select from calendar p where p.id = x.calendar_id);
delete from webhook_message x where not exists (select from webhook_endpoint p where p.id = x.endpoint_id);
delete from webhook_attempt x where not exists (select from webhook_message p where p.id = x.message_id);
delete from event x where not exists (select from calendar p where p.id = x.calendar_id);
delete from delivery x where not exists (select from calendar p where p.id = x.calendar_id);
delete from native_time x where not exists (select from host p where p.id = x.host_id);

-- Nothing deletes connections. Should one be gone, its accounts have lost their grant, and their hosts can connect them again.
update account set connection_id = null, status = 'AUTH_REVOKED'
where connection_id is not null and not exists (select from organisation_connection p where p.id = connection_id);

-- Bookings stay whatever becomes of their event type: one that has none gets a deleted one without an owner, as those have
-- whose owner was erased.
insert into event_type (id, organisation_id, owner_id, slug, version, deleted_at)
  select distinct on (b.event_type_id) b.event_type_id, b.organisation_id, '', b.event_type_id, 0, current_timestamp
  from booking b join organisation o on o.id = b.organisation_id
  where not exists (select from event_type p where p.id = b.event_type_id)
  order by b.event_type_id;
delete from booking b where not exists (select from event_type p where p.id = b.event_type_id);
delete from booking_write x where not exists (select from booking p where p.id = x.booking_id);

-- Every delete finds its children by an index. Tables that are written all the time have no foreign key: docs/adr/0012.
create index address_organisation_id_idx on address (organisation_id);
create index connect_attempt_host_id_idx on connect_attempt (host_id);

alter table address add constraint address_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete cascade on update cascade;
alter table host add constraint host_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete cascade on update cascade;
alter table team add constraint team_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete cascade on update cascade;
alter table event_type add constraint event_type_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete cascade on update cascade;
alter table organisation_connection add constraint organisation_connection_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete cascade on update cascade;
alter table api_key add constraint api_key_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete cascade on update cascade;
alter table webhook_endpoint add constraint webhook_endpoint_organisation_id_fkey
  foreign key (organisation_id) references organisation (id) on delete cascade on update cascade;
alter table host_hours add constraint host_hours_host_id_fkey
  foreign key (host_id) references host (id) on delete cascade on update cascade;
alter table native_state add constraint native_state_host_id_fkey
  foreign key (host_id) references host (id) on delete cascade on update cascade;
alter table team_member add constraint team_member_team_id_fkey
  foreign key (team_id) references team (id) on delete cascade on update cascade;
alter table team_member add constraint team_member_host_id_fkey
  foreign key (host_id) references host (id) on delete cascade on update cascade;
alter table feed add constraint feed_host_id_fkey
  foreign key (host_id) references host (id) on delete cascade on update cascade;
alter table invitation add constraint invitation_host_id_fkey
  foreign key (host_id) references host (id) on delete cascade on update cascade;
alter table connect_attempt add constraint connect_attempt_host_id_fkey
  foreign key (host_id) references host (id) on delete cascade on update cascade;
alter table event_type_rules add constraint event_type_rules_event_type_id_fkey
  foreign key (event_type_id) references event_type (id) on delete cascade on update cascade;
alter table account add constraint account_host_id_fkey
  foreign key (host_id) references host (id) on delete cascade on update cascade;
alter table account add constraint account_connection_id_fkey
  foreign key (connection_id) references organisation_connection (id) on delete no action on update cascade;
alter table calendar add constraint calendar_host_id_fkey
  foreign key (host_id) references host (id) on delete cascade on update cascade;
alter table calendar add constraint calendar_account_id_fkey
  foreign key (account_id) references account (id) on delete cascade on update cascade;
alter table calendar_state add constraint calendar_state_calendar_id_fkey
  foreign key (calendar_id) references calendar (id) on delete cascade on update cascade;
alter table calendar_selection add constraint calendar_selection_calendar_id_fkey
  foreign key (calendar_id) references calendar (id) on delete cascade on update cascade;
alter table calendar_standing add constraint calendar_standing_calendar_id_fkey
  foreign key (calendar_id) references calendar (id) on delete cascade on update cascade;
alter table watch_channel add constraint watch_channel_calendar_id_fkey
  foreign key (calendar_id) references calendar (id) on delete cascade on update cascade;
alter table booking add constraint booking_event_type_id_fkey
  foreign key (event_type_id) references event_type (id) on delete no action on update cascade;
alter table booking_write add constraint booking_write_booking_id_fkey
  foreign key (booking_id) references booking (id) on delete cascade on update cascade;
alter table booking_write add constraint booking_write_calendar_id_fkey
  foreign key (calendar_id) references calendar (id) on delete cascade on update cascade;
alter table webhook_message add constraint webhook_message_endpoint_id_fkey
  foreign key (endpoint_id) references webhook_endpoint (id) on delete cascade on update cascade;
alter table webhook_attempt add constraint webhook_attempt_message_id_fkey
  foreign key (message_id) references webhook_message (id) on delete cascade on update cascade;

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
