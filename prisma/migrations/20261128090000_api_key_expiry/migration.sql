-- Keys may end by themselves. Null: they don't.
alter table api_key add column expires_at timestamptz(3);
