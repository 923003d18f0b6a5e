/** What `npm ci` leaves ready to run: the Prisma client, schema.graphql's documents, server and pages. */
import { spawnSync } from 'node:child_process';

const steps = [
  ['node_modules/prisma/build/index.js', 'generate'],
  ['--import', 'tsx', 'codegen.ts'],
  ['--import', 'tsx', 'src/build.ts'],
];
for (const step of steps) {
  const { status, stdout, stderr } = spawnSync(process.execPath, step, { encoding: 'utf8' });
  if (status === 0) continue;
  process.stderr.write(`${stdout}${stderr}`);
  process.exit(status ?? 1);
}
