-- What is held of the people who book is blanked after BOOKING_RETENTION, or when it is asked for: when that was, how such bookings are
-- found, and which messages are about them.
alter table booking add column blanked_at timestamptz(3);
create index booking_unblanked on booking (ends_at) where blanked_at is null;
create index booking_attendee on booking (organisation_id, lower(attendee_email));
alter table webhook_message add column booking_id text;
update webhook_message set booking_id = substring(payload from '"booking":\{"id":"(bkg_[0-9a-z]+)"');
create index webhook_message_booking on webhook_message (booking_id) where booking_id is not null;
