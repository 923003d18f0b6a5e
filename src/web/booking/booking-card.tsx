/** A booking's summary: what, when and with whom; the ways into a calendar, the link to manage it, and the actions that are possible. */
import { useEffect, useRef } from 'preact/hooks';
import type { HeldBookingFragment } from '../gql/documents.ts';
import { pageWords, say } from '../words.ts';
import { formatPath, lookOf } from './address.ts';
import { BookingFacts } from './booking-facts.tsx';
import { calendarLinks } from './calendar-links.ts';
import { CANCEL_WORDS, CancelForm, WITHDRAW_WORDS } from './cancel-form.tsx';
import { CopyField } from './copy-field.tsx';
import { Cross, Tick } from './icons.tsx';
import { type Note, useHeadingFocus } from './navigation.ts';
import { useZoneWriter } from './preferences.ts';
import type { Problem } from './problems.ts';
import { When } from './when.tsx';
import {
  bookingHeading,
  cancelledInWords,
  hostsInWords,
  invitationInWords,
  lengthInWords,
  movedInWords,
  spanInWords,
} from './wording.ts';

export interface BookingCardProps {
  readonly booking: HeldBookingFragment;
  readonly note: Note | null;
  readonly zone: string;
  /** The server's clock, epoch ms. */
  readonly clock: () => number;
  /** The booking can still be changed. */
  readonly open: boolean;
  /** The booking is still to come, and its visitor can't change it any more. */
  readonly fixed: boolean;
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
  const writer = useZoneWriter(zone);
  const declined = status === 'DECLINED';
  const cancelled = declined || status === 'CANCELLED';
  const pending = status === 'PENDING';
  const done = status === 'CONFIRMED' && note !== null;
  const [start, end] = [Date.parse(booking.start), Date.parse(booking.end)];
  const hostNames = booking.hosts.map(({ name }) => name);
  const movedFrom = Date.parse(booking.movedFrom ?? '');
  // A visitor who has just moved it has read both times a moment ago.
  const moved =
    !cancelled && note === null && booking.movedBy !== null
      ? movedInWords(booking.movedBy, hostNames, writer.whole(movedFrom, movedFrom + end - start))
      : null;
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
              {bookingHeading(status, end <= clock(), note)}
            </h1>
            {invitation && <p class="facts">{invitation}</p>}
            {pending && (
              <p class="facts">{say('booking.requestedText', { hosts: hostsInWords(hostNames) })}</p>
            )}
            {cancelled && (
              <p class="facts">
                {declined
                  ? booking.cancelledBy === 'SYSTEM' && say('booking.undecided')
                  : note !== 'withdrawn' && cancelledInWords(booking.cancelledBy, hostNames)}{' '}
                {say('booking.free')}
              </p>
            )}
            {moved && <p class="facts">{moved}</p>}
          </div>
        </div>
        <dl class={cancelled ? 'facts-list past' : 'facts-list'}>
          <dt>{say('fact.what')}</dt>
          <dd>
            {eventType.title}, {spanInWords(end - start)}
          </dd>
          <dt>{say('fact.when')}</dt>
          <dd>
            <When start={start} end={end} zone={zone} />
          </dd>
          <dt>{say('fact.with')}</dt>
          <dd>{hostsInWords(hostNames)}</dd>
          <dt>{say('fact.bookedBy')}</dt>
          <dd>
            {attendee.name} <span class="address">{attendee.email}</span>
          </dd>
          {cancelled && booking.cancelReason && <dt>{say('fact.reason')}</dt>}
          {cancelled && booking.cancelReason && <dd class="notes">{booking.cancelReason}</dd>}
          <BookingFacts booking={booking} />
          {attendee.notes && <dt>{say('form.notes')}</dt>}
          {attendee.notes && <dd class="notes">{attendee.notes}</dd>}
        </dl>
        {cancelled ? (
          <p>
            <a class="button" href={formatPath(eventType) + lookOf(location.search)}>
              {say('booking.again')}
            </a>
          </p>
        ) : pending ? null : (
          <AddToCalendar booking={booking} />
        )}
      </section>
      {props.fixed && (
        <section class="card manage" data-fixed>
          <p>
            {say('booking.fixed', {
              length: lengthInWords(eventType.changeNotice ?? ''),
              hosts: hostsInWords(hostNames),
            })}
          </p>
        </section>
      )}
      {open && cancelling && (
        <CancelForm
          words={pending ? WITHDRAW_WORDS : CANCEL_WORDS}
          busy={props.busy}
          problem={props.problem}
          clock={clock}
          onDismiss={props.onDismiss}
          onConfirmCancel={props.onConfirmCancel}
        />
      )}
      {open && !cancelling && (
        <section class="card manage" aria-labelledby="manage">
          <h2 id="manage">{say('booking.change')}</h2>
          <div class="actions">
            <button type="button" class="button" onClick={props.onMove}>
              {say('action.another')}
            </button>
            <button type="button" class="button button-warn" onClick={props.onCancel}>
              {say(pending ? 'booking.withdraw' : 'booking.cancel')}
            </button>
          </div>
          <CopyField label={say('booking.link')} text={booking.manageUrl ?? location.href} />
        </section>
      )}
    </main>
  );
}

/** Ways into a calendar of the visitor's, for those whom no invitation reaches there. */
function AddToCalendar({ booking }: { booking: HeldBookingFragment }) {
  return (
    <div class="add">
      <a class="button" href={`/book/b/${booking.token}/booking.ics`} download="booking.ics">
        {pageWords().sayWith('booking.add', {}, { file: (words) => <span class="address">{words}</span> })}
      </a>
      <p class="address">
        {say('booking.addTo')}{' '}
        {calendarLinks(booking).map(({ name, url }) => (
          <a key={name} href={url} target="_blank" rel="noopener">
            {name}
          </a>
        ))}
      </p>
    </div>
  );
}
