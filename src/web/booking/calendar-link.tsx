/** The booking as a file to open in one's own calendar; the browser makes it, nothing is asked of the server. */
import { useEffect, useState } from 'preact/hooks';
import { calendarFile, type FiledBooking } from './calendar-file.ts';

export function CalendarLink({ booking, clock }: { booking: FiledBooking; clock: () => number }) {
  const [url, setUrl] = useState('');
  useEffect(() => {
    const text = calendarFile(booking, location.hostname.replace(/^\[|\]$/g, ''), clock());
    const made = URL.createObjectURL(new Blob([text], { type: 'text/calendar;charset=utf-8' }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [booking, clock]);
  return (
    <p>
      <a class="button" href={url} download="booking.ics">
        Add to my calendar <span class="address">(.ics file)</span>
      </a>
    </p>
  );
}
