/** What a newer version of a cached value changed: so that whoever made an answer of it knows whether that is affected. */
import type { NativeTime } from '../availability/native.ts';
import type { CalendarBusy } from '../calendars/source.ts';
import type { Instant } from '../clock.ts';
import type { SourceValue, SourceValues } from './sources.ts';

/** Half-open [from, to). */
export interface Span {
  from: Instant;
  to: Instant;
}

export interface Change {
  /** Where what is busy or known is not what it was; null: it can't be told, so anywhere. */
  spans: readonly Span[] | null;
  /** Did a proof of what is known become younger? It changes an answer only where something was wrong with the old one. */
  proof: boolean;
}

export const ANYTHING: Change = { spans: null, proof: true };
const NOTHING: Change = { spans: [], proof: false };

export interface Changes {
  /** Since the last look at this key. Throws what reading throws. */
  look(key: string): Promise<Change>;
  /** Nobody asks for this key any more. */
  forget(key: string): void;
}

/**
 * What happened to a key is gathered from every value that anybody read: an answer may have been made from one that came
 * and went between two looks, or that no bell told of.
 */
export function createChanges(sources: SourceValues): Changes {
  const known = new Map<string, { value: SourceValue | null; since: Change }>();
  sources.listen((key, value) => {
    const before = known.get(key);
    if (before) known.set(key, { value, since: both(before.since, changeOf(before.value, value)) });
  });
  return {
    async look(key) {
      const value = await sources.under(key);
      const before = known.get(key);
      if (value === null) known.delete(key);
      else known.set(key, { value, since: NOTHING });
      return value === null || value.kind === 'rules' ? ANYTHING : (before?.since ?? ANYTHING);
    },
    forget: (key) => void known.delete(key),
  };
}

function changeOf(before: SourceValue | null, after: SourceValue | null): Change {
  if (before?.kind === 'busy' && after?.kind === 'busy') return busyChange(before.value, after.value);
  if (before?.kind === 'native' && after?.kind === 'native') return nativeChange(before.value, after.value);
  return ANYTHING;
}

const both = (a: Change, b: Change): Change => ({
  spans: a.spans && b.spans && [...a.spans, ...b.spans],
  proof: a.proof || b.proof,
});

/** Does a change matter within `reach`? `isWhole`: nothing is wrong there by the last judgement. */
export const concerns = ({ spans, proof }: Change, reach: Span, isWhole: boolean): boolean =>
  spans === null || (proof && !isWhole) || spans.some(({ from, to }) => from < reach.to && reach.from < to);

export function busyChange(before: CalendarBusy, after: CalendarBusy): Change {
  const isRead = [before, after].every(
    ({ provenAsOf, coveredFrom }) => provenAsOf !== null && coveredFrom !== null,
  );
  if (!isRead || before.trouble !== after.trouble) return ANYTHING;
  return {
    spans: [
      ...between(before.coveredFrom, after.coveredFrom),
      ...between(before.coveredTo, after.coveredTo),
      ...busySpan(before.busy, after.busy),
    ],
    proof: before.provenAsOf !== after.provenAsOf,
  };
}

function between(before: Instant | null, after: Instant | null): Span[] {
  if (before === null || after === null || before === after) return [];
  return [{ from: Math.min(before, after), to: Math.max(before, after) }];
}

/** From the first period that differs to the last. */
function busySpan(before: CalendarBusy['busy'], after: CalendarBusy['busy']): Span[] {
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

/** Each that came, went or is another now, with its own buffers. */
export function nativeChange(before: readonly NativeTime[], after: readonly NativeTime[]): Change {
  const [old, now] = [before, after].map(
    (times) => new Map(times.map((time) => [JSON.stringify(time), time])),
  );
  const differing = [...(old ?? [])]
    .filter(([text]) => !now?.has(text))
    .concat([...(now ?? [])].filter(([text]) => !old?.has(text)));
  const spans = differing.map(([, { start, end, bufferBefore, bufferAfter }]) => ({
    from: start - bufferBefore,
    to: end + bufferAfter,
  }));
  return { spans, proof: false };
}
