/** The slot of the start that a link named. */
import { useEffect, useState } from 'preact/hooks';
import type { OfferedTime } from './times.ts';

export interface ChosenSlot {
  readonly start: number | null;
  readonly slot: OfferedTime | null;
  readonly gone: boolean;
}

/** The last known state of the chosen slot, also while other days are shown or no answer has come yet. */
export function useChosenSlot(
  chosen: number | null,
  slots: readonly OfferedTime[] | null,
  from: string,
  to: string,
): ChosenSlot {
  const [chosenSlot, setSeen] = useState<ChosenSlot>({ start: null, slot: null, gone: false });
  useEffect(() => {
    if (chosen === null || !slots || chosen < Date.parse(from) || chosen >= Date.parse(to)) return;
    const slot = slots.find(({ start }) => Date.parse(start) === chosen) ?? null;
    setSeen((previous) => ({
      start: chosen,
      slot: slot ?? (previous.start === chosen ? previous.slot : null),
      gone: slot === null,
    }));
  }, [chosen, slots, from, to]);
  return chosenSlot.start === chosen ? chosenSlot : { start: chosen, slot: null, gone: false };
}
