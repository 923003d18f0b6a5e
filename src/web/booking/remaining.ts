/** How long a hold has left, as it is shown and as a screen reader announces it. Pure. */
import { MINUTE, SECOND } from '../../time/clock.ts';
import { pageWords, say } from '../words.ts';

/** "4:05"; never below "0:00". */
export function formatCountdown(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Milliseconds before the end at which the remaining time is announced; more often would only disturb. */
const ANNOUNCED_AT = [2 * MINUTE, MINUTE, 20 * SECOND];

/** A text that changes at few moments only, so that a live region is announced then; empty once the hold has expired. */
export function remainingInWords(ms: number, total: number): string {
  if (ms <= 0) return '';
  const moment = ANNOUNCED_AT.findLast((each) => ms <= each && each < total);
  return say(moment === undefined ? 'hold.kept' : 'hold.keptOn', {
    duration: roundedInWords(moment ?? total),
  });
}

function roundedInWords(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return pageWords().amount(seconds, 'second');
  // Rounded down, with five seconds of tolerance for the time that the answer took.
  return pageWords().amount(Math.floor((seconds + 5) / 60), 'minute');
}
