/** What a mail tells, before it is put into words: stored with the mail, so that each attempt to send it says the same. */
import type { PlaceKind } from '../form/event-form.ts';
import { type Brand, NO_BRAND } from '../store/rules/brands.ts';
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
  /** Where it takes place; null: nothing is said. */
  place: { kind: PlaceKind; value: string } | null;
  /** It is an online meeting whose link isn't known yet. Absent: it is not. */
  linkFollows?: boolean;
  /** Where it was before it was moved; null: it was not moved. */
  before: MailSpan | null;
  booking: MailBooking | null;
  /** It goes to somebody whom the visitor invites. */
  isGuest: boolean;
  /** Of a mail to a host: who booked. */
  visitor: MailVisitor | null;
  /** What its pages show when the mail is planned. */
  brand: Brand;
  /** What proves the address: six digits, and until when they are good. */
  code: { digits: string; expiresAt: Instant } | null;
}

export interface MailVisitor {
  name: string;
  email: string;
  timeZone: string;
  phone: string | null;
  notes: string | null;
  answers: { label: string; value: string }[];
}

export interface MailBooking {
  id: string;
  /** Up by one with each change. */
  sequence: number;
  createdAt: Instant;
  attendee: { name: string; email: string };
  /** E-mail addresses of the others who are invited. */
  guests: string[];
  /** Who cancelled or declined it; system: its start passed before it was accepted; null: it is not over. */
  cancelledBy: 'attendee' | 'host' | 'operator' | 'system' | null;
  reason: string | null;
  invitation: InvitationBy;
}

/** Facts as they may be stored: those of an earlier version lack what visitors fill in, and the brand. */
type StoredFacts = Omit<MailFacts, 'place' | 'isGuest' | 'brand' | 'visitor' | 'booking'> &
  Partial<Pick<MailFacts, 'place' | 'isGuest' | 'brand'>> & {
    visitor:
      | (Omit<MailVisitor, 'phone' | 'answers'> & Partial<Pick<MailVisitor, 'phone' | 'answers'>>)
      | null;
    booking: (Omit<MailBooking, 'guests'> & Partial<Pick<MailBooking, 'guests'>>) | null;
  };

/** Reads what `JSON.stringify` made of a mail's facts. Only the gateway writes that column. */
export function readFacts(column: string): MailFacts {
  const facts = JSON.parse(column) as StoredFacts;
  const { visitor, booking } = facts;
  return {
    ...{ place: null, isGuest: false, brand: NO_BRAND },
    ...facts,
    visitor: visitor && { phone: null, answers: [], ...visitor },
    booking: booking && { guests: [], ...booking },
  };
}
