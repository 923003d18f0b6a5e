-- What readiness writes, to learn whether a booking could be written. Rows are deleted a minute later.
create table write_probe (
  id         bigserial primary key,
  written_at timestamptz(3) not null default now()
);
