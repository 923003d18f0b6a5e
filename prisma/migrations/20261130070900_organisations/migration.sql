-- The organisation in which the operator acts unless another is named is marked, so that it can be renamed: it was found by its name.
-- An organisation that was deleted says so until the last of its rows is gone; one process at a time erases it, under a lease.
alter table organisation
  add column is_default  boolean not null default false,
  add column deleted_at  timestamptz(3),
  add column lease_id    text,
  add column lease_until timestamptz(3);
update organisation set is_default = true
  where id = (select id from organisation where name = 'default' order by id limit 1);
create unique index organisation_default on organisation (is_default) where is_default;
create index organisation_deleted on organisation (id) where deleted_at is not null;
