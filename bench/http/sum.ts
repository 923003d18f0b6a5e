/** What one server answers, and what it costs, added up over slices of time: servers are asked in turns, so that all else weighs on each alike. */
import type { Child } from '../child.ts';
import type { Load, LoadProcess } from './load.ts';

/** At most, before anything counts, so that all servers are compiled. Milliseconds. */
const WARM_UP = 2_000;
/** How long, at most, one server is asked before it is another's turn. Milliseconds. */
const SLICE = 500;

interface Asked extends Omit<Load, 'duration'> {
  /** Microseconds of CPU that the server has used. */
  cpu(): Promise<number>;
}

/** Adds up what one server answers in all its slices of time. */
export function createSum(load: Child<LoadProcess>, { cpu, ...asking }: Asked) {
  let [answers, seconds, used] = [0, 0, 0];
  const times: number[] = [];
  const faults: string[] = [];
  return {
    warmUp: (duration: number) => load.ask('run', { ...asking, duration }),
    async add(duration: number) {
      const before = await cpu();
      const slice = await load.ask('run', { ...asking, duration });
      used += (await cpu()) - before;
      answers += slice.answers;
      seconds += slice.seconds;
      times.push(...slice.times);
      faults.push(...slice.faults);
    },
    total() {
      times.sort((a, b) => a - b);
      const at = (share: number) => Number((times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(2));
      const [perSecond, cpuUs] = [Math.round(answers / seconds), Math.round(used / answers)];
      return { answers, perSecond, cpuUs, p50: at(0.5), p99: at(0.99), faults };
    },
  };
}

/**
 * Asks each of the servers for so long.
 * @param duration milliseconds
 */
export async function askInTurns(
  sums: readonly ReturnType<typeof createSum>[],
  duration: number,
): Promise<void> {
  for (const { warmUp } of sums) await warmUp(Math.min(WARM_UP, duration));
  const slice = Math.min(SLICE, duration);
  for (let spent = 0; spent < duration; spent += slice) for (const { add } of sums) await add(slice);
}
