-- Secret URLs of hosts' combined busy time: ciphertext to show them again, a keyed hash to find them by.

create table feed (
  id              text primary key,
  organisation_id text not null,
  host_id         text not null,
  titles          boolean not null,
  secret          text not null,
  secret_hash     text not null,
  uid_key         text not null,
  created_at      timestamptz(3) not null
);
create unique index feed_secret_hash_key on feed (secret_hash);
create index feed_organisation_id_id_idx on feed (organisation_id, id);
create index feed_host_id_idx on feed (host_id);

-- What counts as ours in a host's calendars changes with what was written there last.
create index booking_write_host_id_written_at_idx on booking_write (host_id, written_at);
