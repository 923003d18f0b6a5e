/** What an event type is to ask its visitors, as the API takes it. */
import type { EventForm } from '../form/event-form.ts';
import { builder } from './builder.ts';
import { PlaceKindEnum, QuestionKindEnum } from './event-form.ts';

export const QuestionInput = builder.inputType('QuestionInput', {
  description: 'A question to the visitor.',
  fields: (t) => ({
    id: t.string({
      description: 'Unique in its event type: 1 to 64 of a-z, 0-9 and -. Answers name it.',
      required: true,
    }),
    label: t.string({ description: 'The question, at most 500 characters.', required: true }),
    kind: t.field({ type: QuestionKindEnum, description: 'What answers look like.', required: true }),
    required: t.boolean({
      description: 'True when it must be answered; a CHECKBOX must be checked then.',
      defaultValue: false,
    }),
    options: t.stringList({
      description: 'What can be chosen, for CHOICE and CHOICES: at most 100. Null for the other kinds.',
    }),
  }),
});

export const PlaceInput = builder.inputType('PlaceInput', {
  description: 'A place where bookings can take place.',
  fields: (t) => ({
    kind: t.field({ type: PlaceKindEnum, description: 'What kind of place it is.', required: true }),
    value: t.string({
      description:
        "IN_PERSON: the address. LINK: a URL, in which {booking} stands for the booking's id. PHONE_TO_HOST: the number. The other kinds: null.",
    }),
  }),
});

interface FormInput {
  description?: string | null | undefined;
  questions?: readonly (typeof QuestionInput.$inferInput)[] | null | undefined;
  maxGuests?: number | null | undefined;
  places?: readonly (typeof PlaceInput.$inferInput)[] | null | undefined;
  redirectUrl?: string | null | undefined;
}

export const eventFormFields = ({
  description,
  questions,
  maxGuests,
  places,
  redirectUrl,
}: FormInput): EventForm => ({
  description: description?.toWellFormed().trim() || null,
  questions: (questions ?? []).map(({ id, label, kind, required, options }) => ({
    ...{ id, kind, required: required ?? false },
    label: label.toWellFormed().trim(),
    options: (options ?? []).map((option) => option.toWellFormed().trim()),
  })),
  maxGuests: maxGuests ?? 0,
  places: (places ?? []).map(({ kind, value }) => ({ kind, value: value?.toWellFormed().trim() ?? null })),
  redirectUrl: redirectUrl ?? null,
});
