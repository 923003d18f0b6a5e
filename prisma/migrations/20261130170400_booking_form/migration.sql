-- What event types tell and ask their visitors; null: nothing, as of rules that were stored before.
alter table event_type_rules add column form jsonb;

-- What visitors answered, whom they invite, and where it takes place.
create type place_kind as enum ('IN_PERSON', 'PHONE_TO_HOST', 'PHONE_TO_VISITOR', 'LINK');
alter table booking
  add column place_kind place_kind,
  add column place text,
  add column phone text,
  add column answers jsonb not null default '[]',
  add column guests text[] not null default '{}',
  add column metadata jsonb not null default '[]';
