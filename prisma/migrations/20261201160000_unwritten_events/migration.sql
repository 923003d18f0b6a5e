-- The events that no calendar has yet are counted for the metrics twice a minute: few of all that there are.
create index booking_write_unwritten on booking_write (status) where status <> 'WRITTEN';
