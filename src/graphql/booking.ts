/** Booking: a slot that somebody took, and what its holder may still do with it. */
import type { Booked, BookingWithToken, Refused, SourceStale } from '../booking/outcome.ts';
import { badInput, notFound } from '../errors.ts';
import { type Booking, listBookings, type WriteStatus } from '../store/bookings/bookings.ts';
import { builder } from './builder.ts';
import { type Context, requireOrganisation } from './context.ts';
import { EventTypeRef } from './event-type.ts';
import { IssueRef } from './freshness.ts';
import { PublicHostRef } from './host.ts';
import { paginate } from './pagination.ts';

const REASON_MAX = 5_000;

const BookingStatusEnum = builder.enumType('BookingStatus', { values: ['CONFIRMED', 'CANCELLED'] as const });

const WriteStatusEnum = builder.enumType('WriteStatus', {
  values: ['PENDING', 'WRITTEN', 'FAILED', 'NATIVE'] as const satisfies readonly WriteStatus[],
});

const AttendeeRef = builder.objectRef<Booking>('Attendee').implement({
  fields: (t) => ({
    name: t.exposeString('attendeeName'),
    email: t.expose('attendeeEmail', { type: 'EmailAddress' }),
    timeZone: t.expose('attendeeTimeZone', { type: 'TimeZone' }),
    notes: t.exposeString('notes', { nullable: true }),
  }),
});

export const BookingRef = builder.objectRef<BookingWithToken>('Booking');
builder.node(BookingRef, {
  id: { resolve: (booking) => booking.id },
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
        'Secret that lets its holder cancel or reschedule; null for everyone else, the operator included.',
    }),
    status: t.expose('status', { type: BookingStatusEnum }),
    start: t.field({ type: 'DateTime', resolve: ({ startsAt }) => startsAt.getTime() }),
    end: t.field({ type: 'DateTime', resolve: ({ endsAt }) => endsAt.getTime() }),
    hosts: t.field({
      type: [PublicHostRef],
      resolve: async ({ hosts }, _args, { loaders }) =>
        (await Promise.all(hosts.map((id) => loaders.publicHost.load(id)))).flatMap((host) => host ?? []),
    }),
    eventType: t.field({
      type: EventTypeRef,
      resolve: async ({ eventTypeId }, _args, { loaders }) => {
        const type = await loaders.eventTypeOfBooking.load(eventTypeId);
        if (!type) throw notFound('event type', eventTypeId);
        return type;
      },
    }),
    attendee: t.field({ type: AttendeeRef, resolve: (booking) => booking }),
    createdAt: t.field({ type: 'DateTime', resolve: ({ createdAt }) => createdAt.getTime() }),
    writeStatus: t.field({
      type: WriteStatusEnum,
      description: "Has the host's calendar got it?",
      resolve: async ({ id }, _args, { loaders }) => (await loaders.writeStatus.load(id))?.status ?? 'NATIVE',
    }),
  }),
});

const refusal = <Is extends string>(is: Is) =>
  builder.objectRef<Refused<Is>>(is).implement({ fields: (t) => ({ message: t.exposeString('message') }) });

export const SlotTakenRef = refusal('SlotTaken');
export const SlotNotOfferedRef = refusal('SlotNotOffered');
const BookingNotFoundRef = refusal('BookingNotFound');

export const SourceStaleRef = builder.objectRef<SourceStale>('SourceStale').implement({
  fields: (t) => ({
    message: t.exposeString('message'),
    issues: t.expose('issues', { type: [IssueRef] }),
  }),
});

const RescheduleBookingResult = builder.unionType('RescheduleBookingResult', {
  types: [BookingRef, SlotTakenRef, SlotNotOfferedRef, SourceStaleRef, BookingNotFoundRef],
  resolveType: (value) => ('is' in value ? value.is : 'Booking'),
});

const CancelBookingResult = builder.unionType('CancelBookingResult', {
  types: [BookingRef, BookingNotFoundRef],
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

builder.queryFields((t) => ({
  booking: t.field({
    type: BookingRef,
    nullable: true,
    description: 'A booking, by the token its holder has.',
    args: { token: t.arg.string({ required: true }) },
    resolve: (_root, { token }, { services }) => services.booking.bookings.byToken(token),
  }),
  bookings: t.connection(
    {
      type: BookingRef,
      authScopes: { scope: 'ADMIN' },
      resolve: (_root, args, context) =>
        paginate('Booking', args, async (page) => {
          const rows = await listBookings(context.services.store, requireOrganisation(context), page);
          return rows.map((booking): BookingWithToken => ({ ...booking, token: null }));
        }),
    },
    { name: 'BookingConnection' },
    { name: 'BookingEdge' },
  ),
}));

builder.mutationFields((t) => ({
  cancelBooking: t.field({
    type: CancelBookingResult,
    args: { token: t.arg.string({ required: true }), reason: t.arg.string() },
    resolve: async (_root, { token, reason }, context) => {
      if (reason != null && reason.length > REASON_MAX)
        throw badInput('reason', `takes at most ${REASON_MAX} characters`);
      return unionMember(await context.services.booking.bookings.cancel(token, reason ?? null), context);
    },
  }),
  rescheduleBooking: t.field({
    type: RescheduleBookingResult,
    args: {
      token: t.arg.string({ required: true }),
      start: t.arg({ type: 'DateTime', required: true }),
    },
    resolve: async (_root, { token, start }, context) => {
      const { services, viewer } = context;
      const admit = (eventType: string) => services.limitStrict(viewer, eventType, 'book');
      return unionMember(await services.booking.bookings.reschedule(token, start, admit), context);
    },
  }),
}));
