-- Events that we wrote are known by our own id when they are read back.

alter table event add column own_id text;
