/** Windows that are asked for: half-open, forwards, and capped. */

import { badInput } from '../errors.ts';
import { DAY, type Instant } from '../time/clock.ts';

/** Days that one answer may span. */
const WINDOW_DAYS = 62;

/** @throws SlotwireError BAD_USER_INPUT, naming `to`. */
export function checkWindow({ from, to }: { from: Instant; to: Instant }, field = '') {
  if (to <= from) throw badInput(`${field}to`, 'must be after from');
  if (to - from > WINDOW_DAYS * DAY)
    throw badInput(`${field}to`, `must be at most ${WINDOW_DAYS} days after from`);
}
