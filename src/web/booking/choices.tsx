/** What a visitor chooses beside a time: how long it takes, and how times are shown, by week or by month, by twelve hours or by twenty-four. */
import { Choice } from './choice.tsx';
import { usePreferences } from './preferences.ts';
import { lengthInWords } from './wording.ts';
import { hourCycleOf } from './zones.ts';

const VIEWS = [
  { value: 'month', label: 'Month' },
  { value: 'week', label: 'Week' },
] as const;
const HOURS = [
  { value: 'h12', label: '12 h' },
  { value: 'h23', label: '24 h' },
] as const;

export function Choices() {
  const { view, hours, choose } = usePreferences();
  return (
    <>
      <Choice
        legend="Days shown"
        options={VIEWS}
        value={view}
        onChoose={(chosen) => choose({ view: chosen })}
      />
      <Choice
        legend="Hours"
        options={HOURS}
        value={hours ?? hourCycleOf()}
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
    legend="Length"
    options={lengths.map((value) => ({ value, label: lengthInWords(value) }))}
    value={length}
    onChoose={onChoose}
  />
);
