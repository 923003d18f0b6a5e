-- Places that calendar providers make: online meetings, whose link may come later than the booking.
alter type place_kind add value 'GOOGLE_MEET';
alter type place_kind add value 'MICROSOFT_TEAMS';
alter type webhook_event add value 'BOOKING_UPDATED';
alter type mail_kind add value 'LINK';

alter table booking add column place_error text;
alter table booking_write add column conference text;
alter table booking_write add column conference_until timestamptz(3);
