-- Event types whose bookings wait until a host accepts them.
alter type booking_status add value 'PENDING';
alter type booking_status add value 'DECLINED';
alter type cancelled_by add value 'system';
alter type webhook_event add value 'BOOKING_REQUESTED';
alter type webhook_event add value 'BOOKING_DECLINED';

alter table booking add column decide_by timestamptz(3);
create index booking_status_decide_by_idx on booking (status, decide_by);
