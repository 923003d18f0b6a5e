/** Availability: the slots of an event type over a window, asked once or followed live. */
import type { Bookings } from '../booking/bookings.ts';
import { SlotwireError } from '../errors.ts';
import type { AvailabilityDelta, AvailabilityUpdate } from '../live/delta.ts';
import type { Availability, AvailabilityRequest, PublicHost, SlotList } from '../offers/query.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { ConsistencyEnum, FreshnessRef, IssueRef } from './freshness.ts';
import { PublicHostRef } from './host.ts';
import { checkWindow } from './window.ts';

export interface Slot {
  start: number;
  end: number;
  hosts: readonly PublicHost[];
  seatsLeft: number;
}

export const slotsOf = ({ starts, length, seats, teamOf, teams }: SlotList): Slot[] =>
  Array.from(starts, (start, i) => ({
    start,
    end: start + length,
    hosts: teams[teamOf[i] ?? 0] ?? [],
    seatsLeft: seats[i] ?? 0,
  }));

export const SlotRef = builder.objectRef<Slot>('Slot').implement({
  fields: (t) => ({
    start: t.expose('start', { type: 'DateTime' }),
    end: t.expose('end', { type: 'DateTime' }),
    hosts: t.field({
      type: [PublicHostRef],
      description: 'Who could take it.',
      resolve: ({ hosts }) => [...hosts],
    }),
    seatsLeft: t.exposeInt('seatsLeft', { description: 'How many more bookings this start takes now.' }),
  }),
});

const AvailabilityRef = builder.objectRef<Availability>('Availability').implement({
  fields: (t) => ({
    slots: t.field({ type: [SlotRef], resolve: ({ slots }) => slotsOf(slots) }),
    computedAt: t.expose('computedAt', { type: 'DateTime' }),
    etag: t.exposeString('etag', {
      description:
        "Hash of the input's event type and window and of the slots with their hosts and seatsLeft: equal on every gateway.",
    }),
    complete: t.exposeBoolean('complete', {
      description: 'True when every calendar that counts is known over the whole window, within its bound.',
    }),
    freshness: t.field({
      type: FreshnessRef,
      resolve: ({ freshness, computedAt }) => ({ ...freshness, computedAt }),
    }),
    issues: t.expose('issues', { type: [IssueRef] }),
  }),
});

const AvailabilityInput = builder.inputType('AvailabilityInput', {
  fields: (t) => ({
    eventType: t.id({ required: true }),
    from: t.field({ type: 'DateTime', required: true }),
    to: t.field({ type: 'DateTime', required: true, description: 'At most 62 days after from.' }),
    consistency: t.field({ type: ConsistencyEnum, defaultValue: 'CACHED' }),
    maxAge: t.field({
      type: 'Duration',
      description: 'Refresh, before answering, every source proven longer ago than this.',
    }),
    rescheduling: t.string({
      description: "Token of the booking to be moved: its own time doesn't block.",
    }),
  }),
});

/** @throws SlotwireError BAD_USER_INPUT; NOT_FOUND for a token of no booking; RATE_LIMITED when the public asked too often for fresher answers. */
async function parseRequest(
  input: typeof AvailabilityInput.$inferInput,
  { viewer, services }: Context,
): Promise<AvailabilityRequest> {
  checkWindow(input, 'input.');
  const { eventType, from, to } = input;
  const [consistency, maxAge] = [input.consistency ?? 'CACHED', input.maxAge ?? null];
  const without =
    input.rescheduling == null
      ? null
      : await bookingByToken(input.rescheduling, eventType, services.booking.bookings);
  if (consistency === 'STRICT' || maxAge !== null) await services.limitStrict(viewer, eventType);
  return { eventType, from, to, consistency, maxAge, without };
}

/** The id of the booking that the token lets its holder move. */
async function bookingByToken(token: string, eventType: string, bookings: Bookings): Promise<string> {
  const booking = await bookings.byToken(token);
  if (booking?.eventTypeId !== eventType) {
    throw new SlotwireError('NOT_FOUND', 'This event type has no booking with this token.');
  }
  return booking.id;
}

builder.queryField('availability', (t) =>
  t.field({
    type: AvailabilityRef,
    description: 'Bookable slots, from cache. The main query of a booking page.',
    args: { input: t.arg({ type: AvailabilityInput, required: true }) },
    resolve: async (_root, { input }, context) =>
      context.services.offers.availability(await parseRequest(input, context)),
  }),
);

const SnapshotRef = builder.objectRef<{ availability: Availability }>('AvailabilitySnapshot').implement({
  fields: (t) => ({
    etag: t.string({ resolve: ({ availability }) => availability.etag }),
    availability: t.expose('availability', { type: AvailabilityRef }),
  }),
});

const DeltaRef = builder.objectRef<AvailabilityDelta>('AvailabilityDelta').implement({
  description:
    'Apply removed, then added; a slot that changed is in both. Same etag twice: only freshness, complete or issues changed.',
  fields: (t) => ({
    fromEtag: t.exposeString('fromEtag'),
    etag: t.string({ resolve: ({ to }) => to.etag }),
    added: t.field({ type: [SlotRef], resolve: ({ added }) => slotsOf(added) }),
    removed: t.field({ type: [SlotRef], resolve: ({ removed }) => slotsOf(removed) }),
    complete: t.boolean({ resolve: ({ to }) => to.complete }),
    issues: t.field({ type: [IssueRef], resolve: ({ to }) => to.issues }),
    freshness: t.field({
      type: FreshnessRef,
      resolve: ({ to }) => ({ ...to.freshness, computedAt: to.computedAt }),
    }),
    computedAt: t.field({ type: 'DateTime', resolve: ({ to }) => to.computedAt }),
  }),
});

const AvailabilityEventRef = builder.unionType('AvailabilityEvent', {
  types: [SnapshotRef, DeltaRef],
  resolveType: (value) => ('fromEtag' in value ? 'AvailabilityDelta' : 'AvailabilitySnapshot'),
});

const unionMember = (event: AvailabilityUpdate) => (event.type === 'delta' ? event.delta : event);

builder.subscriptionField('availability', (t) =>
  t.field({
    type: AvailabilityEventRef,
    description:
      'A snapshot first, unless resumeAfter is still known; then deltas, each beginning where the last one ended.',
    args: { input: t.arg({ type: AvailabilityInput, required: true }), resumeAfter: t.arg.string() },
    subscribe: async (_root, { input, resumeAfter }, context) =>
      context.services.live.availability(
        await parseRequest(input, context),
        // A browser that comes back by itself repeats its request as it was: the header is newer.
        context.lastEventId ?? resumeAfter ?? null,
      ),
    resolve: (event) => unionMember(event),
  }),
);
