-- The language that a visitor reads, in which mails are written; null: unknown.
alter table booking add column attendee_locale text;
