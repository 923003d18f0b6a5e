/** Booking: a slot that somebody took, and what its holder may still do with it. */
import { answersOfBooking, metadataOfBooking, placeOfBooking } from '../booking/details.ts';
import type { Booked, BookingWithToken, Refused, SourceStale } from '../booking/outcome.ts';
import { badInput, notFound } from '../errors.ts';
import type { BookingAnswer, MetadataPair } from '../form/details.ts';
import type { Booking, CancelledBy, WriteStatus } from '../store/bookings/bookings.ts';
import { builder, type EnumValues } from './builder.ts';
import { type Context, hasScope } from './context.ts';
import { PlaceKindEnum, QuestionKindEnum } from './event-form.ts';
import { EventTypeRef } from './event-type.ts';
import { IssueRef } from './freshness.ts';
import { PublicHostRef } from './host.ts';
import { callerOf } from './limits.ts';

const REASON_MAX = 5_000;

export const BookingStatusEnum = builder.enumType('BookingStatus', {
  description: 'Whether a booking takes place.',
  values: {
    PENDING: { description: 'A host has yet to accept it; its time is taken meanwhile.' },
    DECLINED: { description: 'It was asked for and not accepted; its time is free again.' },
    CONFIRMED: { description: 'It takes place.' },
    CANCELLED: { description: 'Cancelled by its attendee, a host or an operator; its time is free again.' },
  } as const satisfies EnumValues<Booking['status']>,
});

const WriteStatusEnum = builder.enumType('WriteStatus', {
  description: "How far a booking has come into the hosts' calendars.",
  values: {
    PENDING: { description: 'On its way, or to be tried again.' },
    WRITTEN: { description: 'Every calendar has it.' },
    FAILED: { description: 'Some calendar refused it for good; the booking stands.' },
    NATIVE: { description: "There is no provider's calendar to write into: the native one has it." },
  } as const satisfies EnumValues<WriteStatus>,
});

const AttendeeRef = builder.objectRef<Booking>('Attendee').implement({
  description:
    "The person who booked. Shown to the holder of the booking's token and to admins. Blank once that person was erased, or after BOOKING_RETENTION.",
  fields: (t) => ({
    name: t.exposeString('attendeeName', {
      description: 'Name as the attendee wrote it; empty when it was blanked.',
    }),
    email: t.expose('attendeeEmail', {
      type: 'EmailAddress',
      description: 'Address that invitations go to; empty when it was blanked.',
    }),
    timeZone: t.expose('attendeeTimeZone', {
      type: 'TimeZone',
      description: 'Time zone in which the attendee booked; UTC when it was blanked.',
    }),
    notes: t.exposeString('notes', {
      nullable: true,
      description: 'What the attendee wrote to the host; null: nothing.',
    }),
    phone: t.exposeString('phone', {
      nullable: true,
      description: "The attendee's phone number; null: none was given.",
    }),
  }),
});

const AnswerRef = builder.objectRef<BookingAnswer>('Answer').implement({
  description: 'What the attendee answered to a question of the event type.',
  fields: (t) => ({
    question: t.exposeString('question', { description: 'Id of the question.' }),
    label: t.exposeString('label', { description: 'The question, as it was then.' }),
    kind: t.expose('kind', { type: QuestionKindEnum, description: 'What kind of question it was.' }),
    values: t.stringList({
      description: 'The answer; several values for CHOICES alone.',
      resolve: ({ values }) => [...values],
    }),
  }),
});

const MetadataRef = builder.objectRef<MetadataPair>('Metadata').implement({
  description: 'A pair that a program gave along with a booking.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Its name.' }),
    value: t.exposeString('value', { description: 'Its value.' }),
  }),
});

/** Who changed a booking, as the API names it. */
export type Party = 'VISITOR' | 'HOST' | 'OPERATOR' | 'SYSTEM';

const PARTIES: Record<CancelledBy, Party> = {
  attendee: 'VISITOR',
  host: 'HOST',
  operator: 'OPERATOR',
  system: 'SYSTEM',
};

const PartyEnum = builder.enumType('Party', {
  description: 'Who changed a booking.',
  values: {
    VISITOR: { description: 'The person who booked, by its link.' },
    HOST: { description: 'One of its hosts, in their own calendar.' },
    OPERATOR: { description: 'An admin of the organisation, or a key of scope BOOK, by its id.' },
    SYSTEM: { description: 'The gateway by itself.' },
  } as const satisfies EnumValues<Party>,
});

export const BookingRef = builder.objectRef<BookingWithToken>('Booking');
builder.node(BookingRef, {
  description: 'A slot that was taken. Read by its token, or by admins.',
  id: { description: 'Starts with `bkg_`.', resolve: (booking) => booking.id },
  loadMany: (ids, { loaders }) =>
    Promise.all(
      ids.map(async (id) => {
        const booking = await loaders.booking.load(id);
        return booking && { ...booking, token: null };
      }),
    ),
  fields: (t) => ({
    token: t.exposeString('token', {
      nullable: true,
      description:
        'Secret that lets its holder read, reschedule or cancel the booking; null for everyone else, admins included.',
    }),
    manageUrl: t.field({
      type: 'URL',
      nullable: true,
      description:
        "Where its visitor looks after it. For the holder of the booking's token and for admins; null for everyone else.",
      resolve: ({ id, token }, _args, { services, viewer }) =>
        token !== null || hasScope(viewer, 'ADMIN') ? services.booking.manageUrl(id) : null,
    }),
    status: t.expose('status', { type: BookingStatusEnum, description: 'Whether it takes place.' }),
    start: t.field({
      type: 'DateTime',
      description: 'Start, included.',
      resolve: ({ startsAt }) => startsAt.getTime(),
    }),
    end: t.field({
      type: 'DateTime',
      description: 'End, excluded.',
      resolve: ({ endsAt }) => endsAt.getTime(),
    }),
    hosts: t.field({
      type: [PublicHostRef],
      description: 'The hosts who were assigned. A host who was erased since is absent.',
      resolve: async ({ hosts }, _args, { loaders }) =>
        (await Promise.all(hosts.map((id) => loaders.publicHost.load(id)))).flatMap((host) => host ?? []),
    }),
    eventType: t.field({
      type: EventTypeRef,
      description: 'The event type that was booked, even when it was deleted since.',
      resolve: async ({ eventTypeId }, _args, { loaders }) => {
        const type = await loaders.eventTypeOfBooking.load(eventTypeId);
        if (!type) throw notFound('event type', eventTypeId);
        return type;
      },
    }),
    attendee: t.field({ type: AttendeeRef, description: 'Who booked.', resolve: (booking) => booking }),
    place: t.string({
      nullable: true,
      description:
        "Where it takes place: the address, the number that is called, or the link. Null: the event type said nothing, the link of GOOGLE_MEET or MICROSOFT_TEAMS isn't known yet or can't be had, or who booked was blanked and it was that person's number.",
      resolve: placeOfBooking,
    }),
    placeKind: t.expose('placeKind', {
      type: PlaceKindEnum,
      nullable: true,
      description: 'What kind of place that is; null: the event type said nothing.',
    }),
    answers: t.field({
      type: [AnswerRef],
      description:
        "Answers to the event type's questions, in their order. Empty once who booked was blanked.",
      resolve: (booking) => [...answersOfBooking(booking)],
    }),
    guests: t.expose('guests', {
      type: ['EmailAddress'],
      description: 'Others whom the attendee invited. Empty once who booked was blanked.',
    }),
    metadata: t.field({
      type: [MetadataRef],
      description: 'What programs gave along with the booking. Empty once who booked was blanked.',
      resolve: (booking) => [...metadataOfBooking(booking)],
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was booked. A rescheduled booking keeps it.',
      resolve: ({ createdAt }) => createdAt.getTime(),
    }),
    cancelledBy: t.field({
      type: PartyEnum,
      nullable: true,
      description: 'Who cancelled or declined it, SYSTEM when its start passed undecided; null: neither.',
      resolve: ({ cancelledBy }) => cancelledBy && PARTIES[cancelledBy],
    }),
    reason: t.exposeString('reason', {
      nullable: true,
      description:
        'Why it was cancelled or declined, in words of the one who did it; null: no reason was given, or neither.',
    }),
    movedBy: t.field({
      type: PartyEnum,
      nullable: true,
      description: 'Who moved it last; null: it stands where it was booked.',
      resolve: ({ movedBy }) => movedBy && PARTIES[movedBy],
    }),
    movedFrom: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The start that it was moved from last; null: it stands where it was booked.',
      resolve: ({ movedFrom }) => movedFrom?.getTime() ?? null,
    }),
    sequence: t.exposeInt('sequence', { description: 'Up by one with each change.' }),
    writeStatus: t.field({
      type: WriteStatusEnum,
      description: "How far the booking has come into the hosts' calendars.",
      resolve: async ({ id }, _args, { loaders }) => (await loaders.writeStatus.load(id))?.status ?? 'NATIVE',
    }),
    writeError: t.string({
      nullable: true,
      description:
        "Why a host's calendar hasn't got it as it is, or why it has no online meeting. For admins; null for everyone else, and where nothing is wrong.",
      resolve: async ({ id, organisationId, placeError }, _args, { loaders, viewer }) =>
        hasScope(viewer, 'ADMIN') && viewer.organisation === organisationId
          ? ((await loaders.writeStatus.load(id))?.error ?? placeError)
          : null,
    }),
  }),
});

/** A member of the unions below that holds nothing but why the booking was refused. */
const refusal = <Is extends string>(is: Is, description: string) =>
  builder.objectRef<Refused<Is>>(is).implement({
    description,
    fields: (t) => ({
      message: t.exposeString('message', { description: 'For people; the text may change.' }),
    }),
  });

export const SlotTakenRef = refusal('SlotTaken', 'Somebody else took this slot first.');
export const SlotNotOfferedRef = refusal('SlotNotOffered', "The event type doesn't offer this start.");
export const AttendeeLimitRef = refusal(
  'AttendeeLimit',
  "The attendee's e-mail address has as many upcoming bookings of the event type as it may have.",
);
const ChangeTooLateRef = refusal(
  'ChangeTooLate',
  "The event type's changeNotice has begun: the visitor can't change the booking any more.",
);
const BookingNotFoundRef = refusal(
  'BookingNotFound',
  'No booking has this token, or it was cancelled, declined or deleted.',
);

export const SourceStaleRef = builder.objectRef<SourceStale>('SourceStale').implement({
  description:
    "A calendar of the hosts could not be checked, and the event type's policy doesn't allow booking without.",
  fields: (t) => ({
    message: t.exposeString('message', { description: 'For people; the text may change.' }),
    issues: t.expose('issues', { type: [IssueRef], description: 'What is wrong with which calendar.' }),
  }),
});

export const RescheduleBookingResult = builder.unionType('RescheduleBookingResult', {
  description: 'The booking at its new start, or why it was not moved.',
  types: [
    BookingRef,
    SlotTakenRef,
    SlotNotOfferedRef,
    SourceStaleRef,
    BookingNotFoundRef,
    AttendeeLimitRef,
    ChangeTooLateRef,
  ],
  resolveType: (value) => ('is' in value ? value.is : 'Booking'),
});

export const CancelBookingResult = builder.unionType('CancelBookingResult', {
  description: 'The cancelled booking, or why there is none to cancel.',
  types: [BookingRef, BookingNotFoundRef, ChangeTooLateRef],
  resolveType: (value) => ('is' in value ? value.is : 'Booking'),
});

/** What the union shows of an outcome. What the request had loaded of the booking before is another state. */
export function unionMember<T extends { is: string }>(
  outcome: T | Booked,
  { loaders }: Context,
): Exclude<T, Booked> | BookingWithToken {
  if (!('booking' in outcome)) return outcome as Exclude<T, Booked>;
  loaders.booking.clear(outcome.booking.id);
  loaders.writeStatus.clear(outcome.booking.id);
  return outcome.booking;
}

/** @throws SlotwireError BAD_USER_INPUT */
export function checkReason(reason: string | null | undefined): void {
  if (reason != null && reason.length > REASON_MAX)
    throw badInput('reason', `takes at most ${REASON_MAX} characters`);
}

builder.queryFields((t) => ({
  booking: t.field({
    type: BookingRef,
    nullable: true,
    description: "A booking by its token; null when no booking has it. Public, by the booking's token.",
    args: { token: t.arg.string({ description: "The booking's token.", required: true }) },
    resolve: (_root, { token }, { services }) => services.booking.bookings.byToken(token),
  }),
}));

builder.mutationFields((t) => ({
  cancelBooking: t.field({
    type: CancelBookingResult,
    description: "Cancels a booking and frees its time. Public, by the booking's token.",
    args: {
      token: t.arg.string({ description: "The booking's token.", required: true }),
      reason: t.arg.string({ description: 'Why, for the hosts; at most 5,000 characters. Null: no reason.' }),
    },
    resolve: async (_root, { token, reason }, context) => {
      checkReason(reason);
      return unionMember(await context.services.booking.bookings.cancel(token, reason ?? null), context);
    },
  }),
  rescheduleBooking: t.field({
    type: RescheduleBookingResult,
    description:
      "Moves a booking to another start that is offered; its id and token stay. Public, by the booking's token.",
    args: {
      token: t.arg.string({ description: "The booking's token.", required: true }),
      start: t.arg({ type: 'DateTime', description: 'The new start.', required: true }),
    },
    resolve: async (_root, { token, start }, context) => {
      const { services, viewer } = context;
      const caller = callerOf(viewer, services.limitStrict);
      return unionMember(await services.booking.bookings.reschedule(token, start, caller), context);
    },
  }),
}));
