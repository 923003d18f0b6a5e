-- Tenants connected as a whole, and the accounts that get their tokens through one of them.

create table organisation_connection (
  id              text primary key,
  organisation_id text not null,
  provider        text not null,
  subject         text not null,
  name            text not null,
  secret          text,
  created_at      timestamptz(3) not null default current_timestamp
);
create unique index organisation_connection_organisation_id_provider_subject_key
  on organisation_connection (organisation_id, provider, subject);

alter table account add column connection_id text;
create index account_connection_id_idx on account (connection_id);
