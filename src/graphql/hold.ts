/** Hold: a slot reserved for minutes, on its way to a booking. */
import type { HoldExpired, SlotHold } from '../booking/outcome.ts';
import { badInput } from '../errors.ts';
import { checkText } from '../offers/rule-checks.ts';
import { SlotRef } from './availability.ts';
import { BookingRef, SlotNotOfferedRef, SlotTakenRef, SourceStaleRef, unionMember } from './booking.ts';
import { builder } from './builder.ts';

const NOTES_MAX = 5_000;

const SlotHoldRef = builder.objectRef<SlotHold>('SlotHold').implement({
  fields: (t) => ({
    token: t.exposeString('token'),
    slot: t.expose('slot', { type: SlotRef }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
  }),
});

const HoldExpiredRef = builder
  .objectRef<HoldExpired>('HoldExpired')
  .implement({ fields: (t) => ({ message: t.exposeString('message') }) });

const HoldSlotResult = builder.unionType('HoldSlotResult', {
  types: [SlotHoldRef, SlotTakenRef, SlotNotOfferedRef],
  resolveType: ({ is }) => is,
});

const ConfirmBookingResult = builder.unionType('ConfirmBookingResult', {
  types: [BookingRef, SlotTakenRef, HoldExpiredRef, SourceStaleRef],
  resolveType: (value) => ('is' in value ? value.is : 'Booking'),
});

const HoldSlotInput = builder.inputType('HoldSlotInput', {
  fields: (t) => ({
    eventType: t.id({ required: true }),
    start: t.field({ type: 'DateTime', required: true }),
  }),
});

const ConfirmBookingInput = builder.inputType('ConfirmBookingInput', {
  fields: (t) => ({
    hold: t.string({ required: true }),
    name: t.string({ required: true }),
    email: t.field({ type: 'EmailAddress', required: true }),
    timeZone: t.field({ type: 'TimeZone', required: true }),
    notes: t.string(),
  }),
});

function attendeeFields({ name, email, timeZone, notes = null }: typeof ConfirmBookingInput.$inferInput) {
  checkText(name, 'input.name');
  if (notes !== null && notes.length > NOTES_MAX)
    throw badInput('input.notes', `takes at most ${NOTES_MAX} characters`);
  return { name: name.trim(), email, timeZone, notes };
}

builder.mutationFields((t) => ({
  holdSlot: t.field({
    type: HoldSlotResult,
    description: 'Reserve a slot for a few minutes; at most one live hold or booking per seat, ever.',
    args: { input: t.arg({ type: HoldSlotInput, required: true }) },
    resolve: (_root, { input: { eventType, start } }, { services }) =>
      services.booking.bookings.hold(eventType, start),
  }),
  releaseHold: t.field({
    type: 'Boolean',
    args: { token: t.arg.string({ required: true }) },
    resolve: (_root, { token }, { services }) => services.booking.bookings.release(token),
  }),
  confirmBooking: t.field({
    type: ConfirmBookingResult,
    description:
      "Check with the providers, then book and write the event to the host's calendar. Idempotent per hold.",
    args: { input: t.arg({ type: ConfirmBookingInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { services, viewer } = context;
      const attendee = attendeeFields(input);
      const admit = (eventType: string) => services.limitStrict(viewer, eventType, 'book');
      return unionMember(await services.booking.bookings.confirm(input.hold, attendee, admit), context);
    },
  }),
}));
