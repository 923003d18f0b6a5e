-- Lists that are searched, filtered and put in order find their rows by an index.

-- The words of a text, as searches compare them: in lower case, without the signs that names, slugs and addresses are joined with.
create function search_words(words text) returns tsvector
  language sql immutable parallel safe strict
  return to_tsvector('simple'::regconfig, lower(translate(words, '@._-+/''', '       ')));

create index host_words on host using gin (search_words(name || ' ' || slug || ' ' || coalesce(email, '')));
create index team_words on team using gin (search_words(name || ' ' || slug));
create index event_type_rules_words on event_type_rules using gin (search_words(title)) where valid_to is null;
create index event_type_rules_inactive on event_type_rules (event_type_id)
  where valid_to is null and rules ->> 'active' = 'false';

create index booking_words on booking using gin (search_words(attendee_name || ' ' || attendee_email));
create index booking_hosts_idx on booking using gin (hosts);
create index booking_organisation_id_starts_at_id_idx on booking (organisation_id, starts_at, id);
create index booking_organisation_id_status_starts_at_id_idx on booking (organisation_id, status, starts_at, id);

create index calendar_organisation_id_provider_id_idx on calendar (organisation_id, provider, id);
create index calendar_state_proof on calendar_state (organisation_id, proven_as_of, calendar_id) where due_at is not null;
create index calendar_state_trouble on calendar_state (organisation_id, trouble, calendar_id) where trouble is not null;
create index account_refused on account (organisation_id) where status <> 'CONNECTED';

create index delivery_organisation_id_id_idx on delivery (organisation_id, id);
create index delivery_organisation_id_verdict_id_idx on delivery (organisation_id, verdict, id);

create index audit_entry_actor_id_idx on audit_entry (actor, id);
create index mail_organisation_id_status_id_idx on mail (organisation_id, status, id);
