-- Who changed a booking: operators too, and moves as well as cancellations.
alter type cancelled_by add value 'operator';

alter table booking
  add column moved_by cancelled_by,
  add column moved_from timestamptz(3);
