-- Public addresses are found whatever their capitals.
create index address_folded on address (lower(slug collate "C"));
