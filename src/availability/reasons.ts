/** Why one host does or doesn't offer one start: by the engine's own predicates, so that both always agree. */
import { fitsRules, type HostTime, type StartsType } from './host-starts.ts';
import { workingRanges } from './hours.ts';
import { fullLimits } from './limits.ts';
import type { NativeTime } from './native.ts';
import { firstEndingAfter } from './period.ts';
import type { EventTypeRules } from './rules.ts';
import { activeNativeTime, blockedFrom, blockedTo, conflicts, joinableGroups } from './taken.ts';

export type ReasonCode =
  | 'OUTSIDE_HOURS'
  | 'OFF_GRID'
  | 'NOTICE'
  | 'HORIZON'
  | 'BUSY'
  | 'BUFFER'
  | 'HELD'
  | 'BOOKED'
  | 'SEATS_TAKEN'
  | 'DAY_LIMIT'
  | 'WEEK_LIMIT';

/** One thing that alone would keep the start from being offered. */
export interface Reason {
  code: ReasonCode;
  /** BUSY, BUFFER: the calendar's id. */
  calendar: string | null;
  /** BUSY, BUFFER, HELD, BOOKED, SEATS_TAKEN: the time that is taken. NOTICE: no start is earlier; HORIZON: none later. */
  from: number | null;
  to: number | null;
}

/** The engine's host with busy time by calendar; what is not known of calendars has no place here. */
export interface ExplainedHost extends Omit<HostTime, 'busy'> {
  /** Merged periods that block, blocks among them as those of the host's own calendar. */
  calendars: readonly { id: string; busy: Float64Array }[];
}

/**
 * Reasons against a start. The list is empty exactly when `hostStarts` offers the start with the busy time of all calendars.
 * @throws RangeError for an unknown zone, a length or an interval of zero.
 */
export function reasonsAgainst(type: StartsType, host: ExplainedHost, start: number, now: number): Reason[] {
  const active = activeNativeTime(host.native, now);
  return [
    ...againstHours(type, host, start),
    ...againstNow(type.rules, start, now),
    ...host.calendars.flatMap(({ id, busy }) => againstBusy(type.rules, id, busy, start)),
    ...againstTaken(type, active, start),
    ...(fullLimits(type, host, active)?.(start) ?? []).map((code) => reason(code)),
  ];
}

const reason = (
  code: ReasonCode,
  { calendar = null, from = null, to = null }: Partial<Omit<Reason, 'code'>> = {},
): Reason => ({ code, calendar, from, to });

function againstHours(type: StartsType, { hours, zoneChanges }: ExplainedHost, start: number): Reason[] {
  const timeless = { ...type, rules: { ...type.rules, minimumNotice: 0, horizon: null } };
  if (fitsRules(timeless, { hours, zoneChanges }, start, start)) return [];
  const end = start + type.rules.length;
  const ranges = workingRanges(hours, zoneChanges, start, end);
  let open = start;
  for (let i = 0; i < ranges.length && (ranges[i] as number) <= open; i += 2) {
    open = Math.max(open, ranges[i + 1] as number);
  }
  return [reason(open >= end ? 'OFF_GRID' : 'OUTSIDE_HOURS')];
}

function againstNow({ minimumNotice, horizon }: EventTypeRules, start: number, now: number): Reason[] {
  const reasons: Reason[] = [];
  const earliest = Math.max(now, now + minimumNotice);
  if (start < earliest) reasons.push(reason('NOTICE', { from: earliest }));
  if (horizon !== null && start > now + horizon) reasons.push(reason('HORIZON', { to: now + horizon }));
  return reasons;
}

function againstBusy(rules: EventTypeRules, calendar: string, busy: Float64Array, start: number): Reason[] {
  const reasons: Reason[] = [];
  const end = start + rules.length;
  for (let at = firstEndingAfter(busy, start - rules.bufferBefore); at < busy.length; at += 2) {
    const from = busy[at] as number;
    const to = busy[at + 1] as number;
    if (!conflicts(from, to, rules, start)) break;
    reasons.push(reason(from < end && to > start ? 'BUSY' : 'BUFFER', { calendar, from, to }));
  }
  return reasons;
}

/** Native time that could share the start as a group takes its seats; other native time takes its time. */
function againstTaken(type: StartsType, active: readonly NativeTime[], start: number): Reason[] {
  const { id, rules } = type;
  const shares = (native: NativeTime) => rules.seats > 1 && native.eventType === id && native.start === start;
  const sharing = active.filter(shares);
  const others = active.filter(
    (native) =>
      !shares(native) && conflicts(blockedFrom(native, rules), blockedTo(native, rules), rules, start),
  );
  const full = sharing.length > 0 && !joinableGroups(type, active).has(start);
  const to = Math.max(...sharing.map(({ end }) => end));
  return [
    ...(full ? [reason('SEATS_TAKEN', { from: start, to })] : []),
    ...others.map(({ kind, start: from, end }) =>
      reason(kind === 'hold' ? 'HELD' : 'BOOKED', { from, to: end }),
    ),
  ];
}
