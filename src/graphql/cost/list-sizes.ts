/**
 * How long a list can be, by what the arguments above it say, and what finding offers takes, whatever is selected of them. What no
 * argument says is guessed here, and counted when it is there.
 */
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
  /** What finding the offers of a window can cost, be no list of them selected. */
  search?: number;
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
/** Getting a host ready takes as long as so many starts. */
const HOST_STARTS = 20;

/** By type and field: what its arguments tell of the lists below. */
const TELLING: Record<string, (args: Arguments, sizeOf: EventTypeSizeOf) => ListScope> = {
  'Query.availability': ({ input }, sizeOf) => offerScope(input, sizeOf),
  'Subscription.availability': ({ input }, sizeOf) => offerScope(input, sizeOf),
  'Query.whatIf': ({ input }, sizeOf) => whatIfScope(input, sizeOf),
  'Query.explainSlot': ({ eventType }, sizeOf) => startScope(eventType, sizeOf),
  'Mutation.holdSlot': ({ input }, sizeOf) => startScope(property(input, 'eventType'), sizeOf),
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

/** As much as so many fields, of any installation. */
const HEALTH = 1_000;

/** By type and field: what a field costs beside itself and what is selected of it. */
const WORK: Record<string, (scope: ListScope) => number | undefined> = {
  'Query.availability': ({ search }) => search,
  'Subscription.availability': ({ search }) => search,
  'Query.whatIf': ({ search }) => search,
  'Query.explainSlot': ({ search }) => search,
  'Mutation.holdSlot': ({ search }) => search,
  // Every selected calendar is looked at, wherever it is.
  'Query.health': () => HEALTH,
  // Periods are merged as starts are passed.
  'Query.busy': ({ items = 0, days = 0 }) => searchCost(days * PERIODS, items),
  'Availability.nextAvailable': ({ seeks }) => seeks,
  'AvailabilityDelta.nextAvailable': ({ seeks }) => seeks,
};

/**
 * What a field costs beside itself and what is selected of it.
 * @param scope with what the field's own arguments tell
 */
export const workOf = (coordinate: string, scope: ListScope): number =>
  WORK[coordinate]?.(scope) ?? (TOTAL_COUNT.test(coordinate) ? PAGE_MAX : 0);

/** Counting a list reads an index of it, however few of its items are asked for. */
const TOTAL_COUNT = /(?:Connection|List)\.totalCount$/;

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
  if (!size) return { slots: 0, hosts: 0, seeks: 0, search: 0 };
  const { interval, hosts } = size;
  const reach = Math.min(size.horizon ?? NEXT_REACH, NEXT_REACH);
  const slots = Math.ceil(spanOf(input) / interval);
  return {
    ...{ slots, hosts },
    seeks: Math.ceil(((reach / interval) * hosts) / STARTS_PER_FIELD),
    search: searchCost(slots, hosts),
  };
}

/** Of one start of an event type. */
function startScope(eventType: unknown, sizeOf: EventTypeSizeOf): ListScope {
  const hosts = (typeof eventType === 'string' ? sizeOf(eventType)?.hosts : 0) ?? 0;
  return { hosts, search: searchCost(1, hosts) };
}

/** @param starts of each host */
const searchCost = (starts: number, hosts: number): number =>
  Math.ceil(((starts + HOST_STARTS) * hosts) / STARTS_PER_FIELD);

/** Rules to try may have another interval, and other hosts. Both offers are found, the present one and that of the rules. */
function whatIfScope(input: unknown, sizeOf: EventTypeSizeOf): ListScope {
  const { hosts: presentHosts = 0, search = 0 } = offerScope(input, sizeOf);
  const eventType = property(input, 'eventType');
  const present = typeof eventType === 'string' ? (sizeOf(eventType)?.interval ?? DAY) : DAY;
  const rules = property(input, 'rules');
  const tried = property(rules, 'interval') ?? property(rules, 'length');
  // Less is refused.
  const interval = Math.max(MINUTE, typeof tried === 'number' ? Math.min(tried, present) : present);
  const slots = Math.ceil(spanOf(input) / interval);
  const hosts = Math.max(presentHosts, lengthOf(property(rules, 'hosts')));
  return { slots, hosts, search: search + searchCost(slots, hosts) };
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
