/** How long the time is kept: ticking for the eye, told at few moments to those who listen. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { MINUTE } from '../../time/clock.ts';
import { useNow } from './hooks.ts';
import { clockFace, remainingAloud } from './remaining.ts';

export interface CountdownProps {
  /** Epoch ms of the server's clock, which `clock` tells. */
  readonly until: number;
  readonly clock: () => number;
  /** Called each second once the time has passed. */
  readonly onLapse: () => void;
}

export function Countdown({ until, clock, onLapse }: CountdownProps) {
  const now = useNow(1_000);
  const rest = until - clock();
  const whole = useRef(rest);
  useEffect(() => {
    if (rest <= 0) onLapse();
  }, [now, rest <= 0]);
  // A region that comes with its words is not read: they come a moment later.
  const [heard, setHeard] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setHeard(true), 500);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p class={rest <= MINUTE ? 'countdown countdown-late' : 'countdown'}>
      <span aria-hidden="true">
        Kept for you for <span class="clock">{clockFace(rest)}</span>
      </span>
      <span class="unseen" role="status">
        {heard && remainingAloud(rest, whole.current)}
      </span>
    </p>
  );
}
