/** What a visitor chooses beside a time: how long it takes, and how times are shown, by week or by month, by twelve hours or by twenty-four. */

import { pageLocale, say } from '../words.ts';
import { Choice } from './choice.tsx';
import { usePreferences } from './preferences.ts';
import { lengthInWords } from './wording.ts';
import { hourCycleOf } from './zones.ts';

const views = () =>
  [
    { value: 'month', label: say('choices.month') },
    { value: 'week', label: say('choices.week') },
  ] as const;
const hourCycles = () =>
  [
    { value: 'h12', label: say('choices.h12') },
    { value: 'h23', label: say('choices.h24') },
  ] as const;

export function Choices() {
  const { view, hours, choose } = usePreferences();
  return (
    <>
      <Choice
        legend={say('choices.days')}
        options={views()}
        value={view}
        onChoose={(chosen) => choose({ view: chosen })}
      />
      <Choice
        legend={say('choices.hours')}
        options={hourCycles()}
        value={hours ?? hourCycleOf(pageLocale())}
        onChoose={(chosen) => choose({ hours: chosen })}
      />
    </>
  );
}

export interface LengthChoiceProps {
  /** ISO 8601. */
  readonly lengths: readonly string[];
  readonly length: string;
  readonly onChoose: (length: string) => void;
}

/** How long the booking takes. */
export const LengthChoice = ({ lengths, length, onChoose }: LengthChoiceProps) => (
  <Choice
    legend={say('choices.length')}
    options={lengths.map((value) => ({ value, label: lengthInWords(value) }))}
    value={length}
    onChoose={onChoose}
  />
);
