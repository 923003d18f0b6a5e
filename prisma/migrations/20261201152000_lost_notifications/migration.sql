-- When a change of the calendar was found last although its watch channel should have brought a notification of it, whichever process found it.
alter table calendar_state add column notification_lost_at timestamptz(3);
