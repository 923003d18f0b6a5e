/** An invitation to a booking, or its end, as one calendar sends it to another (iTIP, RFC 5546). */
import ICAL from 'ical.js';
import type { Instant } from '../time/clock.ts';
import {
  createCalendarObject,
  oneLine,
  serialiseCalendar,
  utcTime,
  withoutControls,
} from './calendar-object.ts';

export type InvitationMethod = 'REQUEST' | 'CANCEL';

export interface Participant {
  name: string;
  email: string;
}

export interface InvitationMessage {
  method: InvitationMethod;
  /** The same for all that is ever sent of one booking. */
  uid: string;
  /** Grows with every change. */
  sequence: number;
  /** When this object was made. */
  stamp: Instant;
  createdAt: Instant;
  start: Instant;
  end: Instant;
  summary: string;
  description: string | null;
  /** Why it is cancelled. */
  comment: string | null;
  /** Without an e-mail address nobody can answer. */
  organizer: { name: string; email: string | null };
  /** All of them agreed: whoever booked, and the hosts, whose time was offered. */
  attendees: readonly Participant[];
}

/** Of an organizer without an address: the property must have one (§3.2.2), and this is what others write. */
const NO_ADDRESS = 'invalid:nomail';

export function formatInvitation(invitation: InvitationMessage): string {
  const { method, summary, description, comment, organizer } = invitation;
  const calendar = createCalendarObject(method);
  const event = new ICAL.Component('vevent');
  event.addPropertyWithValue('uid', invitation.uid);
  event.addPropertyWithValue('sequence', invitation.sequence);
  event.addPropertyWithValue('dtstamp', utcTime(invitation.stamp));
  event.addPropertyWithValue('created', utcTime(invitation.createdAt));
  event.addPropertyWithValue('dtstart', utcTime(invitation.start));
  event.addPropertyWithValue('dtend', utcTime(invitation.end));
  event.addPropertyWithValue('summary', oneLine(summary));
  if (description) event.addPropertyWithValue('description', withoutControls(description));
  if (comment) event.addPropertyWithValue('comment', withoutControls(comment));
  event.addPropertyWithValue('status', method === 'CANCEL' ? 'CANCELLED' : 'CONFIRMED');
  event.addPropertyWithValue('transp', 'OPAQUE');
  const organizerProperty = event.addPropertyWithValue(
    'organizer',
    organizer.email ? mailto(organizer.email) : NO_ADDRESS,
  );
  organizerProperty.setParameter('cn', parameterText(organizer.name));
  for (const { name, email } of invitation.attendees) {
    const attendee = event.addPropertyWithValue('attendee', mailto(email));
    attendee.setParameter('cn', parameterText(name));
    attendee.setParameter('cutype', 'INDIVIDUAL');
    attendee.setParameter('role', 'REQ-PARTICIPANT');
    attendee.setParameter('partstat', 'ACCEPTED');
  }
  calendar.addSubcomponent(event);
  return serialiseCalendar(calendar);
}

/** What RFC 6868 would write around is lost on older readers. */
const parameterText = (name: string) => oneLine(name).replaceAll('"', "'");

/** RFC 6068 §2: these would end the address. */
const mailto = (email: string) =>
  `mailto:${encodeURI(email.toWellFormed()).replace(/[?#&,;]/g, encodeURIComponent)}`;
