-- The audit log: who changed what. Rows are only added; what is older than AUDIT_RETENTION goes, and what a row says of an erased
-- host is blanked, each by a function of its own.
create table audit_entry (
  id              text primary key,
  organisation_id text,
  at              timestamptz(3) not null default clock_timestamp(),
  actor           text not null,
  actor_name      text,
  address         text,
  action          text not null,
  subject         text,
  before          jsonb,
  after           jsonb
);
create index audit_entry_organisation_id_id_idx on audit_entry (organisation_id, id);
create index audit_entry_subject_idx on audit_entry (subject);
create index audit_entry_at_idx on audit_entry (at);

create function audit_entry_only_grows() returns trigger language plpgsql as $$
declare
  task text := current_setting('slotwire.audit_task', true);
begin
  if tg_op = 'DELETE' and task = 'prune' then
    return old;
  end if;
  if tg_op = 'UPDATE' and task = 'erase' and new.before is null and new.after is null
    and (to_jsonb(new) - 'before' - 'after') = (to_jsonb(old) - 'before' - 'after') then
    return new;
  end if;
  raise exception 'rows of audit_entry are never changed or deleted' using errcode = 'insufficient_privilege';
end $$;

create trigger audit_entry_only_grows before update or delete on audit_entry
  for each row execute function audit_entry_only_grows();
create trigger audit_entry_is_not_emptied before truncate on audit_entry
  for each statement execute function audit_entry_only_grows();

-- Deletes some of the rows that are older, and says how many.
create function prune_audit_entries(older_than timestamptz, at_most integer) returns integer language plpgsql
  set slotwire.audit_task = 'prune' as $$
declare
  deleted integer;
begin
  delete from audit_entry where id in (
    select id from audit_entry where at < older_than order by at limit at_most);
  get diagnostics deleted = row_count;
  return deleted;
end $$;

-- Blanks what some of the rows say of a subject, or of all subjects of an organisation: that they were changed, when and by whom
-- stays. Says how many.
create function erase_audit_details(erased text, at_most integer) returns integer language plpgsql
  set slotwire.audit_task = 'erase' as $$
declare
  blanked integer;
begin
  update audit_entry set before = null, after = null
  where id in (
    select id from audit_entry
    where (subject = erased or organisation_id = erased) and (before is not null or after is not null) limit at_most);
  get diagnostics blanked = row_count;
  return blanked;
end $$;
