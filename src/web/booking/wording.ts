/** The page's sentences, as pure functions. */
import type { LiveSlots, SlotChange } from '../live/slots.ts';

const UNITS = [
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** Milliseconds of an ISO 8601 duration, weeks to whole seconds; 0 for what is none. */
export function lengthOf(duration: string): number {
  const match = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration);
  if (!match) return 0;
  return UNITS.reduce((sum, [, seconds], i) => sum + Number(match[i + 1] ?? 0) * seconds, 0) * 1_000;
}

/** An ISO 8601 duration in words: PT90M is "1 hour 30 minutes". What is no duration comes back as it is. */
export function lengthInWords(duration: string): string {
  let rest = lengthOf(duration) / 1_000;
  const words: string[] = [];
  // Nobody says "1 week" of a meeting: days are the longest unit written.
  for (const [unit, seconds] of UNITS.slice(1)) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) words.push(plural(count, unit));
  }
  return words.join(' ') || duration;
}

/** Who one meets. */
export const hostsInWords = (names: readonly string[]): string =>
  new Intl.ListFormat('en', { type: 'conjunction' }).format(names);

/** "1 time added, 2 removed"; empty when no time came or went. */
export function changeInWords({ added, removed }: Pick<SlotChange, 'added' | 'removed'>): string {
  if (added.length === 0 && removed.length === 0) return '';
  if (removed.length === 0) return `${plural(added.length, 'time')} added`;
  if (added.length === 0) return `${plural(removed.length, 'time')} removed`;
  return `${plural(added.length, 'time')} added, ${removed.length} removed`;
}

/** Why times may be missing, or null when the answer is whole. A host who connected no calendar is no fault. */
export function noticeOf(held: Pick<LiveSlots, 'complete' | 'issues'>): string | null {
  const issues = held.issues.filter((code) => code !== 'NO_CALENDARS');
  if (issues.length > 0 && issues.every((code) => code === 'OUTSIDE_COVERAGE')) {
    return 'Some of these days are too far ahead to be known yet; times may be missing.';
  }
  if (held.complete && issues.length === 0) return null;
  return 'Some calendars could not be read just now; times may be missing.';
}

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
