-- Colour and logo of an organisation, a host or a team, under its id.
create table brand (
  owner_id text primary key,
  organisation_id text not null references organisation (id) on delete cascade on update cascade,
  color text,
  logo text,
  logo_type text,
  logo_hash text,
  logo_width integer,
  logo_height integer
);
create index brand_organisation_id_idx on brand (organisation_id);
create index brand_logo_hash_idx on brand (logo_hash);
