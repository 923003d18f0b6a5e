import { expect, it } from 'vitest';
import { MINUTE } from '../../src/time/clock.ts';
import { numbers, seedOf } from '../harness/numbers.ts';
import { runChaos } from './chaos.fixture.ts';
import { FAULTS } from './faults/faults.fixture.ts';

const SEED = seedOf('CHAOS_SEED', 20_301_027);
const SECONDS = Number(process.env.CHAOS_SECONDS ?? 0);
/** Of a run of a minute or so: each group once, by one of its faults. */
const GROUPS = ['kills', 'backends', 'failover', 'redis', 'provider', 'clocks', 'keys'];

/** Real processes on a machine that does other work: a second try is allowed, and what was wrong with the first is printed. */
const OPTIONS = { retry: 1, timeout: 15 * MINUTE };

it(
  `nothing is wrong and nothing lost whatever breaks meanwhile (CHAOS_SEED=${SEED})`,
  OPTIONS,
  async ({ task }) => {
    if (task.result?.retryCount) process.stderr.write('chaos: tried again, after what is printed above\n');
    const random = numbers(SEED);
    const faults = GROUPS.flatMap((group) => {
      const ofGroup = FAULTS.filter((fault) => fault.group === group);
      return ofGroup[Math.floor(random() * ofGroup.length)] ?? [];
    });
    const said: string[] = [];
    const report = await runChaos({
      faults,
      time: SECONDS * 1_000,
      seed: SEED,
      visitors: 8,
      viewers: 8,
      say: (line) => void said.push(line),
    });
    said.push(JSON.stringify(report.requests), ...report.faults.map((fault) => `WRONG: ${fault}`));
    process.stderr.write(`chaos: ${said.join('\n       ')}\n`);
    expect(report.faults).toEqual([]);
    expect([...report.played.keys()]).toHaveLength(faults.length);
    expect(report.requests['confirm Booking']).toBeGreaterThan(0);
  },
);
