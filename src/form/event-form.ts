/** What an event type tells and asks its visitors: description, questions, guests, places, and where the browser goes afterwards. Pure. */

export type QuestionKind =
  | 'TEXT'
  | 'LONG_TEXT'
  | 'PHONE'
  | 'NUMBER'
  | 'CHOICE'
  | 'CHOICES'
  | 'CHECKBOX'
  | 'URL';

export interface FormQuestion {
  /** Unique in its event type. */
  readonly id: string;
  readonly label: string;
  readonly kind: QuestionKind;
  readonly required: boolean;
  /** Of CHOICE and CHOICES; empty for the other kinds. */
  readonly options: readonly string[];
}

/** Where a booking takes place. */
export type PlaceKind =
  | 'IN_PERSON'
  | 'PHONE_TO_HOST'
  | 'PHONE_TO_VISITOR'
  | 'LINK'
  | 'GOOGLE_MEET'
  | 'MICROSOFT_TEAMS';

export interface FormPlace {
  readonly kind: PlaceKind;
  /** An address, a number, or the template of a link; null where the visitor gives a number, a calendar's provider makes the link, or it isn't shown. */
  readonly value: string | null;
}

export interface EventForm {
  /** Text with links; null: none. */
  readonly description: string | null;
  readonly questions: readonly FormQuestion[];
  /** How many others the visitor may invite. */
  readonly maxGuests: number;
  /** Each kind once; the visitor chooses when there are several. */
  readonly places: readonly FormPlace[];
  /** Where the browser goes after booking; null: it stays. */
  readonly redirectUrl: string | null;
}

/** Of an event type that asks for nothing but name and e-mail address. */
export const EMPTY_FORM: EventForm = {
  description: null,
  questions: [],
  maxGuests: 0,
  places: [],
  redirectUrl: null,
};

/** Values of a CHECKBOX. */
export const CHECKED = 'true';
export const UNCHECKED = 'false';

/** What stands for the booking's id in the template of a link. */
const BOOKING_IN_LINK = '{booking}';

export const meetingLink = (template: string, booking: string): string =>
  template.replaceAll(BOOKING_IN_LINK, encodeURIComponent(booking));

/** Does one call the other there? */
export const isCall = (kind: PlaceKind): boolean => kind === 'PHONE_TO_HOST' || kind === 'PHONE_TO_VISITOR';

/** Is its link made by the provider of a host's calendar, with the event? */
export const isConferencePlace = (kind: PlaceKind | null): boolean =>
  kind === 'GOOGLE_MEET' || kind === 'MICROSOFT_TEAMS';

/** What people know the provider's online meetings by, in every language. */
export const conferenceName = (kind: PlaceKind): string =>
  kind === 'GOOGLE_MEET' ? 'Google Meet' : 'Microsoft Teams';

/** A place as calendars show it, in English; whose number it is says who calls. */
export const placeInWords = (kind: PlaceKind, place: string): string =>
  isCall(kind) ? `Phone call to ${place}` : place;
