/** What a mail tells, before it is put into words: stored with the mail, so that each attempt to send it says the same. */
import type { Instant } from '../time/clock.ts';

export interface MailSpan {
  start: Instant;
  end: Instant;
}

/** How the visitor gets the event into their calendar. */
export type InvitationBy =
  /** The mail carries it. */
  | 'mail'
  /** The calendar provider of a host invites the visitor by a mail of its own. */
  | 'provider';

export interface MailFacts extends MailSpan {
  to: { name: string; email: string };
  /** BCP 47; null: not known. */
  locale: string | null;
  /** IANA, of the person that the mail goes to. */
  timeZone: string;
  title: string;
  /** In the booking's order. */
  hosts: { id: string; name: string; email: string | null }[];
  /** Where the event type is booked; null: it was deleted. */
  page: { owner: string; slug: string } | null;
  /** Where it was before it was moved; null: it was not moved. */
  before: MailSpan | null;
  booking: MailBooking | null;
  /** Of a mail to a host: who booked. */
  visitor: { name: string; email: string; timeZone: string; notes: string | null } | null;
  /** What proves the address: six digits, and until when they are good. */
  code: { digits: string; expiresAt: Instant } | null;
}

export interface MailBooking {
  id: string;
  /** Up by one with each change. */
  sequence: number;
  createdAt: Instant;
  attendee: { name: string; email: string };
  /** Who cancelled it; null: nobody. */
  cancelledBy: 'attendee' | 'host' | 'operator' | null;
  reason: string | null;
  invitation: InvitationBy;
}

/** Reads what `JSON.stringify` made of a mail's facts. Only the gateway writes that column. */
export const readFacts = (column: string): MailFacts => JSON.parse(column) as MailFacts;
