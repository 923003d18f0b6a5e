/** How long a list can be, by what the arguments above it say. What no argument says is guessed here, and counted when it is there. */
import { NEXT_REACH } from '../../offers/next-available.ts';
import { DAY, MINUTE } from '../../time/clock.ts';
import { WINDOW_MAX } from '../limits.ts';
import { PAGE_MAX, PAGE_SIZE } from '../pagination.ts';

/** What is known of an event type before anything runs. */
export interface EventTypeSize {
  /** Between two starts. Milliseconds. */
  interval: number;
  hosts: number;
  /** From now to the last start. Milliseconds; null: no end. */
  horizon: number | null;
}

/** Undefined while it isn't known yet; null: there is no such event type. */
export type EventTypeSizeOf = (id: string) => EventTypeSize | null | undefined;

/** What the fields above a list tell of its length. */
export interface ListScope {
  slots?: number;
  hosts?: number;
  days?: number;
  items?: number;
  /** What finding the first start after a window can cost. */
  seeks?: number;
}

type Arguments = Readonly<Record<string, unknown>>;

/** A list of which nothing is known. */
const GUESS = 10;
/** Calendars of a host. */
const CALENDARS = 4;
/** Busy periods of a host in a day. */
const PERIODS = 12;
/** So many starts of a host are passed in the time that a field takes. */
const STARTS_PER_FIELD = 100;

/** By type and field: what its arguments tell of the lists below. */
const TELLING: Record<string, (args: Arguments, sizeOf: EventTypeSizeOf) => ListScope> = {
  'Query.availability': ({ input }, sizeOf) => offerScope(input, sizeOf),
  'Subscription.availability': ({ input }, sizeOf) => offerScope(input, sizeOf),
  'Query.whatIf': ({ input }, sizeOf) => whatIfScope(input, sizeOf),
  'Query.busy': (args) => ({ hosts: lengthOf(args.hosts), days: daysOf(args), items: lengthOf(args.hosts) }),
  'Query.nodes': ({ ids }) => ({ items: lengthOf(ids) }),
  'Host.blocks': (args) => ({ items: Math.ceil(daysOf(args) * PERIODS) }),
};

/** By type and field: the length of the list. */
const LENGTHS: Record<string, (scope: ListScope) => number | undefined> = {
  'Availability.slots': ({ slots }) => slots,
  // Together they are hardly ever more than all slots; those that are get counted when they come.
  'AvailabilityDelta.added': ({ slots }) => slots && Math.ceil(slots / 2),
  'AvailabilityDelta.removed': ({ slots }) => slots && Math.ceil(slots / 2),
  'SlotDifference.added': ({ slots }) => slots,
  'SlotDifference.removed': ({ slots }) => slots,
  'Slot.hosts': ({ hosts }) => hosts,
  'Freshness.sources': ({ hosts }) => hosts && hosts * CALENDARS,
  'Availability.issues': ({ hosts }) => hosts && hosts * CALENDARS,
  'AvailabilityDelta.issues': ({ hosts }) => hosts && hosts * CALENDARS,
  'HostBusy.periods': ({ days }) => days && Math.ceil(days * PERIODS),
  'HostBusy.issues': () => CALENDARS,
  'Query.busy': ({ items }) => items,
  'Query.nodes': ({ items }) => items,
  'Host.blocks': ({ items }) => items,
};

/** @param connection whether the field returns a Relay connection, whose `first` and `last` are the length of its edges */
export function scopeBelow(
  coordinate: string,
  connection: boolean,
  args: Arguments,
  scope: ListScope,
  sizeOf: EventTypeSizeOf,
): ListScope {
  if (connection) return { ...scope, items: pageSize(args) };
  const given = TELLING[coordinate]?.(args, sizeOf);
  return given ? { ...scope, ...given } : scope;
}

/** By type and field: what a field without a selection costs beside itself. */
const WORK: Record<string, (scope: ListScope) => number | undefined> = {
  'Availability.nextAvailable': ({ seeks }) => seeks,
  'AvailabilityDelta.nextAvailable': ({ seeks }) => seeks,
};

/** What a field that is no list costs beside itself. */
export const workOf = (coordinate: string, scope: ListScope): number => WORK[coordinate]?.(scope) ?? 0;

/** @param edges whether the list is that of a connection */
export const listLength = (coordinate: string, edges: boolean, scope: ListScope): number =>
  (edges ? scope.items : LENGTHS[coordinate]?.(scope)) ?? GUESS;

function pageSize({ first, last }: Arguments): number {
  const asked = typeof first === 'number' ? first : typeof last === 'number' ? last : PAGE_SIZE;
  return Math.min(Math.max(asked, 0), PAGE_MAX);
}

/** What an `AvailabilityInput` tells of the lists of its answer, which is all that the cost of asking it depends on. */
export function offerScope(input: unknown, sizeOf: EventTypeSizeOf): ListScope {
  const eventType = property(input, 'eventType');
  const size = typeof eventType === 'string' ? sizeOf(eventType) : null;
  // Without the event type there will be no answer.
  if (!size) return { slots: 0, hosts: 0, seeks: 0 };
  const reach = Math.min(size.horizon ?? NEXT_REACH, NEXT_REACH);
  return {
    slots: Math.ceil(spanOf(input) / size.interval),
    hosts: size.hosts,
    seeks: Math.ceil(((reach / size.interval) * size.hosts) / STARTS_PER_FIELD),
  };
}

/** Rules to try may have another interval, and other hosts. */
function whatIfScope(input: unknown, sizeOf: EventTypeSizeOf): ListScope {
  const { hosts = 0 } = offerScope(input, sizeOf);
  const eventType = property(input, 'eventType');
  const present = typeof eventType === 'string' ? (sizeOf(eventType)?.interval ?? DAY) : DAY;
  const rules = property(input, 'rules');
  const tried = property(rules, 'interval') ?? property(rules, 'length');
  // Less is refused.
  const interval = Math.max(MINUTE, typeof tried === 'number' ? Math.min(tried, present) : present);
  return {
    slots: Math.ceil(spanOf(input) / interval),
    hosts: Math.max(hosts, lengthOf(property(rules, 'hosts'))),
  };
}

/** Of a range that is refused for its length or direction nothing will be listed. Milliseconds. */
function spanOf(range: unknown): number {
  const [from, to] = [property(range, 'from'), property(range, 'to')];
  const span = typeof from === 'number' && typeof to === 'number' ? to - from : 0;
  return span > 0 && span <= WINDOW_MAX ? span : 0;
}
const daysOf = (range: unknown): number => spanOf(range) / DAY;
const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);

const property = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
