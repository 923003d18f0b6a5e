-- Mails to visitors and hosts about bookings: each is written in the transaction of what it tells.
create type mail_kind as enum ('BOOKED', 'MOVED', 'CANCELLED', 'REMINDER', 'VERIFICATION');
create type mail_status as enum ('PENDING', 'SENT', 'FAILED', 'ERASED');

create table mail (
  id              text primary key,
  organisation_id text not null references organisation (id) on delete cascade on update cascade,
  kind            mail_kind not null,
  status          mail_status not null,
  booking_id      text,
  host_id         text,
  recipient       text,
  facts           text,
  attempts        integer not null default 0,
  response_code   integer,
  error           text,
  due_at          timestamptz(3),
  expires_at      timestamptz(3) not null,
  lease_id        text,
  lease_until     timestamptz(3),
  created_at      timestamptz(3) not null,
  ended_at        timestamptz(3)
);
create index mail_organisation_id_id_idx on mail (organisation_id, id);
create index mail_booking_id_idx on mail (booking_id);
create index mail_due_at_idx on mail (due_at);
create index mail_ended on mail (ended_at) where ended_at is not null;
