/** `npm run chaos`: breaks a whole installation for a while, and says whether anything came of it. */
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { MINUTE } from '../../src/time/clock.ts';
import { type ChaosReport, runChaos } from './chaos.fixture.ts';
import { FAULTS, GROUPS } from './faults/faults.fixture.ts';

const say = (line: string) => process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

// All that the run has started ends with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

await new Command('chaos')
  .description(
    'Breaks gateways, workers, PostgreSQL, Redis and providers, one thing after another, while visitors book, hosts change ' +
      'their calendars and viewers watch. In the end it checks that nothing is wrong and nothing lost, and exits 1 when ' +
      'something is. It needs dist (npx tsx src/build.ts) and a Redis.',
  )
  .addOption(
    new Option('--minutes <number>', 'how long things break; each fault is played once at least')
      .default(10)
      .argParser(positive),
  )
  .addOption(new Option('--seed <number>', 'of what happens in which order').argParser(positive))
  .addOption(
    new Option('--only <groups>', `a list of: ${GROUPS.join(', ')}`).argParser((text) =>
      text.split(',').map(group),
    ),
  )
  .addOption(
    new Option(
      '--evidence <file>',
      'where to write what was wrong, the history, and rows of the store, as JSON',
    ),
  )
  .addOption(new Option('--visitors <number>', 'who book at once').default(24).argParser(positive))
  .addOption(new Option('--viewers <number>', 'who watch').default(24).argParser(positive))
  .action(run)
  .parseAsync();

async function run(options: {
  minutes: number;
  seed?: number;
  only?: string[];
  evidence?: string;
  visitors: number;
  viewers: number;
}): Promise<void> {
  const { minutes, seed = Date.now() % 1_000_000, only = GROUPS, visitors, viewers } = options;
  const faults = FAULTS.filter((fault) => only.includes(fault.group));
  say(`seed ${seed}: ${faults.length} faults, ${visitors} visitors, ${viewers} viewers`);
  const report = await runChaos({ faults, time: minutes * MINUTE, seed, visitors, viewers, say });
  print(report);
  const { faults: wrong, evidence } = report;
  if (options.evidence) writeFileSync(options.evidence, JSON.stringify({ seed, wrong, ...evidence }));
  say(`seed ${seed}: ${report.faults.length === 0 ? 'nothing wrong, nothing lost' : 'WRONG'}`);
  process.exit(report.faults.length === 0 ? 0 : 1);
}

function print({ played, requests, edits, observed, faults }: ChaosReport): void {
  const lines = [...played].map(([{ title }, times]) => {
    const sorted = times.toSorted((a, b) => a - b);
    const [least, middle, most] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
    return `${String(times.length).padStart(4)} × ${title}: healed after ${least} / ${middle} / ${most} ms (least, median, most)`;
  });
  process.stdout.write(
    [
      '',
      ...lines,
      `visitors: ${JSON.stringify(requests)}`,
      `hosts: ${JSON.stringify(edits)}; viewers received ${observed} events`,
      ...faults.map((fault) => `WRONG: ${fault}`),
      '',
    ].join('\n'),
  );
}

function positive(text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('Write a number above zero.');
}

function group(name: string): string {
  if (GROUPS.includes(name)) return name;
  throw new InvalidArgumentError(`There is no ${name}.`);
}
