/** A booking as it stands: what, when, with whom; a file for one's calendar, the link to come back, and what can be changed. */
import { useEffect, useRef } from 'preact/hooks';
import type { HeldBookingFragment } from '../gql/documents.ts';
import { type Route, writePath, writeRoute } from './address.ts';
import { CalendarLink } from './calendar-link.tsx';
import { Cancelling } from './cancelling.tsx';
import { CopyField } from './copy-field.tsx';
import { Cross, Tick } from './icons.tsx';
import { type Note, useArrival } from './navigation.ts';
import type { Problem } from './problems.ts';
import { When } from './when.tsx';
import { bookingHeading, hostsInWords, invitationInWords, spanInWords } from './wording.ts';

export interface BookingCardProps {
  readonly booking: HeldBookingFragment;
  readonly note: Note | null;
  readonly zone: string;
  /** The server's clock, epoch ms. */
  readonly clock: () => number;
  /** Can it still be changed? */
  readonly open: boolean;
  /** Is the visitor being asked whether to cancel? */
  readonly cancelling: boolean;
  readonly busy: boolean;
  readonly problem: Problem | null;
  readonly onMove: () => void;
  readonly onCancel: () => void;
  readonly onKeep: () => void;
  readonly onCancelled: (reason: string) => void;
}

export function BookingCard({ booking, note, zone, clock, open, cancelling, ...props }: BookingCardProps) {
  const heading = useArrival<HTMLHeadingElement>();
  // The focus was in the question that is gone now.
  const asked = useRef(cancelling);
  useEffect(() => {
    if (asked.current && !cancelling) heading.current?.focus();
    asked.current = cancelling;
  }, [cancelling]);
  const { eventType, attendee, status } = booking;
  const cancelled = status === 'CANCELLED';
  const done = !cancelled && note !== null;
  const manage: Route = { at: 'booking', token: booking.token ?? '', doing: 'show', start: null };
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
            <a class="button" href={writePath(eventType)}>
              Book another time
            </a>
          </p>
        ) : (
          <CalendarLink booking={booking} clock={clock} />
        )}
      </section>
      {open && cancelling && (
        <Cancelling
          busy={props.busy}
          problem={props.problem}
          clock={clock}
          onKeep={props.onKeep}
          onCancelled={props.onCancelled}
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
            label="Or later, by your own link. Whoever has it can change the booking."
            text={`${location.origin}${writePath(eventType)}${writeRoute(manage)}`}
          />
        </section>
      )}
    </main>
  );
}
