/** Rows of every table as the release 0.3.0 made them, for databases that have lived. */

/** The last migration of 0.3.0. */
export const RELEASED = '20261128090000_api_key_expiry';

/** At least one row of every table, one of every value of the closed columns, and rows without a parent. */
export const RELEASED_ROWS = `
insert into organisation (id, name) values ('org', 'Org');
insert into address (slug, organisation_id, owner_id) values ('ada', 'org', 'host'), ('orphan', 'org-orphan', 'host-orphan');
insert into host (id, organisation_id, name, slug, email, time_zone, version) values
  ('host', 'org', 'Ada', 'ada', 'ada@example.com', 'UTC', 7), ('host-orphan', 'org-orphan', 'Eve', 'eve', null, 'UTC', 1);
insert into team (id, organisation_id, name, slug) values ('team', 'org', 'Team', 'team');
insert into team_member (organisation_id, team_id, host_id, position) values
  ('org', 'team', 'host', 0), ('org', 'team', 'orphan', 1), ('org', 'orphan', 'host', 0);
insert into host_hours (organisation_id, host_id, hours, zone_changes, valid_from) values
  ('org', 'host', '{"timeZone": "UTC"}', '[]', now()), ('org', 'orphan', '{}', '[]', now());
insert into native_state (host_id, organisation_id, version) values ('host', 'org', 3), ('orphan', 'org', 3);
insert into event_type (id, organisation_id, owner_id, slug, version) values ('type', 'org', 'host', 'intro', 9);
insert into event_type_rules (organisation_id, event_type_id, title, hosts, rules, valid_from) values
  ('org', 'type', 'Intro', '{host}', '{}', now()), ('org', 'orphan', 'Intro', '{host}', '{}', now());
insert into organisation_connection (id, organisation_id, provider, subject, name)
  select 'conn-' || p, 'org', p, 's', 'n' from unnest(array['google', 'microsoft']) p;
insert into account (id, organisation_id, host_id, provider, subject, status, connection_id)
  select 'acc-' || p || s, 'org', 'host', p, s, s, case when p = 'google' then 'conn-google' end
  from unnest(array['google', 'microsoft', 'caldav', 'feed', 'native']) p,
    unnest(array['CONNECTED', 'AUTH_REVOKED', 'DISCONNECTED']) s;
insert into account (id, organisation_id, host_id, provider, subject, status) values
  ('acc-orphan', 'org', 'orphan', 'google', 'x', 'CONNECTED');
insert into account (id, organisation_id, host_id, provider, subject, status, connection_id) values
  ('acc-alone', 'org', 'host', 'google', 'y', 'CONNECTED', 'conn-gone');
insert into connect_attempt (ticket_hash, organisation_id, host_id, provider, expires_at) values
  ('t', 'org', 'host', 'google', now()), ('orphan', 'org', 'host-orphan', 'google', now());
insert into calendar (id, organisation_id, host_id, account_id, provider, external_id, name, is_primary, writable, watchable, selected)
  select 'cal-' || p, 'org', 'host', 'acc-' || p || 'CONNECTED', p, p, 'n', true, true, true, true
  from unnest(array['google', 'microsoft', 'caldav', 'feed', 'native']) p;
insert into calendar (id, organisation_id, host_id, account_id, provider, external_id, name, is_primary, writable, watchable) values
  ('cal-orphan', 'org', 'host', 'acc-nowhere', 'google', 'x', 'n', true, true, true),
  ('cal-of-orphan', 'org', 'host', 'acc-orphan', 'google', 'y', 'n', true, true, true);
insert into calendar_state (calendar_id, organisation_id, version, basis, trouble) values
  ('cal-google', 'org', 1, 'NEVER', null), ('cal-microsoft', 'org', 2, 'POLL', 'auth-revoked'),
  ('cal-caldav', 'org', 3, 'NOTIFICATION', 'unreachable'), ('cal-feed', 'org', 4, 'STRICT', 'partial'),
  ('cal-native', 'org', 5, 'NATIVE', null), ('cal-orphan', 'org', 6, 'POLL', null);
insert into calendar_selection (organisation_id, host_id, calendar_id, valid_from) values
  ('org', 'host', 'cal-google', now()), ('org', 'host', 'cal-orphan', now());
insert into calendar_standing (organisation_id, calendar_id, valid_from, trouble)
  select 'org', 'cal-google', now(), t from unnest(array[null, 'auth-revoked', 'unreachable', 'partial', 'silent']) t;
insert into calendar_standing (organisation_id, calendar_id, valid_from) values ('org', 'cal-of-orphan', now());
insert into event (organisation_id, calendar_id, external_id, kind, starts_at, ends_at, valid_from, valid_to)
  select 'org', 'cal-google', k, k, now(), now() + interval '1 hour', now(), v
  from unnest(array['BUSY', 'BUSY_UNAVAILABLE', 'BUSY_TENTATIVE']) k, unnest(array[null, now()]) v;
insert into event (organisation_id, calendar_id, external_id, kind, starts_at, ends_at, valid_from) values
  ('org', 'orphan', 'e', 'BUSY', now(), now(), now());
insert into watch_channel (id, organisation_id, calendar_id, account_id, provider, secret_hash, status)
  select 'chan-' || s, 'org', 'cal-google', 'acc', 'google', 'h', s
  from unnest(array['opening', 'open', 'closing', 'closed', 'failed', 'lost']) s;
insert into watch_channel (id, organisation_id, calendar_id, account_id, provider, secret_hash, status) values
  ('chan', 'org', 'orphan', 'acc', 'google', 'h', 'open');
insert into delivery (id, organisation_id, provider, calendar_id, channel_id, received_at, headers, body, verdict)
  select 'dlv-' || v, 'org', 'microsoft', 'cal-google', 'gone', now(), '{}', '', v
  from unnest(array['ACCEPTED', 'DUPLICATE', 'IGNORED']) v;
insert into delivery (id, organisation_id, provider, calendar_id, channel_id, received_at, headers, body, verdict) values
  ('dlv', 'org', 'google', 'orphan', 'gone', now(), '{}', '', 'ACCEPTED');
insert into api_key (id, organisation_id, name, secret_hash, scopes) values
  ('key', 'org', 'k', 'h1', '{READ_AVAILABILITY,READ_BUSY,BOOK,ADMIN}'), ('key-none', 'org', 'k', 'h2', '{}'),
  ('key-orphan', 'org-orphan', 'k', 'h3', '{BOOK}');
insert into native_time (organisation_id, host_id, kind, owner_id, event_type_id, slot_key, seat, starts_at, ends_at, expires_at, busy_kind, valid_from) values
  ('org', 'host', 'hold', 'hold', 'type', 'type@1', 0, now(), now() + interval '1 hour', now(), 'BUSY', now()),
  ('org', 'host', 'booking', 'bkg', 'type', 'type@1', 1, now(), now() + interval '1 hour', null, 'BUSY', now()),
  ('org', 'host', 'block', 'blk-1', null, null, null, now(), now() + interval '1 hour', null, 'BUSY_UNAVAILABLE', now()),
  ('org', 'host', 'block', 'blk-2', null, null, null, now(), now() + interval '1 hour', null, 'BUSY_TENTATIVE', now()),
  ('org', 'orphan', 'block', 'blk-3', null, null, null, now(), now() + interval '1 hour', null, 'BUSY', now());
insert into hold (id, organisation_id, event_type_id, token_hash, starts_at, ends_at, hosts, expires_at, created_at) values
  ('hold', 'org', 'type', 'h', now(), now(), '{host}', now(), now());
insert into booking (id, organisation_id, event_type_id, hold_id, status, cancelled_by, starts_at, ends_at, hosts, title, attendee_name, attendee_email, attendee_time_zone, created_at, updated_at) values
  ('bkg', 'org', 'type', 'hold', 'CONFIRMED', null, now(), now(), '{host}', 't', 'n', 'e', 'UTC', now(), now()),
  ('bkg-2', 'org', 'type', 'hold-2', 'CANCELLED', 'attendee', now(), now(), '{host}', 't', 'n', 'e', 'UTC', now(), now()),
  ('bkg-3', 'org', 'type-gone', 'hold-3', 'CANCELLED', 'host', now(), now(), '{host}', 't', 'n', 'e', 'UTC', now(), now());
insert into booking_write (id, organisation_id, booking_id, host_id, calendar_id, account_id, provider, own_id, wanted, revision, status)
  select 'bkw-' || s, 'org', 'bkg', 'host', 'cal-' || p, 'acc', p, s, w, 1, s
  from (values ('PENDING', 'google', 'present'), ('WRITTEN', 'microsoft', 'absent'), ('FAILED', 'caldav', 'present')) v (s, p, w);
insert into booking_write (id, organisation_id, booking_id, host_id, calendar_id, account_id, provider, own_id, wanted, revision, status) values
  ('bkw-orphan', 'org', 'bkg-gone', 'host', 'cal-google', 'acc', 'google', 'x', 'present', 1, 'PENDING'),
  ('bkw-nowhere', 'org', 'bkg-2', 'host', 'cal-orphan', 'acc', 'google', 'y', 'present', 1, 'PENDING');
insert into webhook_endpoint (id, organisation_id, url, events, secret, created_at) values
  ('whe', 'org', 'https://x.example', '{BOOKING_CREATED,BOOKING_RESCHEDULED,BOOKING_CANCELLED}', 's', now());
insert into webhook_message (id, organisation_id, endpoint_id, event, payload, status, created_at)
  select 'msg-' || s, 'org', 'whe', e, '{}', s, now()
  from (values ('PENDING', 'BOOKING_CREATED'), ('DELIVERED', 'BOOKING_RESCHEDULED'), ('FAILED', 'BOOKING_CANCELLED')) v (s, e);
insert into webhook_message (id, organisation_id, endpoint_id, event, payload, status, created_at) values
  ('msg-orphan', 'org', 'whe-gone', 'BOOKING_CREATED', '{}', 'PENDING', now());
insert into webhook_attempt (organisation_id, message_id, at, milliseconds) values
  ('org', 'msg-FAILED', now(), 5), ('org', 'msg-orphan', now(), 5);
insert into feed (id, organisation_id, host_id, titles, secret, secret_hash, uid_key, created_at) values
  ('feed', 'org', 'host', true, 's', 'h1', 'u', now()), ('feed-2', 'org', 'orphan', true, 's', 'h2', 'u', now());
insert into invitation (host_id, uid, organisation_id, calendar, blocks, due_at, updated_at) values
  ('host', 'u', 'org', '', '{}', now(), now()), ('orphan', 'u', 'org', '', '{}', now(), now());
`;
