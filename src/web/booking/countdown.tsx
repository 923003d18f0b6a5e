/** How long the hold lasts: a visible countdown, and a live region that a screen reader announces at few moments. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { MINUTE } from '../../time/clock.ts';
import { pageWords } from '../words.ts';
import { useNow } from './hooks.ts';
import { formatCountdown, remainingInWords } from './remaining.ts';

export interface CountdownProps {
  /** When the hold expires: epoch ms of the server's clock. */
  readonly until: number;
  readonly clock: () => number;
  /** Called each second once the hold has expired. */
  readonly onLapse: () => void;
}

export function Countdown({ until, clock, onLapse }: CountdownProps) {
  const now = useNow(1_000);
  const rest = until - clock();
  const total = useRef(rest);
  useEffect(() => {
    if (rest <= 0) onLapse();
  }, [now, rest <= 0]);
  // Screen readers don't announce a live region that appears with its text, so the text follows a moment later.
  const [announced, setHeard] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setHeard(true), 500);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p class={rest <= MINUTE ? 'countdown countdown-late' : 'countdown'}>
      <span aria-hidden="true">
        {pageWords().sayWith(
          'hold.clock',
          { time: formatCountdown(rest) },
          { clock: (words) => <span class="clock">{words}</span> },
        )}
      </span>
      <span class="unseen" role="status">
        {announced && remainingInWords(rest, total.current)}
      </span>
    </p>
  );
}
