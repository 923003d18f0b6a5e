-- Watch channels beside the provider's own list of them: when an account's list is due, and channels of unknown fate.

alter table account add column list_due_at timestamptz(3) not null default current_timestamp;

alter table watch_channel drop constraint watch_channel_status_check;
alter table watch_channel add constraint watch_channel_status_check
  check (status in ('opening', 'open', 'closing', 'closed', 'failed', 'lost'));
