/** What a visitor filled in, as a form without a script sends it, and what is wrong with it in words. */
import { checkDetails, type DetailFault, type GivenDetails, personFaults } from '../../../../form/details.ts';
import type { EventForm } from '../../../../form/event-form.ts';
import { prefillOf } from '../../../../form/prefill.ts';
import type { MessageKey, Words } from '../../../../languages/words.ts';

export interface FilledIn {
  readonly name: string;
  readonly email: string;
  readonly notes: string;
  readonly phone: string;
  /** The kind of one of the event type's places; empty: none. */
  readonly place: string;
  readonly guests: readonly string[];
  readonly answers: Readonly<Record<string, readonly string[]>>;
  /** That proves the address. */
  readonly code: string;
}

/** Messages by the path of their field, as `answers.company`. */
export type PlainErrors = Readonly<Record<string, string>>;

/** @param body parameters of the form */
export function filledInBody(body: URLSearchParams, { questions, maxGuests }: EventForm): FilledIn {
  const text = (name: string) => body.get(name) ?? '';
  return {
    ...{ name: text('name'), email: text('email'), notes: text('notes').replaceAll('\r\n', '\n') },
    ...{ phone: text('phone'), place: text('place'), code: text('code').replace(/\s/g, '') },
    guests: body.getAll('guest').slice(0, maxGuests + 1),
    answers: Object.fromEntries(
      questions.map(({ id }) => [
        id,
        body.getAll(`answer.${id}`).map((value) => value.replaceAll('\r\n', '\n')),
      ]),
    ),
  };
}

/** @param search of the page's address */
export function filledInAddress(search: string, form: EventForm): FilledIn {
  const { name, email, notes, ...more } = prefillOf(search, form);
  return {
    ...{ name: name ?? '', email: email ?? '', notes: notes ?? '', phone: '', place: '', code: '' },
    ...more,
  };
}

export const plainNotes = ({ notes }: FilledIn): string | null => notes.trim() || null;

/** The phone number is asked of everybody here, and counts where its visitor is called. */
export function detailsGiven(filledIn: FilledIn, { questions, places }: EventForm): GivenDetails {
  const place = places.find(({ kind }) => kind === filledIn.place)?.kind ?? null;
  const isCalled = (places.length === 1 ? places[0]?.kind : place) === 'PHONE_TO_VISITOR';
  return {
    answers: questions.map(({ id }) => ({ question: id, values: filledIn.answers[id] ?? [] })),
    ...{ guests: filledIn.guests, place, phone: isCalled ? filledIn.phone : null },
  };
}

/** Empty when all is right. */
export function plainErrors(filledIn: FilledIn, form: EventForm, words: Words): PlainErrors {
  const faults = [
    ...personFaults({ ...filledIn, notes: plainNotes(filledIn) }),
    ...checkDetails(form, detailsGiven(filledIn, form), filledIn.email).faults,
  ];
  const errors: Record<string, string> = {};
  for (const fault of faults) errors[fault.field] ??= faultWords(fault, words);
  return errors;
}

const REQUIRED: Readonly<Record<string, MessageKey>> = {
  name: 'fault.name',
  email: 'fault.email',
  place: 'fault.place',
  phone: 'fault.phone',
};

const FAULTS: Partial<Record<DetailFault['fault'], MessageKey>> = {
  'too-long': 'fault.tooLong',
  'too-many': 'fault.tooMany',
  unshown: 'fault.unshown',
  'no-email': 'fault.noEmail',
  'no-phone': 'fault.noPhone',
  'no-number': 'fault.noNumber',
  'no-url': 'fault.noUrl',
};

const faultWords = ({ field, fault, most = 0 }: DetailFault, { say }: Words): string =>
  fault === 'required'
    ? say(REQUIRED[field] ?? 'fault.required')
    : say(FAULTS[fault] ?? 'fault.notOffered', { most });
