-- The release of the zone database that all of a calendar was last read with, or an invitation's times. Null: unknown.
alter table calendar_state add column zone_data text;
alter table invitation add column zone_data text;
-- When the host's own fields changed last, their zone among them. Null: not since this column exists.
alter table host add column changed_at timestamptz(3);
