-- Keys that sign links of bookings, sealed like all secrets: a link outlives the encryption keys.
create table signing_key (
  id           text primary key,
  purpose      text not null,
  secret       text not null,
  derived_from text,
  created_at   timestamptz(3) not null default now()
);
