-- Titles of events are stored only while a feed with titles shows them. Those that are stored already are blanked by the sweep where no
-- such feed is: the column begins as true for the calendars that are there, and as false for new ones.
alter table calendar_state add column titles boolean not null default true;
alter table calendar_state alter column titles set default false;
create index calendar_state_titles on calendar_state (calendar_id) where titles;
create index event_titled on event (calendar_id) where title is not null;
