/** What `npm ci` leaves ready to run: the Prisma client, schema.graphql's documents, server and pages. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// `npm ci --omit=dev` brings nothing to build with: what was built before stays.
if (!existsSync('node_modules/prisma')) {
  if (!existsSync('dist/slotwire.js'))
    process.stderr.write('Slotwire is not built: run `npm ci`, then `npm prune --omit=dev`.\n');
  process.exit(0);
}

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
