-- Invitations that came by mail: what each says, as iCalendar, and the blocks that stand for it in a host's native calendar.

create table invitation (
  host_id         text not null,
  uid             text not null,
  organisation_id text not null,
  organizer       text,
  calendar        text not null,
  blocks          jsonb not null,
  due_at          timestamptz(3) not null,
  updated_at      timestamptz(3) not null,
  constraint invitation_pkey primary key (host_id, uid)
);
create index invitation_due_at_idx on invitation (due_at);
-- Mail finds its host by address.
create index host_email on host (lower(email));
