/** What a fault of a chaos run is. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ChaosWorld } from '../world.fixture.ts';

export interface Fault {
  /** For `--only`: several faults may share one. */
  group: string;
  title: string;
  /** Breaks something for a while, and resolves once what it broke is in place again, which it need not have taken in yet. */
  play(world: ChaosWorld, random: () => number): Promise<void>;
}

/** real time: a fault lasts as long as its module says, and visitors go on meanwhile. */
export const last = (ms: number) => pause(ms);

export const pick = <T>(random: () => number, items: readonly T[]): T => {
  const found = items[Math.floor(random() * items.length)];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
};

/** Between `least` and twice as long, in milliseconds. */
export const about = (random: () => number, least: number): number => least * (1 + random());
