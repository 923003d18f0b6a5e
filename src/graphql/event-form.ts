/** What an event type asks its visitors, as the API shows it. */
import type { FormPlace, FormQuestion, PlaceKind, QuestionKind } from '../form/event-form.ts';
import { builder, type EnumValues } from './builder.ts';
import { hasScope } from './context.ts';

export const QuestionKindEnum = builder.enumType('QuestionKind', {
  description: 'What answers to a question look like.',
  values: {
    TEXT: { description: 'One line of at most 500 characters.' },
    LONG_TEXT: { description: 'Text of at most 5,000 characters.' },
    PHONE: { description: 'A phone number, as +49 30 123456.' },
    NUMBER: { description: 'A number, as 42 or 3.5.' },
    CHOICE: { description: 'One of the options.' },
    CHOICES: { description: 'Any number of the options; at least one when it is required.' },
    CHECKBOX: { description: '`true` or `false`; `true` when it is required.' },
    URL: { description: 'An address that begins with https:// or http://.' },
  } as const satisfies EnumValues<QuestionKind>,
});

export const PlaceKindEnum = builder.enumType('PlaceKind', {
  description: 'What kind of place a booking takes place at.',
  values: {
    IN_PERSON: { description: 'Visitor and hosts meet at an address.' },
    PHONE_TO_HOST: { description: 'The visitor calls a number.' },
    PHONE_TO_VISITOR: {
      description: "The visitor is called, at the number that came with the visitor's details.",
    },
    LINK: { description: 'They meet online, at a link.' },
    GOOGLE_MEET: {
      description:
        "They meet at a Google Meet conference, which is made new with each booking's event, in the first booking calendar of a host that is Google's.",
    },
    MICROSOFT_TEAMS: {
      description:
        "They meet in Microsoft Teams: the meeting is made new with each booking's event, in the first booking calendar of a host that is Microsoft's. It needs a work account.",
    },
  } as const satisfies EnumValues<PlaceKind>,
});

export const QuestionRef = builder.objectRef<FormQuestion>('Question').implement({
  description: 'A question to the visitor. Public.',
  fields: (t) => ({
    id: t.exposeString('id', { description: 'Unique in its event type. Answers name it.' }),
    label: t.exposeString('label', { description: 'The question.' }),
    kind: t.expose('kind', { type: QuestionKindEnum, description: 'What answers look like.' }),
    required: t.exposeBoolean('required', { description: 'True when it must be answered.' }),
    options: t.stringList({
      description: 'What can be chosen, for CHOICE and CHOICES; empty for the other kinds.',
      resolve: ({ options }) => [...options],
    }),
  }),
});

export const PlaceRef = builder
  .objectRef<FormPlace & { readonly organisationId: string }>('Place')
  .implement({
    description: 'A place where bookings can take place. Public.',
    fields: (t) => ({
      kind: t.expose('kind', { type: PlaceKindEnum, description: 'What kind of place it is.' }),
      value: t.string({
        nullable: true,
        description:
          'The address of IN_PERSON. Of LINK and PHONE_TO_HOST the template and the number, for admins alone: others learn them by booking. Null for the other kinds.',
        resolve: ({ kind, value, organisationId }, _args, { viewer }) =>
          kind === 'IN_PERSON' || (hasScope(viewer, 'ADMIN') && viewer.organisation === organisationId)
            ? value
            : null,
      }),
    }),
  });
