/** What a visitor filled in beside name and address: checked, as it stands in the booking's row, and as calendars show it. */
import { badInput } from '../errors.ts';
import {
  answerInWords,
  type BookingAnswer,
  type CheckedDetails,
  checkDetails,
  type DetailFault,
  type MetadataPair,
  NO_DETAILS,
} from '../form/details.ts';
import { type EventForm, meetingLink, placeInWords } from '../form/event-form.ts';
import type { Booking } from '../store/bookings/bookings.ts';
import type { Attendee } from './confirm.ts';

/** @throws SlotwireError BAD_USER_INPUT for the first of the faults, naming the field */
export function refuseFaults([first]: readonly DetailFault[]): void {
  if (first) throw badInput(`input.${first.field}`, reasonOf(first));
}

function reasonOf({ fault, most }: DetailFault): string {
  switch (fault) {
    case 'required':
      return 'is required';
    case 'too-long':
      return `takes at most ${most} characters`;
    case 'too-many':
      return most === 0 ? 'takes none at this event type' : `takes at most ${most}`;
    case 'unshown':
      return 'must not hold control characters or breaks of lines';
    case 'no-email':
      return 'is no e-mail address';
    case 'no-phone':
      return 'takes a phone number, as +49 30 123456';
    case 'no-number':
      return 'takes a number, as 42 or 3.5';
    case 'no-url':
      return 'takes an address that begins with https:// or http://';
    case 'no-option':
      return "takes what is among the question's options";
    case 'no-checkbox':
      return 'takes true or false';
    case 'one-value':
      return 'takes one value';
    case 'twice':
      return 'is there twice';
    case 'unknown-question':
      return 'is no question of this event type';
    case 'not-offered':
      return "is not among the event type's places";
  }
}

/** @throws SlotwireError BAD_USER_INPUT */
export function requireDetails(form: EventForm, { email, given = NO_DETAILS }: Attendee): CheckedDetails {
  const { details, faults } = checkDetails(form, given, email);
  refuseFaults(faults);
  return details;
}

/** The columns of a booking that hold the details. @param booking its id */
export function detailColumns(
  { places }: EventForm,
  details: CheckedDetails,
  metadata: readonly MetadataPair[],
  booking: string,
) {
  const { place: placeKind, phone, answers, guests } = details;
  const value = places.find(({ kind }) => kind === placeKind)?.value ?? null;
  return {
    placeKind,
    place: placeKind === 'LINK' && value !== null ? meetingLink(value, booking) : value,
    ...{ phone, guests: [...guests] },
    answers: answers.map((answer) => ({ ...answer, values: [...answer.values] })),
    metadata: metadata.map((pair) => ({
      key: pair.key.toWellFormed(),
      value: pair.value.toWellFormed(),
    })),
  };
}

/** Only detailColumns writes these columns. */
export const answersOfBooking = ({ answers }: Pick<Booking, 'answers'>) =>
  answers as unknown as readonly BookingAnswer[];
export const metadataOfBooking = ({ metadata }: Pick<Booking, 'metadata'>) =>
  metadata as unknown as readonly MetadataPair[];

/** The address, the number to call or the link; null: none was said. */
export const placeOfBooking = ({
  placeKind,
  place,
  phone,
}: Pick<Booking, 'placeKind' | 'place' | 'phone'>): string | null =>
  placeKind === 'PHONE_TO_VISITOR' ? phone : place;

/** The same as calendars show it. */
export function locationOfBooking(booking: Pick<Booking, 'placeKind' | 'place' | 'phone'>): string | null {
  const place = placeOfBooking(booking);
  return place === null || booking.placeKind === null ? null : placeInWords(booking.placeKind, place);
}

/** Notes and answers, as lines of an event's description. */
export function wordsOfVisitor({ notes, ...booking }: Pick<Booking, 'notes' | 'answers'>): string[] {
  const answers = answersOfBooking(booking).map((answer) => `${answer.label}: ${answerInWords(answer)}`);
  return [...(notes ? [notes] : []), ...answers];
}
