-- Codes that prove an attendee's e-mail address.
alter type webhook_event add value 'VERIFICATION_REQUESTED';

create table email_verification (
  hold_id         text primary key references hold (id) on delete cascade on update cascade,
  organisation_id text not null,
  email_hash      text not null,
  code_hash       text not null,
  sent            integer not null,
  tries           integer not null,
  sent_at         timestamptz(3) not null,
  expires_at      timestamptz(3) not null,
  verified_at     timestamptz(3)
);
