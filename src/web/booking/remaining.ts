/** How long a hold has left, as it is shown and as it is read aloud. Pure. */
import { MINUTE, SECOND } from '../../time/clock.ts';

/** "4:05"; never below "0:00". */
export function clockFace(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Milliseconds before the end at which it is said; more often would only disturb. */
const MOMENTS = [2 * MINUTE, MINUTE, 20 * SECOND];

/** Changes at few moments only, so that a live region reads it then; empty once the time has passed. */
export function remainingAloud(ms: number, whole: number): string {
  if (ms <= 0) return '';
  const moment = MOMENTS.findLast((each) => ms <= each && each < whole);
  return `This time is kept for you for ${moment === undefined ? '' : 'another '}${roughly(moment ?? whole)}.`;
}

function roughly(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} second${seconds === 1 ? '' : 's'}`;
  // Rather too few than too many, but for what the way here took.
  const minutes = Math.floor((seconds + 5) / 60);
  return `${minutes} minute${minutes === 1 ? '' : 's'}`;
}
