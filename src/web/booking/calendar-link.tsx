/** A link that downloads the booking as a calendar file. The browser makes the file, without a request to the server. */
import { useEffect, useState } from 'preact/hooks';
import { calendarFile, type ExportedBooking } from './calendar-file.ts';

export function CalendarLink({ booking, clock }: { booking: ExportedBooking; clock: () => number }) {
  const [url, setUrl] = useState('');
  useEffect(() => {
    const text = calendarFile(booking, location.hostname.replace(/^\[|\]$/g, ''), clock());
    const objectUrl = URL.createObjectURL(new Blob([text], { type: 'text/calendar;charset=utf-8' }));
    setUrl(objectUrl);
    return () => URL.revokeObjectURL(objectUrl);
  }, [booking, clock]);
  return (
    <p>
      <a class="button" href={url} download="booking.ics">
        Add to my calendar <span class="address">(.ics file)</span>
      </a>
    </p>
  );
}
