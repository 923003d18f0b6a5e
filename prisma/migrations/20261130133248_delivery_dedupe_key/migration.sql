-- The key by which a notification that comes again is known, found by an index: among the headers it took a look at all that came of the
-- calendar within ten minutes. Rows of earlier versions have none: of a notification that spans the upgrade both copies count.
alter table delivery add column dedupe_key text;
create index delivery_channel_id_dedupe_key_idx on delivery (channel_id, dedupe_key);
