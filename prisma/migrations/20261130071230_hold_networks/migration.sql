-- Live holds of the public are counted by the network that asked for them.
alter table hold
  add column network_hash text,
  add column wide_network_hash text;

create index hold_network_hash_idx on hold (network_hash);
create index hold_wide_network_hash_idx on hold (wide_network_hash);
