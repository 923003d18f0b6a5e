/** The visitor's details and their validation, by the same check as the server's. Pure. */
import {
  checkDetails,
  type DetailFault,
  type GivenDetails,
  NOTES_MAX,
  personFaults,
} from '../../form/details.ts';
import { EMPTY_FORM, type EventForm, type PlaceKind } from '../../form/event-form.ts';
import { NAME_MAX } from '../../form/text.ts';
import type { MessageKey } from '../../languages/words.ts';
import { say } from '../words.ts';
import type { Draft } from './draft.ts';

/** The server's own limits, in characters. */
export const MAX_LENGTH = { name: NAME_MAX, email: 254, notes: NOTES_MAX, reason: 5_000 } as const;

/** Messages by the path of their field, as `answers.company`. */
export type FieldErrors = Readonly<Record<string, string>>;

type FilledIn = Pick<Draft, 'name' | 'email' | 'notes'> & Partial<Draft>;

/** Empty when the draft is valid. E-mail addresses are checked for their form only. */
export function errorsIn(draft: FilledIn, form: EventForm = EMPTY_FORM): FieldErrors {
  const { guests = [] } = draft;
  const faults = [
    ...personFaults(draft),
    ...[draft.email, ...guests].flatMap((email, i): DetailFault[] =>
      email.trim() === '' || MAILBOX.test(email.trim())
        ? []
        : [{ field: i === 0 ? 'email' : `guests.${i - 1}`, fault: 'no-email' }],
    ),
    ...checkDetails(form, givenIn(draft, form), draft.email).faults,
  ];
  const errors: Record<string, string> = {};
  for (const fault of faults) errors[fault.field] ??= faultInWords(fault);
  return errors;
}

/** Visitors write to addresses on the internet: a domain has a dot. */
const MAILBOX = /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]+$/;

/** What is typed in the fields that the form shows: the form may have changed since. */
function givenIn(
  { answers = {}, guests = [], place = null, phone = '' }: Partial<Draft>,
  form: EventForm,
): GivenDetails {
  return {
    answers: form.questions.map(({ id }) => ({ question: id, values: answers[id] ?? [] })),
    guests: form.maxGuests === 0 ? [] : guests,
    place: form.places.some(({ kind }) => kind === place) ? place : null,
    phone: wantsPhone(form, place) ? phone : null,
  };
}

/** The visitor is called, and is asked for a number. */
export const wantsPhone = ({ places }: EventForm, place: PlaceKind | null): boolean =>
  (places.length === 1 ? places[0]?.kind : place) === 'PHONE_TO_VISITOR';

function faultInWords({ field, fault, most = 0 }: DetailFault): string {
  switch (fault) {
    case 'required':
      return say(REQUIRED[field] ?? 'fault.required');
    case 'too-long':
      return say('fault.tooLong', { most });
    case 'too-many':
      return say('fault.tooMany', { most });
    case 'unshown':
      return say('fault.unshown');
    case 'no-email':
      return say('fault.noEmail');
    case 'no-phone':
      return say('fault.noPhone');
    case 'no-number':
      return say('fault.noNumber');
    case 'no-url':
      return say('fault.noUrl');
    default:
      return say('fault.notOffered');
  }
}

const REQUIRED: Readonly<Record<string, MessageKey>> = {
  name: 'fault.name',
  email: 'fault.email',
  place: 'fault.place',
  phone: 'fault.phone',
};

const REFUSED: Readonly<Record<string, MessageKey>> = {
  name: 'refused.name',
  email: 'refused.email',
  notes: 'refused.notes',
  reason: 'refused.reason',
};

/** The message for a field that the server refused although this page found it valid. */
export const refusedInWords = (field: string): string => say(REFUSED[field] ?? 'refused.other');

/** The part of the draft that a field shows, to tell whether it was edited. */
export function valueAt(draft: Draft, field: string): string {
  const [head = '', ...rest] = field.split('.');
  const part = Object.entries(draft).find(([name]) => name === head)?.[1];
  return JSON.stringify(head === 'answers' ? draft.answers[rest.join('.')] : part) ?? '';
}

/** Does the form show this field? */
export function hasField(field: string, { questions, places, maxGuests }: EventForm): boolean {
  const [head = '', ...rest] = field.split('.');
  if (head === 'answers') return questions.some(({ id }) => id === rest.join('.'));
  if (head === 'guests') return maxGuests > 0;
  if (head === 'place') return places.length > 1;
  if (head === 'phone') return places.some(({ kind }) => kind === 'PHONE_TO_VISITOR');
  return head in MAX_LENGTH;
}

/** The draft in the form of the request: without surrounding blanks, and with null for empty notes. */
export const trimmed = ({ name, email, notes }: Pick<Draft, 'name' | 'email' | 'notes'>) => ({
  name: name.trim(),
  email: email.trim(),
  notes: notes.trim() || null,
});

/** Details in the form of the request, which says nothing of what isn't there. */
export function detailsInput(draft: Draft, form: EventForm) {
  const { answers, guests, place, phone } = checkDetails(form, givenIn(draft, form), draft.email).details;
  return {
    ...(answers.length > 0 ? { answers: answers.map(({ question, values }) => ({ question, values })) } : {}),
    ...(guests.length > 0 ? { guests } : {}),
    ...(place ? { place } : {}),
    ...(phone ? { phone } : {}),
  };
}
