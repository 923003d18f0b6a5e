/** What a benchmark tells: lines of JSON, faults, and `bench/results/NAME.json`, replaced by each run. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** One line of figures, or none, and what must not be: that makes the exit code 1. */
export function printFigures(figures: object | null, faults: string[]): void {
  if (figures) process.stdout.write(`${JSON.stringify(figures)}\n`);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}

export function writeResults(name: string, results: object[]): void {
  const folder = new URL('results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const written = { name, node: process.version, cores: availableParallelism(), results };
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(written, null, 2)}\n`);
}
