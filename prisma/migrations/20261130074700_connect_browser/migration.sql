-- The browser that began a connection has to be the one that ends it.
alter table connect_attempt add column browser_hash text;
