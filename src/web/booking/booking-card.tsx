/** A booking's summary: what, when and with whom; a calendar file, the link to manage it, and the actions that are possible. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { HeldBookingFragment } from '../gql/documents.ts';
import { formatPath, formatRoute, type PageRoute } from './address.ts';
import { calendarFile, type ExportedBooking } from './calendar-file.ts';
import { CancelForm } from './cancel-form.tsx';
import { CopyField } from './copy-field.tsx';
import { Cross, Tick } from './icons.tsx';
import { type Note, useHeadingFocus } from './navigation.ts';
import type { Problem } from './problems.ts';
import { When } from './when.tsx';
import { bookingHeading, hostsInWords, invitationInWords, spanInWords } from './wording.ts';

export interface BookingCardProps {
  readonly booking: HeldBookingFragment;
  readonly note: Note | null;
  readonly zone: string;
  /** The server's clock, epoch ms. */
  readonly clock: () => number;
  /** The booking can still be changed. */
  readonly open: boolean;
  /** The form that confirms a cancellation is open. */
  readonly cancelling: boolean;
  readonly busy: boolean;
  readonly problem: Problem | null;
  readonly onMove: () => void;
  readonly onCancel: () => void;
  readonly onDismiss: () => void;
  readonly onConfirmCancel: (reason: string) => void;
}

export function BookingCard({ booking, note, zone, clock, open, cancelling, ...props }: BookingCardProps) {
  const heading = useHeadingFocus<HTMLHeadingElement>();
  // The focus was in the form that has just closed.
  const wasCancelling = useRef(cancelling);
  useEffect(() => {
    if (wasCancelling.current && !cancelling) heading.current?.focus();
    wasCancelling.current = cancelling;
  }, [cancelling]);
  const { eventType, attendee, status } = booking;
  const cancelled = status === 'CANCELLED';
  const done = !cancelled && note !== null;
  const manage: PageRoute = { at: 'booking', token: booking.token ?? '', action: 'show', start: null };
  const [start, end] = [Date.parse(booking.start), Date.parse(booking.end)];
  const invitation = done ? invitationInWords(booking.writeStatus, attendee.email, note) : '';
  return (
    <main class="page page-narrow" data-state="ready" data-step="booking" data-booking={status}>
      <section class="card summary" aria-labelledby="what">
        <div class="result">
          {done && (
            <span class="seal">
              <Tick />
            </span>
          )}
          {cancelled && (
            <span class="seal seal-off">
              <Cross />
            </span>
          )}
          <div>
            <h1 id="what" ref={heading} tabIndex={-1}>
              {bookingHeading(cancelled, end <= clock(), note)}
            </h1>
            {invitation && <p class="facts">{invitation}</p>}
            {cancelled && <p class="facts">The time is free again. Nothing more is to be done.</p>}
          </div>
        </div>
        <dl class={cancelled ? 'facts-list past' : 'facts-list'}>
          <dt>What</dt>
          <dd>
            {eventType.title}, {spanInWords(end - start)}
          </dd>
          <dt>When</dt>
          <dd>
            <When start={start} end={end} zone={zone} />
          </dd>
          <dt>With</dt>
          <dd>{hostsInWords(booking.hosts.map(({ name }) => name))}</dd>
          <dt>Booked by</dt>
          <dd>
            {attendee.name} <span class="address">{attendee.email}</span>
          </dd>
          {attendee.notes && <dt>Notes</dt>}
          {attendee.notes && <dd class="notes">{attendee.notes}</dd>}
        </dl>
        {cancelled ? (
          <p>
            <a class="button" href={formatPath(eventType)}>
              Book another time
            </a>
          </p>
        ) : (
          <CalendarLink booking={booking} clock={clock} />
        )}
      </section>
      {open && cancelling && (
        <CancelForm
          busy={props.busy}
          problem={props.problem}
          clock={clock}
          onDismiss={props.onDismiss}
          onConfirmCancel={props.onConfirmCancel}
        />
      )}
      {open && !cancelling && (
        <section class="card manage" aria-labelledby="manage">
          <h2 id="manage">Need to change it?</h2>
          <div class="actions">
            <button type="button" class="button" onClick={props.onMove}>
              Choose another time
            </button>
            <button type="button" class="button button-warn" onClick={props.onCancel}>
              Cancel the booking
            </button>
          </div>
          <CopyField
            label="Or later, by your own link. Anyone who has it can change the booking."
            text={`${location.origin}${formatPath(eventType)}${formatRoute(manage)}`}
          />
        </section>
      )}
    </main>
  );
}

/** A link that downloads the booking as a calendar file. The browser makes the file, without a request to the server. */
function CalendarLink({ booking, clock }: { booking: ExportedBooking; clock: () => number }) {
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
