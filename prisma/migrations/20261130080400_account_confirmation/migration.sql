-- An account whose address is not its host's counts only once somebody has said that it is right.
alter table account add column awaits_confirmation boolean not null default false;

-- What the page after a consent shows, to the browser that consented.
alter table connect_attempt
  add column account_id text references account (id) on delete cascade on update cascade;

create index connect_attempt_account_id_idx on connect_attempt (account_id);
create index connect_attempt_browser_hash_idx on connect_attempt (browser_hash);
