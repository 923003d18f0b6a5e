/** Bookings by their id, for those who run them: found, accepted, declined, cancelled, moved, and given to another host. */
import type { BookingWithToken } from '../booking/outcome.ts';
import { bookingsByIds } from '../store/bookings/bookings.ts';
import {
  BookingRef,
  CancelBookingResult,
  checkReason,
  RescheduleBookingResult,
  unionMember,
} from './booking.ts';
import { builder } from './builder.ts';
import { type Context, requireOrganisation } from './context.ts';
import { callerOf } from './limits.ts';

/** What the request had loaded of the booking before is another state. */
const fresh = (booking: BookingWithToken, context: Context) =>
  unionMember({ is: 'Booking', booking }, context);

const FOR_WHOM = "In the caller's own organisation. Needs ADMIN or a key with scope BOOK.";

builder.queryFields((t) => ({
  bookingById: t.field({
    type: BookingRef,
    nullable: true,
    description: 'A booking by its id; null when the organisation has none of it. Admin.',
    authScopes: { scope: 'ADMIN' },
    args: { id: t.arg.id({ description: 'Id of the booking.', required: true }) },
    async resolve(_root, { id }, context) {
      const { store } = context.services;
      const [booking] = await bookingsByIds(store, requireOrganisation(context), [String(id)]);
      return booking ? { ...booking, token: null } : null;
    },
  }),
}));

builder.mutationFields((t) => ({
  acceptBooking: t.field({
    type: BookingRef,
    description: `Makes a PENDING booking a CONFIRMED one. An accepted one stays as it is; one that is over, or whose start has passed, is a CONFLICT. ${FOR_WHOM}`,
    authScopes: { scope: 'BOOK' },
    args: { id: t.arg.id({ description: 'Id of the booking.', required: true }) },
    async resolve(_root, { id }, context) {
      const { bookings } = context.services.booking;
      return fresh(await bookings.accept(requireOrganisation(context), String(id)), context);
    },
  }),
  declineBooking: t.field({
    type: BookingRef,
    description: `Declines a PENDING booking and frees its time. A declined one stays as it is; one that was accepted or cancelled is a CONFLICT. ${FOR_WHOM}`,
    authScopes: { scope: 'BOOK' },
    args: {
      id: t.arg.id({ description: 'Id of the booking.', required: true }),
      reason: t.arg.string({
        description: 'Why, for the visitor; at most 5,000 characters. Null: no reason.',
      }),
    },
    async resolve(_root, { id, reason }, context) {
      checkReason(reason);
      const { bookings } = context.services.booking;
      return fresh(await bookings.decline(requireOrganisation(context), String(id), reason ?? null), context);
    },
  }),
  cancelBookingById: t.field({
    type: CancelBookingResult,
    description: `Cancels a booking and frees its time. ${FOR_WHOM}`,
    authScopes: { scope: 'BOOK' },
    args: {
      id: t.arg.id({ description: 'Id of the booking.', required: true }),
      reason: t.arg.string({
        description: 'Why, for the visitor and the hosts; at most 5,000 characters. Null: no reason.',
      }),
    },
    async resolve(_root, { id, reason }, context) {
      checkReason(reason);
      const { bookings } = context.services.booking;
      const outcome = await bookings.cancelById(requireOrganisation(context), String(id), reason ?? null);
      return unionMember(outcome, context);
    },
  }),
  moveBooking: t.field({
    type: RescheduleBookingResult,
    description: `Moves a booking to another start that is offered; its id and its visitor's link stay. ${FOR_WHOM}`,
    authScopes: { scope: 'BOOK' },
    args: {
      id: t.arg.id({ description: 'Id of the booking.', required: true }),
      start: t.arg({ type: 'DateTime', description: 'The new start.', required: true }),
    },
    async resolve(_root, { id, start }, context) {
      const { services, viewer } = context;
      const caller = callerOf(viewer, services.limitStrict);
      const organisation = requireOrganisation(context);
      const outcome = await services.booking.bookings.moveById(organisation, String(id), start, caller);
      return unionMember(outcome, context);
    },
  }),
  reassignBooking: t.field({
    type: RescheduleBookingResult,
    description: `Gives a booking from one of its hosts to another host of the event type who is free then, whatever their working hours. ${FOR_WHOM}`,
    authScopes: { scope: 'BOOK' },
    args: {
      id: t.arg.id({ description: 'Id of the booking.', required: true }),
      from: t.arg.id({ description: 'Id of the host who gives it away.', required: true }),
      to: t.arg.id({ description: 'Id of the host who takes it.', required: true }),
    },
    async resolve(_root, { id, from, to }, context) {
      const { services, viewer } = context;
      const caller = callerOf(viewer, services.limitStrict);
      const hosts = { from: String(from), to: String(to) };
      const organisation = requireOrganisation(context);
      return unionMember(
        await services.booking.bookings.reassign(organisation, String(id), hosts, caller),
        context,
      );
    },
  }),
}));
