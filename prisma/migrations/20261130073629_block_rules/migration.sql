-- Whom an organisation keeps from booking.
create type block_rule_kind as enum ('ADDRESS', 'EMAIL_DOMAIN', 'EMAIL');

create table block_rule (
  id              text primary key,
  organisation_id text not null references organisation (id) on delete cascade on update cascade,
  kind            block_rule_kind not null,
  value           text not null,
  note            text,
  created_at      timestamptz(3) not null
);

create unique index block_rule_organisation_id_kind_value_key on block_rule (organisation_id, kind, value);
create index block_rule_organisation_id_id_idx on block_rule (organisation_id, id);
