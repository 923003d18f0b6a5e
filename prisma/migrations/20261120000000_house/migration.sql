-- The house's first storage. Instants are timestamptz(3); valid_to null is what is current.

create sequence slotwire_version;
comment on sequence slotwire_version is 'Versions of everything that is cached: drawn under the row''s lock, so they grow in commit order.';

create table organisation (
  id         text primary key,
  name       text not null,
  created_at timestamptz(3) not null default current_timestamp
);

create table address (
  slug            text primary key,
  organisation_id text not null,
  owner_id        text not null
);
create unique index address_owner_id_key on address (owner_id);

create table host (
  id                text primary key,
  organisation_id   text not null,
  name              text not null,
  slug              text not null,
  email             text,
  time_zone         text not null,
  version           bigint not null,
  published_version bigint not null default 0,
  created_at        timestamptz(3) not null default current_timestamp
);
create unique index host_slug_key on host (slug);
create index host_organisation_id_id_idx on host (organisation_id, id);
create index host_unpublished on host (id) where published_version < version;

create table host_hours (
  id              bigserial primary key,
  organisation_id text not null,
  host_id         text not null,
  hours           jsonb not null,
  zone_changes    jsonb not null,
  valid_from      timestamptz(3) not null,
  valid_to        timestamptz(3)
);
create index host_hours_host_id_valid_from_idx on host_hours (host_id, valid_from);
create unique index host_hours_current on host_hours (host_id) where valid_to is null;

create table team (
  id              text primary key,
  organisation_id text not null,
  name            text not null,
  slug            text not null,
  created_at      timestamptz(3) not null default current_timestamp
);
create unique index team_slug_key on team (slug);
create index team_organisation_id_id_idx on team (organisation_id, id);

create table team_member (
  organisation_id text not null,
  team_id         text not null,
  host_id         text not null,
  position        integer not null,
  primary key (team_id, host_id)
);
create index team_member_host_id_idx on team_member (host_id);

create table event_type (
  id                text primary key,
  organisation_id   text not null,
  owner_id          text not null,
  slug              text not null,
  version           bigint not null,
  published_version bigint not null default 0,
  created_at        timestamptz(3) not null default current_timestamp
);
create unique index event_type_owner_id_slug_key on event_type (owner_id, slug);
create index event_type_organisation_id_id_idx on event_type (organisation_id, id);
create index event_type_unpublished on event_type (id) where published_version < version;

create table event_type_rules (
  id              bigserial primary key,
  organisation_id text not null,
  event_type_id   text not null,
  title           text not null,
  hosts           text[],
  rules           jsonb not null,
  valid_from      timestamptz(3) not null,
  valid_to        timestamptz(3)
);
create index event_type_rules_event_type_id_valid_from_idx on event_type_rules (event_type_id, valid_from);
create unique index event_type_rules_current on event_type_rules (event_type_id) where valid_to is null;

create table account (
  id               text primary key,
  organisation_id  text not null,
  host_id          text not null,
  provider         text not null,
  subject          text not null,
  email            text,
  status           text not null check (status in ('CONNECTED', 'AUTH_REVOKED', 'DISCONNECTED')),
  tokens           text,
  tokens_expire_at timestamptz(3),
  created_at       timestamptz(3) not null default current_timestamp
);
create unique index account_organisation_id_provider_subject_key on account (organisation_id, provider, subject);
create index account_host_id_idx on account (host_id);

create table connect_attempt (
  ticket_hash     text primary key,
  organisation_id text not null,
  host_id         text not null,
  provider        text not null,
  return_to       text,
  state_hash      text,
  verifier        text,
  expires_at      timestamptz(3) not null
);
create unique index connect_attempt_state_hash_key on connect_attempt (state_hash);

create table calendar (
  id              text primary key,
  organisation_id text not null,
  host_id         text not null,
  account_id      text not null,
  provider        text not null,
  external_id     text not null,
  name            text not null,
  time_zone       text,
  is_primary      boolean not null,
  writable        boolean not null,
  watchable       boolean not null,
  selected        boolean not null default false,
  watch_wanted    boolean not null default true,
  removed         boolean not null default false,
  created_at      timestamptz(3) not null default current_timestamp
);
create unique index calendar_account_id_external_id_key on calendar (account_id, external_id);
create index calendar_host_id_idx on calendar (host_id);
create index calendar_organisation_id_id_idx on calendar (organisation_id, id);

create table calendar_selection (
  id              bigserial primary key,
  organisation_id text not null,
  host_id         text not null,
  calendar_id     text not null,
  valid_from      timestamptz(3) not null,
  valid_to        timestamptz(3)
);
create index calendar_selection_calendar_id_valid_from_idx on calendar_selection (calendar_id, valid_from);
create unique index calendar_selection_current on calendar_selection (calendar_id) where valid_to is null;

-- Rewritten by every pull: narrow, room for in-place updates, no index on what changes but the due one.
create table calendar_state (
  calendar_id       text primary key,
  organisation_id   text not null,
  version           bigint not null,
  published_version bigint not null default 0,
  cursor            text,
  proven_as_of      timestamptz(3),
  basis             text not null default 'NEVER',
  covered_from      timestamptz(3),
  covered_to        timestamptz(3),
  last_started_at   timestamptz(3),
  last_succeeded_at timestamptz(3),
  failures          integer not null default 0,
  trouble           text,
  error             text,
  dirty_since       timestamptz(3),
  due_at            timestamptz(3),
  lease_id          text,
  lease_until       timestamptz(3)
) with (fillfactor = 70);
create index calendar_state_due_at_idx on calendar_state (due_at);
create index calendar_state_unpublished on calendar_state (calendar_id) where published_version < version;

create table event (
  id              bigserial primary key,
  organisation_id text not null,
  calendar_id     text not null,
  external_id     text not null,
  series_id       text,
  kind            text not null check (kind in ('BUSY', 'BUSY_UNAVAILABLE', 'BUSY_TENTATIVE')),
  starts_at       timestamptz(3) not null,
  ends_at         timestamptz(3) not null,
  all_day         boolean not null default false,
  title           text,
  valid_from      timestamptz(3) not null,
  valid_to        timestamptz(3),
  check (starts_at <= ends_at)
);
create unique index event_current on event (calendar_id, external_id) where valid_to is null;
create index event_series on event (calendar_id, series_id) where valid_to is null and series_id is not null;
create index event_history on event (calendar_id, valid_to) where valid_to is not null;

create table watch_channel (
  id                   text primary key,
  organisation_id      text not null,
  calendar_id          text not null,
  account_id           text not null,
  provider             text not null,
  secret_hash          text not null,
  remote_id            text,
  resource_id          text,
  status               text not null check (status in ('opening', 'open', 'closing', 'closed', 'failed')),
  error                text,
  opened_at            timestamptz(3),
  expires_at           timestamptz(3),
  last_notification_at timestamptz(3),
  due_at               timestamptz(3),
  created_at           timestamptz(3) not null default current_timestamp
);
create index watch_channel_calendar_id_idx on watch_channel (calendar_id);
create index watch_channel_due_at_idx on watch_channel (due_at);

create table delivery (
  id              text primary key,
  organisation_id text not null,
  provider        text not null,
  calendar_id     text not null,
  channel_id      text not null,
  received_at     timestamptz(3) not null,
  headers         jsonb not null,
  body            text not null,
  verdict         text not null check (verdict in ('ACCEPTED', 'DUPLICATE', 'IGNORED')),
  replay_of       text
);
create index delivery_organisation_id_received_at_idx on delivery (organisation_id, received_at);
create index delivery_calendar_id_received_at_idx on delivery (calendar_id, received_at);

create table api_key (
  id              text primary key,
  organisation_id text not null,
  name            text not null,
  secret_hash     text not null,
  scopes          text[],
  created_at      timestamptz(3) not null default current_timestamp,
  revoked_at      timestamptz(3)
);
create unique index api_key_secret_hash_key on api_key (secret_hash);
create index api_key_organisation_id_id_idx on api_key (organisation_id, id);
