/** Availability: the slots of an event type over a window, asked once or followed live. */
import type { Bookings } from '../booking/bookings.ts';
import { SlotwireError } from '../errors.ts';
import type { AvailabilityDelta, AvailabilityUpdate } from '../live/delta.ts';
import type { Availability, AvailabilityRequest, PublicHost, SlotList } from '../offers/query.ts';
import { isFieldAsked } from './asked-field.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { LazyList } from './cost/lazy-list.ts';
import { type AnswerFreshness, ConsistencyEnum, FreshnessRef, IssueRef } from './freshness.ts';
import { PublicHostRef } from './host.ts';
import { checkWindow } from './limits.ts';

export interface Slot {
  start: number;
  end: number;
  hosts: readonly PublicHost[];
  seatsLeft: number;
}

export const slotsOf = ({ starts, length, seats, teamOf, teams }: SlotList): LazyList<Slot> =>
  new LazyList(starts.length, (i) => {
    const start = starts[i] ?? 0;
    return { start, end: start + length, hosts: teams[teamOf[i] ?? 0] ?? [], seatsLeft: seats[i] ?? 0 };
  });

export const SlotRef = builder.objectRef<Slot>('Slot').implement({
  description: 'A start that can be booked.',
  fields: (t) => ({
    start: t.expose('start', { type: 'DateTime', description: 'Start, included.' }),
    end: t.expose('end', { type: 'DateTime', description: 'End, excluded.' }),
    hosts: t.field({
      type: [PublicHostRef],
      description: 'Hosts who could take it, or who were assigned once it is held.',
      resolve: ({ hosts }) => [...hosts],
    }),
    seatsLeft: t.exposeInt('seatsLeft', { description: 'How many more bookings this start takes now.' }),
  }),
});

/** @throws Error where it was not asked for, which is a fault of ours: nothing that time changes says so then */
export function nextAvailableOf({ nextAvailable }: Availability): number | null {
  if (nextAvailable === undefined) throw new Error('nextAvailable is selected, and was not asked for.');
  return nextAvailable;
}

export const freshnessOf = ({ freshness, computedAt }: Availability): AnswerFreshness => ({
  ...freshness,
  computedAt,
});

/** The field that only those are given a value of who select it. */
export const NEXT_AVAILABLE = 'nextAvailable';

const AvailabilityRef = builder.objectRef<Availability>('Availability').implement({
  description: 'The bookable slots of an event type over a window, and how far they can be trusted.',
  fields: (t) => ({
    slots: t.field({
      type: [SlotRef],
      description: 'Bookable slots in the order of their start.',
      resolve: ({ slots }) => slotsOf(slots),
    }),
    computedAt: t.expose('computedAt', { type: 'DateTime', description: 'When this answer was computed.' }),
    etag: t.exposeString('etag', {
      description:
        "Hash of the event type, the window, and the slots with their hosts and seatsLeft: equal on every gateway. Freshness and issues don't enter into it.",
    }),
    complete: t.exposeBoolean('complete', {
      description:
        'True when every calendar that counts is known over the whole window and was read within its age bound.',
    }),
    freshness: t.field({
      type: FreshnessRef,
      description: 'How old the answer can be, in total and for each calendar.',
      resolve: freshnessOf,
    }),
    issues: t.expose('issues', {
      type: [IssueRef],
      description: 'What is wrong with the calendars that count, one by one; empty when nothing is.',
    }),
    nextAvailable: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'The first start at or after `to` that is offered now, within coverage and horizon, and within 366 days where there is no horizon; null: none. It costs a field for each hundred starts that could have to be looked at. Etags say nothing of it.',
      resolve: nextAvailableOf,
    }),
  }),
});

const AvailabilityInput = builder.inputType('AvailabilityInput', {
  description: 'Which slots are asked for, and how fresh they have to be.',
  fields: (t) => ({
    eventType: t.id({ description: 'Id of the event type (`et_…`).', required: true }),
    from: t.field({ type: 'DateTime', description: 'Start of the window, included.', required: true }),
    to: t.field({
      type: 'DateTime',
      required: true,
      description: 'End of the window, excluded; at most 62 days after from.',
    }),
    consistency: t.field({
      type: ConsistencyEnum,
      description: 'Whether to ask the providers first. Without a key STRICT is rate-limited per event type.',
      defaultValue: 'CACHED',
    }),
    maxAge: t.field({
      type: 'Duration',
      description:
        'Before answering, reads every calendar whose last complete read is older than this. Null: no calendar is read.',
    }),
    length: t.field({
      type: 'Duration',
      description:
        "How long the booking is to take, one of the event type's lengths; null: its first. With `rescheduling` the booking keeps its own.",
    }),
    rescheduling: t.string({
      description:
        "Token of a booking of this event type that is to be moved: its own time doesn't block then. Null: every booking blocks.",
    }),
  }),
});

/** The input as a resolver is given it: instants and durations in milliseconds. */
export type AvailabilityQuestion = typeof AvailabilityInput.$inferInput;

/** @param nextAvailable whether it is asked for. @throws SlotwireError BAD_USER_INPUT; NOT_FOUND for a token of no booking; RATE_LIMITED when the public asked too often for fresher answers. */
async function parseRequest(
  input: AvailabilityQuestion,
  nextAvailable: boolean,
  { viewer, services }: Context,
): Promise<AvailabilityRequest> {
  checkWindow(input, 'input.');
  const { eventType, from, to } = input;
  const [consistency, maxAge] = [input.consistency ?? 'CACHED', input.maxAge ?? null];
  const moved =
    input.rescheduling == null
      ? null
      : await bookingByToken(input.rescheduling, eventType, services.booking.bookings);
  const booked = moved && {
    length: moved.endsAt.getTime() - moved.startsAt.getTime() || null,
    isBooked: true,
  };
  if (consistency === 'STRICT' || maxAge !== null) await services.limitStrict(viewer, eventType);
  return {
    ...{ eventType, from, to, consistency, maxAge, nextAvailable },
    ...{ without: moved?.id ?? null, length: input.length ?? null },
    ...booked,
  };
}

/** The booking that the token lets its holder move. */
async function bookingByToken(token: string, eventType: string, bookings: Bookings) {
  const booking = await bookings.byToken(token);
  if (booking?.eventTypeId !== eventType) {
    throw new SlotwireError('NOT_FOUND', 'This event type has no booking with this token.');
  }
  return booking;
}

/** What the query `availability` resolves to. @throws SlotwireError as `parseRequest` does; NOT_FOUND for an unknown event type */
export async function resolveAvailability(
  input: AvailabilityQuestion,
  nextAvailable: boolean,
  context: Context,
): Promise<Availability> {
  const request = await parseRequest(input, nextAvailable, context);
  context.basis?.ask(request);
  const availability = await context.services.offers.availability(request);
  context.basis?.add(request, availability);
  return availability;
}

builder.queryField('availability', (t) =>
  t.field({
    type: AvailabilityRef,
    description: 'Bookable slots, from the cache: the main query of a booking page. Public.',
    args: { input: t.arg({ type: AvailabilityInput, description: 'Which slots.', required: true }) },
    async resolve(_root, { input }, context, info) {
      const [node] = info.fieldNodes;
      const found = node && context.found?.get(node);
      if (found?.status === 'rejected') throw found.reason;
      return found ? found.value : resolveAvailability(input, isFieldAsked(NEXT_AVAILABLE, info), context);
    },
  }),
);

const SnapshotRef = builder.objectRef<{ availability: Availability }>('AvailabilitySnapshot').implement({
  description: 'All slots: the first event of a subscription, unless it resumed.',
  fields: (t) => ({
    etag: t.string({
      description: 'Etag of that answer, which the next delta starts from.',
      resolve: ({ availability }) => availability.etag,
    }),
    availability: t.expose('availability', {
      type: AvailabilityRef,
      description: 'The whole answer, as the query gives it.',
    }),
  }),
});

const DeltaRef = builder.objectRef<AvailabilityDelta>('AvailabilityDelta').implement({
  description:
    'What changed since the event before. Apply removed, then added; a slot that changed is in both. When both etags are equal, only freshness, complete, issues or nextAvailable changed.',
  fields: (t) => ({
    fromEtag: t.exposeString('fromEtag', {
      description: 'Etag of the slots that the delta applies to: apply it to no others.',
    }),
    etag: t.string({
      description: 'Etag of the slots once the delta is applied; what resumeAfter takes after a break.',
      resolve: ({ to }) => to.etag,
    }),
    added: t.field({ type: [SlotRef], description: 'Slots to add.', resolve: ({ added }) => slotsOf(added) }),
    removed: t.field({
      type: [SlotRef],
      description: 'Slots to remove, as they were.',
      resolve: ({ removed }) => slotsOf(removed),
    }),
    complete: t.boolean({
      description: 'As in Availability, after this change.',
      resolve: ({ to }) => to.complete,
    }),
    issues: t.field({
      type: [IssueRef],
      description: 'As in Availability, after this change.',
      resolve: ({ to }) => to.issues,
    }),
    freshness: t.field({
      type: FreshnessRef,
      description: 'As in Availability, after this change.',
      resolve: ({ to }) => freshnessOf(to),
    }),
    nextAvailable: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'As in Availability, after this change.',
      resolve: ({ to }) => nextAvailableOf(to),
    }),
    computedAt: t.field({
      type: 'DateTime',
      description: 'When the answer that this delta leads to was computed.',
      resolve: ({ to }) => to.computedAt,
    }),
  }),
});

const AvailabilityEventRef = builder.unionType('AvailabilityEvent', {
  description: 'An event of the subscription `availability`: all slots, or what changed.',
  types: [SnapshotRef, DeltaRef],
  resolveType: (value) => ('fromEtag' in value ? 'AvailabilityDelta' : 'AvailabilitySnapshot'),
});

const unionMember = (event: AvailabilityUpdate) => (event.type === 'delta' ? event.delta : event);

builder.subscriptionField('availability', (t) =>
  t.field({
    type: AvailabilityEventRef,
    description:
      'Slots as they change: a snapshot first, unless resumeAfter is still known; then deltas, each starting where the last one ended. Public.',
    args: {
      input: t.arg({
        type: AvailabilityInput,
        description: 'Which slots. STRICT and maxAge hold for the first event.',
        required: true,
      }),
      resumeAfter: t.arg.string({
        description:
          'Etag of the slots that the client holds since before a break; null: none. For Server-Sent Events the header Last-Event-ID goes before it.',
      }),
    },
    subscribe: async (_root, { input, resumeAfter }, context, info) =>
      context.services.live.availability(
        await parseRequest(input, isFieldAsked(NEXT_AVAILABLE, info), context),
        // A browser that comes back by itself repeats its request as it was: the header is newer.
        context.lastEventId ?? resumeAfter ?? null,
      ),
    resolve: (event) => unionMember(event),
  }),
);
