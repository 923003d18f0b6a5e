/** Difference between two versions of a cached value, by which an answer computed from the older one is kept or recomputed. */
import type { NativeTime } from '../availability/native.ts';
import type { CalendarBusy } from '../calendars/source.ts';
import type { Instant } from '../time/clock.ts';
import type { SourceValue } from './sources.ts';

/** Half-open [from, to). */
export interface TimeSpan {
  from: Instant;
  to: Instant;
}

export interface SourceChange {
  /** Spans in which busy or known time differs; null when the difference is unknown and may be anywhere. */
  spans: readonly TimeSpan[] | null;
  /** Is the newer version proven later? A later proof changes an answer only where the older one was incomplete. */
  newerProof: boolean;
}

export const ANY_CHANGE: SourceChange = { spans: null, newerProof: true };

/** Changes by the older value: many answers depend on the same value, and each of them asks for its change. */
const memo = new WeakMap<object, { after: SourceValue; change: SourceChange }>();

/** @param before the value that the answer was computed from; undefined when it was computed without one */
export function changeBetween(before: SourceValue | undefined, after: SourceValue | null): SourceChange {
  if (!before || !after || before.kind === 'rules' || after.kind === 'rules') return ANY_CHANGE;
  const found = memo.get(before.value);
  if (found?.after.kind === after.kind && found.after.value === after.value) return found.change;
  const change = compareValues(before, after);
  memo.set(before.value, { after, change });
  return change;
}

function compareValues(before: SourceValue, after: SourceValue): SourceChange {
  if (before.kind === 'busy' && after.kind === 'busy') return busyChange(before.value, after.value);
  if (before.kind === 'native' && after.kind === 'native') return nativeChange(before.value, after.value);
  return ANY_CHANGE;
}

/** Does a change matter within `reach`? @param isComplete whether the last assessment found the sources complete there */
export const affects = ({ spans, newerProof }: SourceChange, reach: TimeSpan, isComplete: boolean): boolean =>
  spans === null ||
  (newerProof && !isComplete) ||
  spans.some(({ from, to }) => from < reach.to && reach.from < to);

export function busyChange(before: CalendarBusy, after: CalendarBusy): SourceChange {
  const isRead = [before, after].every(
    ({ provenAsOf, coveredFrom }) => provenAsOf !== null && coveredFrom !== null,
  );
  const isOlder = (after.provenAsOf ?? 0) < (before.provenAsOf ?? 0);
  if (!isRead || isOlder || before.trouble !== after.trouble) return ANY_CHANGE;
  return {
    spans: [
      ...coverageSpan(before.coveredFrom, after.coveredFrom),
      ...coverageSpan(before.coveredTo, after.coveredTo),
      ...busySpan(before.busy, after.busy),
    ],
    newerProof: before.provenAsOf !== after.provenAsOf,
  };
}

function coverageSpan(before: Instant | null, after: Instant | null): TimeSpan[] {
  if (before === null || after === null || before === after) return [];
  return [{ from: Math.min(before, after), to: Math.max(before, after) }];
}

/** One span from the first period that differs to the last one. */
function busySpan(before: CalendarBusy['busy'], after: CalendarBusy['busy']): TimeSpan[] {
  const [a, b] = [before.bounds, after.bounds];
  const same = (i: number, j: number) =>
    a[2 * i] === b[2 * j] && a[2 * i + 1] === b[2 * j + 1] && before.kinds[i] === after.kinds[j];
  let [first, lastA, lastB] = [0, a.length / 2, b.length / 2];
  while (first < lastA && first < lastB && same(first, first)) first++;
  while (lastA > first && lastB > first && same(lastA - 1, lastB - 1))
    [lastA, lastB] = [lastA - 1, lastB - 1];
  if (first === lastA && first === lastB) return [];
  return [
    {
      from: Math.min(a[2 * first] ?? Infinity, b[2 * first] ?? Infinity),
      to: Math.max(a[2 * lastA - 1] ?? -Infinity, b[2 * lastB - 1] ?? -Infinity),
    },
  ];
}

/** Spans of native time that was added, removed or changed, with its buffers. */
export function nativeChange(before: readonly NativeTime[], after: readonly NativeTime[]): SourceChange {
  const [previous, current] = [before, after].map(
    (times) => new Map(times.map((time) => [JSON.stringify(time), time])),
  );
  const differing = [...(previous ?? [])]
    .filter(([text]) => !current?.has(text))
    .concat([...(current ?? [])].filter(([text]) => !previous?.has(text)));
  const spans = differing.map(([, { start, end, bufferBefore, bufferAfter }]) => ({
    from: start - bufferBefore,
    to: end + bufferAfter,
  }));
  return { spans, newerProof: false };
}
