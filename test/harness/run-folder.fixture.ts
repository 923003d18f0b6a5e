/** A test run that makes its folder, starts a process of its own, tells the folder, and lives on until it is killed. */
import { spawn } from 'node:child_process';
import { createRunFolder } from './run-folder.ts';

const { path } = createRunFolder();
spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)'], {
  detached: true,
  stdio: ['ignore', 'inherit', 'ignore'],
});
process.stdout.write(`${JSON.stringify({ path })}\n`);
setInterval(() => {}, 60_000);
