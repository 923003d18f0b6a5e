/** Formats the invitation to a booking, its cancellation or its copy for a calendar as an iTIP message (RFC 5546). */
import ICAL from 'ical.js';
import type { Instant } from '../time/clock.ts';
import {
  createCalendarObject,
  oneLine,
  serialiseCalendar,
  utcTime,
  withoutControls,
} from './calendar-object.ts';

export type InvitationMethod = 'REQUEST' | 'CANCEL' | 'PUBLISH';

export interface Participant {
  name: string;
  email: string;
  /** Has not answered yet; absent: has accepted. */
  isGuest?: boolean;
}

export interface InvitationMessage {
  method: InvitationMethod;
  /** The same in all messages about one booking. */
  uid: string;
  /** Increases with every change. */
  sequence: number;
  /** When this message was created. */
  stamp: Instant;
  createdAt: Instant;
  start: Instant;
  end: Instant;
  summary: string;
  description: string | null;
  /** Where it takes place; null: nothing is said. */
  location: string | null;
  /** Address of a page about the event; null: none. */
  url: string | null;
  /** Why the booking was cancelled. */
  comment: string | null;
  /** Without an e-mail address attendees can't reply. */
  organizer: { name: string; email: string | null };
  /** The person who booked and the hosts, who have accepted, and guests. */
  attendees: readonly Participant[];
}

/** ORGANIZER needs a value (§3.2.2); other products write this one for an organizer without an address. */
const NO_ADDRESS = 'invalid:nomail';

export function formatInvitation(invitation: InvitationMessage): string {
  const { method, summary, description, location, comment, organizer } = invitation;
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
  if (location) event.addPropertyWithValue('location', oneLine(location));
  if (invitation.url) event.addPropertyWithValue('url', invitation.url);
  if (comment) event.addPropertyWithValue('comment', withoutControls(comment));
  event.addPropertyWithValue('status', method === 'CANCEL' ? 'CANCELLED' : 'CONFIRMED');
  event.addPropertyWithValue('transp', 'OPAQUE');
  const organizerProperty = event.addPropertyWithValue(
    'organizer',
    organizer.email ? mailto(organizer.email) : NO_ADDRESS,
  );
  organizerProperty.setParameter('cn', parameterText(organizer.name));
  for (const { name, email, isGuest = false } of invitation.attendees) {
    const attendee = event.addPropertyWithValue('attendee', mailto(email));
    attendee.setParameter('cn', parameterText(name));
    attendee.setParameter('cutype', 'INDIVIDUAL');
    attendee.setParameter('role', 'REQ-PARTICIPANT');
    attendee.setParameter('partstat', isGuest ? 'NEEDS-ACTION' : 'ACCEPTED');
    if (isGuest && method === 'REQUEST') attendee.setParameter('rsvp', 'TRUE');
  }
  calendar.addSubcomponent(event);
  return serialiseCalendar(calendar);
}

/** Double quotes are replaced: older readers don't know the escapes of RFC 6868. */
const parameterText = (name: string) => oneLine(name).replaceAll('"', "'");

/** Escapes characters that would end the address (RFC 6068 §2). */
const mailto = (email: string) =>
  `mailto:${encodeURI(email.toWellFormed()).replace(/[?#&,;]/g, encodeURIComponent)}`;
