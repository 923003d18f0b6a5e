/** Before the first test: what the machine lacks is installed, and the run's PostgreSQL started. */
import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';
import { installMissing, PROGRAMS } from './programs.ts';
import { createRunFolder } from './run-folder.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await installMissing(PROGRAMS);
  const folder = createRunFolder();
  const postgres = await startPostgres();
  project.provide('postgresUrl', postgres.url);
  return async () => {
    await postgres.stop();
    await folder.remove();
  };
}
