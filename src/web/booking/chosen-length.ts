/** The length of a booking, where the event type has several. */
import { useState } from 'preact/hooks';
import type { PageEventType } from './hooks.ts';
import { lengthMs } from './wording.ts';

/** ISO 8601. */
export interface ChosenLength {
  readonly length: string;
  choose(length: string): void;
}

/** The length that the address names, if the event type has it, else the first. */
export function useChosenLength(eventType: Pick<PageEventType, 'length' | 'lengths'>): ChosenLength {
  const [length, choose] = useState(() =>
    lengthFrom(eventType, new URLSearchParams(location.search).get('length')),
  );
  // An event type that has changed may not have it any more.
  return { length: eventType.lengths.includes(length) ? length : firstOf(eventType), choose };
}

/** @param named a duration (`PT30M`) or minutes (`30`); null: none */
export function lengthFrom(
  eventType: Pick<PageEventType, 'length' | 'lengths'>,
  named: string | null,
): string {
  const wanted = /^\d{1,5}$/.test(named ?? '')
    ? Number(named) * 60_000
    : lengthMs(named?.toUpperCase() ?? '');
  return eventType.lengths.find((length) => lengthMs(length) === wanted) ?? firstOf(eventType);
}

const firstOf = ({ length, lengths }: Pick<PageEventType, 'length' | 'lengths'>) => lengths[0] ?? length;

/** The length of a time that was held, which may have been chosen before the page was loaded again. */
export const lengthOf = (
  { lengths }: Pick<PageEventType, 'lengths'>,
  { start, end }: { readonly start: number; readonly end: number },
): string | undefined => lengths.find((length) => lengthMs(length) === end - start);
