-- Processes that take jobs, as they said last by the database's clock. A gateway tells by it that no worker was seen.
create table worker_presence (
  id         text primary key,
  started_at timestamptz(3) not null default now(),
  seen_at    timestamptz(3) not null default now()
);
