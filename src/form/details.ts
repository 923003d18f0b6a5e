/**
 * The one check of what a visitor fills in: the page runs it before it sends, the server before it books. Both get the details in
 * the same normal form, which the check accepts again as it is. Pure.
 */
import {
  CHECKED,
  type EventForm,
  type FormQuestion,
  type PlaceKind,
  type QuestionKind,
  UNCHECKED,
} from './event-form.ts';
import {
  isMailAddress,
  isNumber,
  isOneLine,
  isPhoneNumber,
  isPlainText,
  isWebAddress,
  NAME_MAX,
} from './text.ts';

/** Longest texts, in characters. */
export const NOTES_MAX = 5_000;
export const TEXT_ANSWER_MAX = 500;
export const LONG_ANSWER_MAX = 5_000;
/** All answers together. */
const ANSWERS_MAX = 20_000;
export const METADATA_MAX = 20;
export const METADATA_KEY_MAX = 100;
export const METADATA_VALUE_MAX = 500;

export type FaultCode =
  | 'required'
  | 'too-long'
  | 'too-many'
  | 'unshown'
  | 'no-email'
  | 'no-phone'
  | 'no-number'
  | 'no-url'
  | 'no-option'
  | 'no-checkbox'
  | 'one-value'
  | 'twice'
  | 'unknown-question'
  | 'not-offered';

/** What is wrong with a field. */
export interface DetailFault {
  /** A path: `name`, `guests.0`, `phone`; an answer by the id of its question, `answers.company`. */
  readonly field: string;
  readonly fault: FaultCode;
  /** The limit, where there is one. */
  readonly most?: number;
}

export interface BookingPerson {
  readonly name: string;
  readonly email: string;
  readonly notes: string | null;
}

export interface MetadataPair {
  readonly key: string;
  readonly value: string;
}

export interface GivenDetails {
  readonly answers: readonly { readonly question: string; readonly values: readonly string[] }[];
  readonly guests: readonly string[];
  readonly place: PlaceKind | null;
  readonly phone: string | null;
}

/** An answer with what its question was then. */
export interface BookingAnswer {
  readonly question: string;
  readonly label: string;
  readonly kind: QuestionKind;
  readonly values: readonly string[];
}

/** Details in their normal form: trimmed, answers in the order of their questions, nobody invited twice. */
export interface CheckedDetails {
  readonly answers: readonly BookingAnswer[];
  readonly guests: readonly string[];
  readonly place: PlaceKind | null;
  readonly phone: string | null;
}

/** What is given where a program asks for nothing. */
export const NO_DETAILS: GivenDetails = { answers: [], guests: [], place: null, phone: null };

const tidy = (text: string) => text.toWellFormed().trim();

/** Who books. Empty when all is right. */
export function personFaults({ name, email, notes }: BookingPerson): DetailFault[] {
  const faults: DetailFault[] = [];
  const ofName = name.trim() === '' ? 'required' : lineFault(name.trim(), NAME_MAX);
  if (ofName) faults.push({ field: 'name', fault: ofName, most: NAME_MAX });
  const ofEmail = email.trim() === '' ? 'required' : isMailAddress(email.trim()) ? null : 'no-email';
  if (ofEmail) faults.push({ field: 'email', fault: ofEmail });
  if ((notes ?? '').length > NOTES_MAX) faults.push({ field: 'notes', fault: 'too-long', most: NOTES_MAX });
  return faults;
}

/** Pairs that programs give along. Empty when all is right. */
export function metadataFaults(pairs: readonly MetadataPair[]): DetailFault[] {
  if (pairs.length > METADATA_MAX) return [{ field: 'metadata', fault: 'too-many', most: METADATA_MAX }];
  return pairs.flatMap(({ key, value }, i): DetailFault[] => {
    const field = `metadata.${i}`;
    if (!key.trim()) return [{ field: `${field}.key`, fault: 'required' }];
    if (pairs.findIndex((other) => other.key === key) < i) return [{ field: `${field}.key`, fault: 'twice' }];
    const ofKey = lineFault(key, METADATA_KEY_MAX);
    if (ofKey) return [{ field: `${field}.key`, fault: ofKey, most: METADATA_KEY_MAX }];
    const ofValue = textFault(value, METADATA_VALUE_MAX);
    return ofValue ? [{ field: `${field}.value`, fault: ofValue, most: METADATA_VALUE_MAX }] : [];
  });
}

/** @param email the visitor's own address, which is no guest's */
export function checkDetails(
  form: EventForm,
  given: GivenDetails,
  email: string,
): { readonly details: CheckedDetails; readonly faults: readonly DetailFault[] } {
  const faults: DetailFault[] = [];
  const details = {
    answers: answersOf(form.questions, given, faults),
    guests: guestsOf(form.maxGuests, given, email, faults),
    place: placeOf(form, given, faults),
    phone: tidy(given.phone ?? '') || null,
  };
  if (details.phone && !isPhoneNumber(details.phone)) faults.push({ field: 'phone', fault: 'no-phone' });
  if (!details.phone && details.place === 'PHONE_TO_VISITOR')
    faults.push({ field: 'phone', fault: 'required' });
  return { details, faults };
}

function answersOf(
  questions: readonly FormQuestion[],
  { answers }: GivenDetails,
  faults: DetailFault[],
): BookingAnswer[] {
  for (const [i, { question }] of answers.entries()) {
    const field = `answers.${i}.question`;
    if (!questions.some(({ id }) => id === question)) faults.push({ field, fault: 'unknown-question' });
    else if (answers.findIndex((other) => other.question === question) < i)
      faults.push({ field, fault: 'twice' });
  }
  const found = questions.flatMap((question): BookingAnswer[] => {
    const given = answers.find((answer) => answer.question === question.id)?.values ?? [];
    const values = given.map(tidy).filter((value) => value !== '');
    const fault = answerFault(question, values);
    if (fault) faults.push({ ...fault, field: `answers.${question.id}` });
    return values.length > 0
      ? [{ question: question.id, label: question.label, kind: question.kind, values }]
      : [];
  });
  const length = found.reduce((sum, { values }) => sum + values.join('').length, 0);
  if (length > ANSWERS_MAX) faults.push({ field: 'answers', fault: 'too-long', most: ANSWERS_MAX });
  return found;
}

/** @param values not empty, each of them */
function answerFault(
  { kind, required, options }: FormQuestion,
  values: readonly string[],
): Omit<DetailFault, 'field'> | null {
  const [value] = values;
  if (value === undefined) return required ? { fault: 'required' } : null;
  if (kind !== 'CHOICES' && values.length > 1) return { fault: 'one-value' };
  switch (kind) {
    case 'TEXT':
      return withLimit(lineFault(value, TEXT_ANSWER_MAX), TEXT_ANSWER_MAX);
    case 'LONG_TEXT':
      return withLimit(textFault(value, LONG_ANSWER_MAX), LONG_ANSWER_MAX);
    case 'PHONE':
      return isPhoneNumber(value) ? null : { fault: 'no-phone' };
    case 'NUMBER':
      return isNumber(value) ? null : { fault: 'no-number' };
    case 'URL':
      return isWebAddress(value) ? null : { fault: 'no-url' };
    case 'CHECKBOX':
      if (value !== CHECKED && value !== UNCHECKED) return { fault: 'no-checkbox' };
      return required && value !== CHECKED ? { fault: 'required' } : null;
    case 'CHOICE':
    case 'CHOICES':
      if (!values.every((one) => options.includes(one))) return { fault: 'no-option' };
      return new Set(values).size < values.length ? { fault: 'twice' } : null;
  }
}

function guestsOf(
  maxGuests: number,
  { guests }: GivenDetails,
  email: string,
  faults: DetailFault[],
): string[] {
  const seen = new Set([email.trim().toLowerCase()]);
  const found: string[] = [];
  for (const [i, given] of guests.entries()) {
    const guest = given.trim();
    if (guest === '' || seen.has(guest.toLowerCase())) continue;
    seen.add(guest.toLowerCase());
    found.push(guest);
    if (found.length === maxGuests + 1) faults.push({ field: 'guests', fault: 'too-many', most: maxGuests });
    else if (!isMailAddress(guest)) faults.push({ field: `guests.${i}`, fault: 'no-email' });
  }
  return found;
}

/** The only place is chosen by itself. */
function placeOf({ places }: EventForm, { place }: GivenDetails, faults: DetailFault[]): PlaceKind | null {
  const [first, second] = places;
  if (place === null) {
    if (second) faults.push({ field: 'place', fault: 'required' });
    return first && !second ? first.kind : null;
  }
  if (!places.some(({ kind }) => kind === place)) faults.push({ field: 'place', fault: 'not-offered' });
  return place;
}

const withLimit = (fault: FaultCode | null, most: number) => fault && { fault, most };

function lineFault(text: string, most: number): FaultCode | null {
  if (text.length > most) return 'too-long';
  return isOneLine(text) ? null : 'unshown';
}

function textFault(text: string, most: number): FaultCode | null {
  if (text.length > most) return 'too-long';
  return isPlainText(text) ? null : 'unshown';
}

/** An answer's values as people read them, in English. */
export const answerInWords = ({ kind, values }: Pick<BookingAnswer, 'kind' | 'values'>): string =>
  values.map((value) => (kind === 'CHECKBOX' ? (value === CHECKED ? 'Yes' : 'No') : value)).join(', ');
