/** Hold: a slot reserved for minutes, on its way to a booking. */
import { refuseFaults } from '../booking/details.ts';
import type {
  ChallengeRequired,
  ChallengeUnavailable,
  HoldExpired,
  SlotHold,
  VerificationReason,
  VerificationRequired,
} from '../booking/outcome.ts';
import { badInput } from '../errors.ts';
import { metadataFaults, personFaults } from '../form/details.ts';
import { SlotRef } from './availability.ts';
import {
  AttendeeLimitRef,
  BookingRef,
  SlotNotOfferedRef,
  SlotTakenRef,
  SourceStaleRef,
  unionMember,
} from './booking.ts';
import { builder, type EnumValues } from './builder.ts';
import { PlaceKindEnum } from './event-form.ts';
import { callerOf } from './limits.ts';

/** RFC 5646 §4.4.1 asks for as many characters. */
const LOCALE_MAX = 35;

const SlotHoldRef = builder.objectRef<SlotHold>('SlotHold').implement({
  description: 'A slot that is reserved until expiresAt.',
  fields: (t) => ({
    token: t.exposeString('token', { description: 'Secret for confirmBooking and releaseHold.' }),
    slot: t.expose('slot', {
      type: SlotRef,
      description: 'The slot with the hosts who were assigned, and the seats that are left beside it.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'When the reservation ends by itself.',
    }),
  }),
});

const HoldExpiredRef = builder.objectRef<HoldExpired>('HoldExpired').implement({
  description: 'The hold is over: hold the slot again.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'For people; the text may change.' }),
  }),
});

const ChallengeRequiredRef = builder.objectRef<ChallengeRequired>('ChallengeRequired').implement({
  description:
    'Many people hold slots of this event type just now: solve the challenge, and ask again with its solution.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'For people; the text may change.' }),
    challenge: t.exposeString('challenge', {
      description:
        'JSON for ALTCHA: algorithm, challenge, maxnumber, salt and signature; or, where CHALLENGE_PROVIDER says so, for the widget of a provider: provider, siteKey, scriptUrl and eventType. Good for five minutes at most, for one hold of this event type.',
    }),
  }),
});

const ChallengeUnavailableRef = builder.objectRef<ChallengeUnavailable>('ChallengeUnavailable').implement({
  description:
    "Whether the solution is right can't be found out just now, as the provider of the widget gives no verdict. Nothing is held.",
  fields: (t) => ({
    message: t.exposeString('message', { description: 'For people; the text may change.' }),
  }),
});

const VerificationReasonEnum = builder.enumType('VerificationReason', {
  description: 'Why a code is wanted.',
  values: {
    CODE_SENT: { description: 'A code is on its way to the e-mail address.' },
    WRONG_CODE: { description: 'The code that came is not the one that was sent.' },
    CODE_EXPIRED: { description: 'No code is good any more: confirm without one, and another is sent.' },
    CODE_NOT_SENT: { description: 'Nothing is set up to send codes. The organiser has to.' },
  } as const satisfies EnumValues<VerificationReason>,
});

const VerificationRequiredRef = builder.objectRef<VerificationRequired>('VerificationRequired').implement({
  description:
    'The event type wants proof of the e-mail address: confirm the hold again with the code that was sent there.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'For people; the text may change.' }),
    reason: t.expose('reason', { type: VerificationReasonEnum, description: 'What is wrong, or was done.' }),
    triesLeft: t.exposeInt('triesLeft', { description: 'How often a code may still be tried.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Until when the code is good; the hold lives as long. Null: there is no code.',
    }),
  }),
});

const HoldSlotResult = builder.unionType('HoldSlotResult', {
  description: 'The hold, or why there is none.',
  types: [SlotHoldRef, SlotTakenRef, SlotNotOfferedRef, ChallengeRequiredRef, ChallengeUnavailableRef],
  resolveType: ({ is }) => is,
});

const ConfirmBookingResult = builder.unionType('ConfirmBookingResult', {
  description: 'The booking, or why it was not made.',
  types: [
    BookingRef,
    SlotTakenRef,
    HoldExpiredRef,
    SourceStaleRef,
    AttendeeLimitRef,
    VerificationRequiredRef,
  ],
  resolveType: (value) => ('is' in value ? value.is : 'Booking'),
});

const HoldSlotInput = builder.inputType('HoldSlotInput', {
  description: 'The slot to hold.',
  fields: (t) => ({
    eventType: t.id({ description: 'Id of the event type (`et_…`).', required: true }),
    start: t.field({
      type: 'DateTime',
      description: 'Start of the slot, as availability gave it.',
      required: true,
    }),
    length: t.field({
      type: 'Duration',
      description: "How long the booking is to take, one of the event type's lengths; null: its first.",
    }),
    solution: t.string({
      description:
        "Answer to the challenge of ChallengeRequired: the challenge's algorithm, challenge, salt and signature and the number found, as JSON in base64; for a widget, the token that it gave. Null: none. Looked at only while a challenge is due.",
    }),
  }),
});

const AnswerInput = builder.inputType('AnswerInput', {
  description: 'An answer to a question of the event type.',
  fields: (t) => ({
    question: t.string({ description: 'Id of the question.', required: true }),
    values: t.stringList({
      description: 'The answer: one value, for CHOICES any number; none, as if it was not answered.',
      required: true,
    }),
  }),
});

const MetadataInput = builder.inputType('MetadataInput', {
  description: 'A pair that comes back in webhooks and lists.',
  fields: (t) => ({
    key: t.string({ description: 'Its name, at most 100 characters.', required: true }),
    value: t.string({ description: 'Its value, at most 500 characters.', required: true }),
  }),
});

const ConfirmBookingInput = builder.inputType('ConfirmBookingInput', {
  description: 'Who books a held slot.',
  fields: (t) => ({
    hold: t.string({ description: 'Token of the hold, from holdSlot.', required: true }),
    name: t.string({ description: "The attendee's name.", required: true }),
    email: t.field({
      type: 'EmailAddress',
      description: "The attendee's address, which invitations go to.",
      required: true,
    }),
    timeZone: t.field({
      type: 'TimeZone',
      description: 'Time zone in which the attendee reads times.',
      required: true,
    }),
    locale: t.string({
      description:
        'Language that the attendee reads, as BCP 47 (`en-GB`): mails are written in it where there are words for it. Null: not known.',
    }),
    code: t.string({
      description: 'The code that was sent to the address, after VerificationRequired; null: none.',
    }),
    notes: t.string({
      description: 'What the attendee wants to tell the host, at most 5,000 characters; null: nothing.',
    }),
    answers: t.field({
      type: [AnswerInput],
      description: "Answers to the event type's questions, at most 20,000 characters in all; null: none.",
    }),
    guests: t.field({
      type: ['EmailAddress'],
      description:
        "Others who are invited as the attendee is, as many as the event type's maxGuests; null: nobody.",
    }),
    place: t.field({
      type: PlaceKindEnum,
      description: "Which of the event type's places; null: the only one.",
    }),
    phone: t.string({
      description: "The attendee's phone number, which PHONE_TO_VISITOR needs; null: not given.",
    }),
    metadata: t.field({
      type: [MetadataInput],
      description: 'At most 20 pairs, which come back in webhooks and lists; null: none.',
    }),
  }),
});

function attendeeFields({
  name,
  email,
  timeZone,
  locale = null,
  notes = null,
  code = null,
  ...details
}: typeof ConfirmBookingInput.$inferInput) {
  const { answers, guests, place = null, phone = null } = details;
  const metadata = details.metadata ?? [];
  refuseFaults([...personFaults({ name, email, notes }), ...metadataFaults(metadata)]);
  return {
    ...{ name: name.trim(), email, timeZone, locale: localeOf(locale), notes, code, metadata },
    given: { answers: answers ?? [], guests: guests ?? [], place, phone },
  };
}

function localeOf(text: string | null): string | null {
  if (text === null) return null;
  try {
    const [locale = null] = text.length > LOCALE_MAX ? [] : Intl.getCanonicalLocales(text);
    if (locale !== null) return locale;
  } catch {
    // Refused below.
  }
  throw badInput('input.locale', 'is no language tag (BCP 47), as en or en-GB');
}

builder.mutationFields((t) => ({
  holdSlot: t.field({
    type: HoldSlotResult,
    description: 'Reserves a slot for HOLD_TTL. A seat never has two live holds or bookings. Public.',
    args: { input: t.arg({ type: HoldSlotInput, description: 'The slot.', required: true }) },
    resolve: (_root, { input: { eventType, start, length, solution } }, { services, viewer }) =>
      services.booking.bookings.hold(
        eventType,
        start,
        callerOf(viewer, services.limitStrict),
        solution ?? null,
        length ?? null,
      ),
  }),
  releaseHold: t.field({
    type: 'Boolean',
    description:
      "Gives a held slot back. True when the hold was live, false when it was over or unknown. Public, by the hold's token.",
    args: { token: t.arg.string({ description: "The hold's token.", required: true }) },
    resolve: (_root, { token }, { services }) => services.booking.bookings.release(token),
  }),
  confirmBooking: t.field({
    type: ConfirmBookingResult,
    description:
      "Checks with the providers, then books the held slot and writes the event to the hosts' calendars. Confirming the same hold again returns the same booking. Public, by the hold's token.",
    args: {
      input: t.arg({ type: ConfirmBookingInput, description: 'The hold, and who books.', required: true }),
    },
    resolve: async (_root, { input }, context) => {
      const { services, viewer } = context;
      const attendee = attendeeFields(input);
      const caller = callerOf(viewer, services.limitStrict);
      return unionMember(await services.booking.bookings.confirm(input.hold, attendee, caller), context);
    },
  }),
}));
