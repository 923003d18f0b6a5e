/** Before the first test: what the machine lacks is installed, and the run's PostgreSQL started. */
import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';
import { CHROMIUM, installMissing, REDIS } from './programs.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await installMissing([REDIS, CHROMIUM]);
  const postgres = await startPostgres();
  project.provide('postgresUrl', postgres.url);
  return () => postgres.stop();
}
