/** How much of a calendar is read: whoever writes it may be broken or hostile. */

export interface ReadLimits {
  /** Of the whole text. More is refused. */
  characters: number;
  /** Of one line that matters, unfolded. */
  line: number;
  /** Events, free-busy objects and time zones. */
  components: number;
  /** Of the RDATEs or the EXDATEs of one event. */
  values: number;
  /** Of one series, within the window. */
  seriesInstances: number;
  /** Of all components, within the window. */
  instances: number;
  /** Days and times that the rules of all series may look at. */
  steps: number;
}

export const READ_LIMITS: ReadLimits = {
  characters: 54_000_000,
  line: 4_000_000,
  components: 150_000,
  seriesInstances: 10_000,
  values: 150_000,
  instances: 100_000,
  steps: 5_000_000,
};

/** What is left of the steps. */
export interface StepBudget {
  /** @returns false when there aren't as many left. */
  spend(steps?: number): boolean;
}

/** @param parent what this one takes is taken there too. */
export function createStepBudget(steps: number, parent?: StepBudget): StepBudget {
  let left = steps;
  return {
    spend(count = 1) {
      left -= count;
      return left >= 0 && (parent?.spend(count) ?? true);
    },
  };
}
