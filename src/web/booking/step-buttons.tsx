/** The days that are shown, and the way to those before and after them, as far as times can be booked. */

import { say } from '../words.ts';
import { Arrow } from './icons.tsx';
import type { CalendarView } from './preferences.ts';

export interface StepButtonsProps {
  readonly unit: CalendarView;
  readonly heading: string;
  readonly isFirst: boolean;
  /** No time is offered after these days. */
  readonly isLast: boolean;
  readonly onStep: (by: 1 | -1) => void;
}

/** The way on stays where the focus is when it ends. */
export function StepButtons({ unit, heading, isFirst, isLast, onStep }: StepButtonsProps) {
  return (
    <nav class="weeks" aria-label={say('step.units', { unit })}>
      <button type="button" class="step" disabled={isFirst} onClick={() => onStep(-1)}>
        <Arrow back />
        <span class="unseen">{say('step.previous', { unit })}</span>
      </button>
      <button
        type="button"
        class="step"
        aria-disabled={isLast}
        title={isLast ? say('step.last') : undefined}
        onClick={() => !isLast && onStep(1)}
      >
        <Arrow />
        <span class="unseen">{say('step.next', { unit })}</span>
      </button>
      <h2 aria-live="polite" id="shown">
        {heading}
      </h2>
    </nav>
  );
}
