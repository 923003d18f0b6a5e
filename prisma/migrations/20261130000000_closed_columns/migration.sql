-- The database says what it is.

-- Instants as the code has them: milliseconds since 1970. By way of UTC both are immutable, so that plans see through them.
create function epoch_ms(at timestamptz) returns double precision
  language sql immutable strict parallel safe
  return (extract(epoch from at at time zone 'UTC') * 1000)::double precision;
create function from_epoch_ms(ms double precision) returns timestamptz
  language sql immutable strict parallel safe
  return to_timestamp(ms / 1000);

-- Events that take time of their own: all but those that Slotwire wrote itself. One that it wrote stands where it was put, so
-- it is the booking's native time and no time of its own. So is what was read before it was written last; what was read after
-- it was deleted is its host's again.
create view busy_event as
  select * from event e
  where not exists (
    select from booking_write w join booking b on b.id = w.booking_id
    where w.calendar_id = e.calendar_id and (w.external_id = e.external_id or w.own_id = e.own_id)
      and (
        e.valid_from < w.written_at
        or (w.wanted = 'present' or w.done_revision < w.revision) and (
          (e.starts_at = b.starts_at and e.ends_at = b.ends_at)
          or (e.starts_at = w.written_starts_at and e.ends_at = w.written_ends_at))
      )
  );
