/** The reasons for and against one start, in words: those of the engine, of the sources, and of the team. */
import { type Reason, type ReasonCode, reasonsAgainst } from '../availability/reasons.ts';
import type { EventTypeOffer, StalePolicy } from '../availability/rules.ts';
import { type AgeBound, assessSource, ISSUE_MESSAGE } from '../calendars/source.ts';
import type { Instant } from '../time/clock.ts';
import { wallClock } from '../time/local-time.ts';
import { blockingByCalendar, nativeTimeExcept } from './host-time.ts';
import type { SlotList } from './slot-list.ts';
import type { HostSources } from './sources.ts';

type SourceCode = 'SOURCE_STALE' | 'SOURCE_NEVER_SYNCED' | 'OUTSIDE_COVERAGE';

export interface ExplainedReason extends Omit<Reason, 'code'> {
  code: ReasonCode | SourceCode | 'OFFERED' | 'TEAM_RULE' | 'INACTIVE';
  message: string;
  host: string | null;
}

export type FreshnessPolicy = AgeBound & { onStale: StalePolicy };

const NO_DETAILS = { host: null, calendar: null, from: null, to: null };

/** Why the host doesn't offer the start; none exactly when it does. */
export function hostReasons(
  type: EventTypeOffer,
  sources: HostSources,
  start: Instant,
  now: Instant,
  policy: FreshnessPolicy,
): ExplainedReason[] {
  const { host, native } = sources;
  const against = reasonsAgainst(
    type,
    {
      hours: host.hours,
      zoneChanges: host.zoneChanges,
      timeZone: host.timeZone,
      calendars: blockingByCalendar(sources, type.rules.tentativeBlocks),
      native: nativeTimeExcept(native, null),
    },
    start,
    now,
  );
  return [
    ...sourceReasons(type, sources, start, now, policy),
    ...against.map((reason) => ({
      ...reason,
      host: host.id,
      message: message(reason, type, sources, start),
    })),
  ];
}

/** Reasons from calendars that are stale or unknown, as far as the policy refuses them. */
function sourceReasons(
  { rules }: EventTypeOffer,
  { host, calendars }: HostSources,
  start: Instant,
  now: Instant,
  policy: FreshnessPolicy,
): ExplainedReason[] {
  const around = { from: start - rules.bufferBefore, to: start + rules.length + rules.bufferAfter };
  return calendars.flatMap(({ id, source }) => {
    const { issues, usable } = assessSource(source, around, now, policy);
    const reason = (code: SourceCode, message: string) => ({
      ...NO_DETAILS,
      code,
      message: `${host.name}: ${message}`,
      host: host.id,
      calendar: id,
    });
    if (issues.includes('SOURCE_NEVER_SYNCED')) {
      return [reason('SOURCE_NEVER_SYNCED', ISSUE_MESSAGE.SOURCE_NEVER_SYNCED)];
    }
    const closed = usable[policy.onStale]
      ? []
      : issues
          .filter((code) => code !== 'OUTSIDE_COVERAGE' && code !== 'SOURCE_UNREACHABLE')
          // An approximate calendar closes nothing by itself.
          .filter((code) => code !== 'SOURCE_PARTIAL' || source.trouble === 'partial')
          .map((code) => ISSUE_MESSAGE[code]);
    return [
      ...(closed.length > 0 ? [reason('SOURCE_STALE', closed.join(' '))] : []),
      ...(issues.includes('OUTSIDE_COVERAGE')
        ? [
            {
              ...reason('OUTSIDE_COVERAGE', 'this calendar is not known over the whole of that time.'),
              from: source.coveredFrom,
              to: source.coveredTo,
            },
          ]
        : []),
    ];
  });
}

function message(
  { code, from, to }: Reason,
  { rules }: EventTypeOffer,
  { host }: HostSources,
  start: Instant,
): string {
  const { name, timeZone } = host;
  const span = from === null || to === null ? '' : formatSpan(timeZone, from, to);
  switch (code) {
    case 'OUTSIDE_HOURS':
      return `${formatSpan(timeZone, start, start + rules.length)} is not within ${name}'s working hours.`;
    case 'OFF_GRID':
      return `No start of ${name}'s grid is at ${formatWallClock(timeZone, start)}.`;
    case 'NOTICE':
      return from === null
        ? 'It is too soon.'
        : `Minimum notice: the earliest start is at ${formatWallClock(timeZone, from)}.`;
    case 'HORIZON':
      return to === null
        ? 'It is too far ahead.'
        : `Horizon: the latest start is at ${formatWallClock(timeZone, to)}.`;
    case 'BUSY':
      return `${name} is busy: ${span}.`;
    case 'BUFFER':
      return `${name} is busy within the buffers around it: ${span}.`;
    case 'HELD':
      return `Somebody holds a slot of ${name}: ${span}.`;
    case 'BOOKED':
      return `${name} is booked: ${span}.`;
    case 'SEATS_TAKEN':
      return `All seats that ${name} has are taken: ${span}.`;
    case 'DAY_LIMIT':
      return `${name} has as many bookings that day as the event type allows: ${rules.maxPerDay}.`;
    case 'WEEK_LIMIT':
      return `${name} has as many bookings that week as the event type allows: ${rules.maxPerWeek}.`;
  }
}

/** @param free ids of the hosts that offer the start by themselves. */
export function teamReasons(
  { hosts: ids, rules }: EventTypeOffer,
  hosts: readonly HostSources[],
  free: readonly string[],
): ExplainedReason[] {
  const names = new Map(hosts.map(({ host }) => [host.id, host.name]));
  if (free.length === 0 && ids.every((id) => names.has(id))) return [];
  return [{ ...NO_DETAILS, code: 'TEAM_RULE', message: teamMessage() }];

  function teamMessage(): string {
    if (rules.scheduling !== 'ROUND_ROBIN') {
      const needed = rules.scheduling === 'QUORUM' ? rules.quorum : ids.length;
      return `${free.length} of ${needed} needed hosts ${free.length === 1 ? 'is' : 'are'} free.`;
    }
    const absent = rules.hostRules
      .filter(({ host, fixed }) => fixed && !free.includes(host))
      .map(({ host }) => names.get(host) ?? host);
    if (absent.length === 0) return 'None of the hosts to be assigned is free.';
    return `${absent.join(', ')}, in every booking, ${absent.length === 1 ? 'is' : 'are'} not free.`;
  }
}

/** The reason that stands before all others while an event type is not active. */
export const inactiveReason = ({ rules }: EventTypeOffer): ExplainedReason[] =>
  rules.active
    ? []
    : [{ ...NO_DETAILS, code: 'INACTIVE', message: 'The event type is not active: nothing is offered.' }];

/** Reason for a start that is offered, the only one of its list. */
export function offeredReason({ starts, length, seats, teams }: SlotList): ExplainedReason {
  const from = starts[0] ?? null;
  const names = (teams[0] ?? []).map(({ name }) => name).join(', ');
  const left = seats[0] ?? 0;
  return {
    ...NO_DETAILS,
    code: 'OFFERED',
    message: `Offered with ${names}; it takes ${left} more ${left === 1 ? 'booking' : 'bookings'}.`,
    from,
    to: from === null ? null : from + length,
  };
}

/** Intl only writes: its own zone rules may be older than those that the answer was made with. */
const format = (timeZone: string, options: Intl.DateTimeFormatOptions, at: Instant) =>
  new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }).format(wallClock(timeZone, at));

const formatTime = (timeZone: string, at: Instant) =>
  format(timeZone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, at);

const formatDay = (timeZone: string, at: Instant) =>
  format(timeZone, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }, at).replace(',', '');

/** "10:00 on Tuesday 24 November 2026 (Europe/Berlin)" */
const formatWallClock = (timeZone: string, at: Instant) =>
  `${formatTime(timeZone, at)} on ${formatDay(timeZone, at)} (${timeZone})`;

/** "10:00 to 11:00 on Tuesday 24 November 2026 (Europe/Berlin)" */
function formatSpan(timeZone: string, from: Instant, to: Instant): string {
  const [begin, end] = [formatDay(timeZone, from), formatDay(timeZone, to)];
  return begin === end
    ? `${formatTime(timeZone, from)} to ${formatWallClock(timeZone, to)}`
    : `${formatTime(timeZone, from)} on ${begin} to ${formatWallClock(timeZone, to)}`;
}
