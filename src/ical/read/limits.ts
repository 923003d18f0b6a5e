/** Limits of reading a calendar, whose content may be faulty or hostile. */

export interface ReadLimits {
  /** Of the whole text; a longer text is refused. */
  characters: number;
  /** Of one unfolded line. */
  line: number;
  /** Events, free-busy components and time zones. */
  components: number;
  /** Of the RDATEs or the EXDATEs of one event. */
  values: number;
  /** Of one series, within the window. */
  seriesInstances: number;
  /** Of all components, within the window. */
  instances: number;
  /** Candidate days and times that the rules of all series may examine. */
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

/** Counts down the remaining steps. */
export interface StepBudget {
  /** @returns false when fewer steps remain */
  spend(steps?: number): boolean;
}

/** @param parent a budget from which the same steps are taken */
export function createStepBudget(steps: number, parent?: StepBudget): StepBudget {
  let left = steps;
  return {
    spend(count = 1) {
      left -= count;
      return left >= 0 && (parent?.spend(count) ?? true);
    },
  };
}
